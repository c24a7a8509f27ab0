// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';
import { icon } from './icons.js';

const lifetime = { success: 5000, danger: 9000 };

/** A short message at the edge of the screen. An error interrupts a screen reader, a success waits its turn. */
export function toast(message, tone = 'success') {
  const element = h(
    'div',
    { class: 'toast', 'data-tone': tone, role: tone === 'danger' ? 'alert' : 'status' },
    icon(tone === 'danger' ? 'alert' : 'check'),
    h('p', {}, message),
    h(
      'button',
      { class: 'icon-button', type: 'button', 'aria-label': 'Dismiss', onclick: () => element.remove() },
      icon('cross'),
    ),
  );
  document.getElementById('toasts').append(element);
  let timer;
  const start = () => {
    timer = setTimeout(() => element.remove(), lifetime[tone]);
  };
  // Whoever is still reading, or tabbing to the button, keeps it.
  for (const pause of ['pointerenter', 'focusin']) element.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ['pointerleave', 'focusout']) element.addEventListener(resume, start);
  start();
}
