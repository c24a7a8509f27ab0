// SPDX-License-Identifier: Apache-2.0
// The frame around every page for people who are signed in: navigation, account, content.

import { h, replace } from './dom.js';
import { brandName, icon } from './icons.js';
import { line, cardSkeletons } from './states.js';
import { themeSwitch } from './theme.js';
import { userMenu } from './user-menu.js';

function brand() {
  return h('a', { class: 'brand', href: '/', 'aria-label': 'Latchkey Studio, overview' }, brandName());
}

function navigation(pages, path) {
  return h(
    'nav',
    { class: 'nav', 'aria-label': 'Pages' },
    pages.map((page) =>
      h(
        'a',
        { class: 'nav-link', href: page.path, 'aria-current': page.path === path && 'page' },
        icon(page.icon),
        h('span', {}, page.title),
      ),
    ),
  );
}

function sidebar(...parts) {
  return h('header', { class: 'sidebar' }, parts);
}

/** The frame. `pages` are those the person may see. `{element, content, setPath, dispose}` */
export function shell({ pages, view, onSignOut }) {
  const nav = h('div', { class: 'nav-slot' });
  const content = h('main', { class: 'content', id: 'content', tabindex: -1 });
  const account = view.user && userMenu({ user: view.user, roles: view.roles, onSignOut });
  const element = h(
    'div',
    { class: 'shell' },
    sidebar(h('div', { class: 'sidebar-head' }, brand(), themeSwitch()), nav, account?.element),
    content,
  );
  return {
    element,
    content,
    setPath: (path) => replace(nav, navigation(pages, path)),
    dispose: () => account?.dispose(),
  };
}

/** The same frame before anything is known: no names, no links, no form, only where things will be. */
export function shellSkeleton() {
  return h(
    'div',
    { class: 'shell is-skeleton', 'aria-busy': 'true' },
    sidebar(
      h('div', { class: 'sidebar-head' }, h('div', { class: 'brand' }, brandName())),
      h(
        'div',
        { class: 'nav-slot' },
        h(
          'div',
          { class: 'nav', 'aria-hidden': 'true' },
          [3, 2, 3].map((width) => h('div', { class: 'nav-link' }, line(width))),
        ),
      ),
      h('span', { class: 'account-skeleton skeleton', 'aria-hidden': 'true' }),
    ),
    h(
      'main',
      { class: 'content', id: 'content' },
      h('p', { class: 'visually-hidden', role: 'status' }, 'Loading'),
      h(
        'div',
        { class: 'page', 'aria-hidden': 'true' },
        h('div', { class: 'page-head' }, h('div', { class: 'stack-small' }, line(2, 'title'), line(3))),
        cardSkeletons(3),
      ),
    ),
  );
}
