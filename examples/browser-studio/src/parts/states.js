// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';
import { icon } from './icons.js';
import { button } from './button.js';

/** What a region shows when it has nothing else to show: nothing there, an error, no permission. */
export function statePanel({ iconName, title, text, actions = [], tone = 'neutral', role }) {
  return h(
    'div',
    { class: 'state', 'data-tone': tone, role },
    h('div', { class: 'state-icon' }, icon(iconName)),
    h('h2', { class: 'state-title' }, title),
    h('div', { class: 'state-text' }, typeof text === 'string' ? h('p', {}, text) : text),
    actions.length > 0 && h('div', { class: 'state-actions' }, actions),
  );
}

/** An error with a way to try again. The request id finds the reason in the server's log. */
export function errorPanel({ title, error, onRetry }) {
  const reference =
    error?.requestId && h('p', { class: 'state-reference' }, 'Request ', h('code', {}, error.requestId));
  return statePanel({
    iconName: 'alert',
    tone: 'danger',
    role: 'alert',
    title,
    text: [h('p', {}, error?.message ?? 'Something went wrong.'), reference],
    actions: [button('Try again', { iconName: 'refresh', onclick: onRetry })],
  });
}

/** A grey line where text will be; `width` is one of the classes w-1 (short) to w-5 (full). */
export function line(width = 3, height = 'text') {
  return h('span', { class: `skeleton skeleton-${height} w-${width}` });
}

/** Placeholder cards with the measures of the real ones. */
export function cardSkeletons(number) {
  return h(
    'div',
    { class: 'card-grid', 'aria-hidden': 'true' },
    Array.from({ length: number }, () =>
      h(
        'div',
        { class: 'card card-skeleton' },
        h(
          'div',
          { class: 'card-head' },
          h('span', { class: 'skeleton skeleton-square' }),
          h('div', { class: 'stack-small' }, line(3), line(2, 'small')),
        ),
        h('div', { class: 'stack-small' }, line(5), line(4)),
      ),
    ),
  );
}

/** Placeholder rows of a table. */
export function rowSkeletons(number) {
  return h(
    'div',
    { class: 'panel row-skeletons', 'aria-hidden': 'true' },
    Array.from({ length: number }, (_, index) =>
      h('div', { class: 'row-skeleton' }, line(2), line(index % 2 ? 3 : 4), line(1)),
    ),
  );
}
