// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';

const words = ['', 'Weak', 'Fair', 'Good', 'Strong'];
const common = /^(password|passwort|qwerty|letmein|welcome|admin|iloveyou|monkey|dragon|12345|abc123)/i;

/** 0 (too short) to 4. Length counts most: that is what makes a password expensive to guess. Only a hint; the server decides. */
export function passwordStrength(password) {
  const length = [...password].length;
  if (length < 8) return 0;
  const distinct = new Set(password).size;
  if (common.test(password) || distinct < 5) return 1;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) => kind.test(password)).length;
  const points = length + kinds * 2;
  if (points >= 22 && distinct >= 8) return 4;
  if (points >= 17) return 3;
  return points >= 13 ? 2 : 1;
}

function describe(password, strength) {
  if (password === '') return 'Use 8 characters or more. A sentence is easy to remember and hard to guess.';
  if (strength === 0) return `${8 - [...password].length} more to reach 8 characters.`;
  const advice = strength < 3 ? ' Longer is better than more complicated.' : '';
  return `${words[strength]} password.${advice}`;
}

/** A meter under `control` that follows what is typed. */
export function strengthMeter(control) {
  const text = h('p', { class: 'strength-text', 'aria-live': 'polite' });
  const bars = h(
    'div',
    { class: 'strength-bars', 'aria-hidden': 'true' },
    words.slice(1).map(() => h('span', {})),
  );
  const element = h('div', { class: 'strength' }, bars, text);
  function update() {
    const strength = passwordStrength(control.value);
    element.dataset.strength = control.value === '' ? '' : String(strength);
    text.textContent = describe(control.value, strength);
  }
  control.addEventListener('input', update);
  update();
  return element;
}
