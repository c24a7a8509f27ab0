// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';
import { icon } from './icons.js';

/** A search field. `/` moves the focus into it, Escape empties it. */
export function searchField({ label, placeholder, value = '', onInput }) {
  const control = h('input', {
    class: 'input search-input',
    type: 'search',
    'aria-label': label,
    'aria-keyshortcuts': '/',
    'data-search': true,
    placeholder,
    autocomplete: 'off',
    value,
    oninput: () => onInput(control.value),
    onkeydown: (event) => {
      if (event.key !== 'Escape' || control.value === '') return;
      event.preventDefault();
      control.value = '';
      onInput('');
    },
  });
  const element = h(
    'div',
    { class: 'search' },
    icon('search'),
    control,
    h('kbd', { class: 'search-key', 'aria-hidden': 'true' }, '/'),
  );
  return { element, control };
}

function isTyping(target) {
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

/** Listens for `/` on every page. Not while typing, and not behind an open dialog. */
export function startSearchKey() {
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.metaKey || event.ctrlKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const control = document.querySelector('[data-search]');
    if (!control) return;
    event.preventDefault();
    control.focus();
    control.select();
  });
}
