// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';
import { icon } from './icons.js';

/** A button: `kind` is primary, secondary, ghost or danger. */
export function button(text, { kind = 'secondary', iconName, iconAfter, small, ...properties } = {}) {
  return h(
    'button',
    {
      type: 'button',
      ...properties,
      class: ['button', `button-${kind}`, small && 'button-small'].filter(Boolean).join(' '),
    },
    iconName && icon(iconName),
    h('span', { class: 'button-text' }, text),
    iconAfter && icon(iconAfter),
    h('span', { class: 'spinner', 'aria-hidden': 'true' }),
  );
}

/** A link that looks like a button. */
export function buttonLink(text, href, { kind = 'secondary' } = {}) {
  return h('a', { class: `button button-${kind}`, href }, h('span', { class: 'button-text' }, text));
}

/** Shows that work goes on. The button keeps its size and stays focusable; a second click is ignored by the caller. */
export function setPending(element, pending) {
  element.toggleAttribute('data-pending', pending);
  if (pending) element.setAttribute('aria-disabled', 'true');
  else element.removeAttribute('aria-disabled');
}

export function isPending(element) {
  return element.hasAttribute('data-pending');
}

/** Runs `work` once at a time with the button pending meanwhile. */
export async function whilePending(element, work) {
  if (isPending(element)) return undefined;
  setPending(element, true);
  try {
    return await work();
  } finally {
    setPending(element, false);
  }
}
