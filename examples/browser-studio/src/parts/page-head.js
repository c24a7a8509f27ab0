// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';

/** Title, one sentence and the page's main action. The heading takes the focus when the page opens. */
export function pageHead({ title, text, action }) {
  return h(
    'div',
    { class: 'page-head' },
    h(
      'div',
      { class: 'page-head-text' },
      h('h1', { tabindex: -1 }, title),
      text && h('p', { class: 'page-lead' }, text),
    ),
    action && h('div', { class: 'page-head-action' }, action),
  );
}
