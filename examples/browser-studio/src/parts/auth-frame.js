// SPDX-License-Identifier: Apache-2.0
// The frame around the sign-in and sign-up pages.

import { h } from './dom.js';
import { brandName } from './icons.js';
import { line } from './states.js';
import { themeSwitch } from './theme.js';

function authBar(...extra) {
  return h('header', { class: 'auth-bar' }, h('div', { class: 'brand' }, brandName()), extra);
}

/** Form on one side, an explanation on the other where there is room. */
export function authFrame({ form, aside }) {
  return h(
    'div',
    { class: 'auth' },
    authBar(themeSwitch()),
    h('main', { class: 'auth-main', id: 'content', tabindex: -1 }, h('div', { class: 'auth-form' }, form)),
    h('aside', { class: 'auth-aside', 'aria-label': 'About this demo' }, aside),
  );
}

/** The same frame before it is known who asks: no field and no button yet. */
export function authSkeleton() {
  return h(
    'div',
    { class: 'auth is-skeleton', 'aria-busy': 'true' },
    authBar(),
    h(
      'main',
      { class: 'auth-main', id: 'content' },
      h('p', { class: 'visually-hidden', role: 'status' }, 'Loading'),
      h(
        'div',
        { class: 'auth-form', 'aria-hidden': 'true' },
        h('div', { class: 'stack-small' }, line(3, 'title'), line(4)),
        line(5, 'field'),
        line(5, 'field'),
        line(5, 'control'),
      ),
    ),
    h('aside', { class: 'auth-aside', 'aria-hidden': 'true' }),
  );
}
