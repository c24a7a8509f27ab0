// SPDX-License-Identifier: Apache-2.0
import { h, uniqueId } from './dom.js';
import { icon } from './icons.js';

/**
 * A modal dialog. The platform's own keeps the focus inside, closes on Escape and gives the focus back to the opener.
 * `{element, close}`; `onClose` runs however it closes.
 */
export function openDialog({ title, body, footer, wide, onClose }) {
  const titleId = uniqueId('dialog');
  const element = h('dialog', { class: wide ? 'dialog dialog-wide' : 'dialog', 'aria-labelledby': titleId });
  const close = () => element.close();
  element.append(
    h(
      'header',
      { class: 'dialog-header' },
      h('h2', { id: titleId, class: 'dialog-title' }, title),
      h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close', onclick: close }, icon('cross')),
    ),
    h('div', { class: 'dialog-body' }, body),
  );
  if (footer) element.append(h('footer', { class: 'dialog-footer' }, footer));
  element.addEventListener('pointerdown', (event) => {
    if (event.target === element) close();
  });
  element.addEventListener('close', () => {
    element.remove();
    onClose?.();
  });
  document.body.append(element);
  element.showModal();
  return { element, close };
}

/** Closes whatever is open, for when the person behind it is gone. */
export function closeDialogs() {
  for (const element of document.querySelectorAll('dialog[open]')) element.close();
}
