// SPDX-License-Identifier: Apache-2.0
import { h, replace } from './dom.js';
import { initials } from './format.js';

/** A picture over https, otherwise initials; also when the picture can't be loaded. */
export function avatar(user) {
  const element = h('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(user));
  if (user.avatarUrl?.startsWith('https://')) {
    const picture = h('img', { src: user.avatarUrl, alt: '', width: 32, height: 32, referrerpolicy: 'no-referrer' });
    picture.addEventListener('error', () => replace(element, initials(user)));
    replace(element, picture);
  }
  return element;
}
