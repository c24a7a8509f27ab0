// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';
import { icon } from './icons.js';
import { avatar } from './avatar.js';
import { attachMenu } from './menu.js';

function roleBadges(roles) {
  if (roles.length === 0) return h('p', { class: 'muted' }, 'No roles yet: ask an owner for one.');
  return h(
    'ul',
    { class: 'badges', 'aria-label': 'Roles' },
    roles.map((role) => h('li', { class: 'badge' }, role)),
  );
}

/** Who is signed in, and the way out. `{element, dispose}` */
export function userMenu({ user, roles, onSignOut }) {
  const name = user.name || user.email || user.id;
  const trigger = h(
    'button',
    { class: 'account', type: 'button', 'aria-label': `Account of ${name}` },
    avatar(user),
    h(
      'span',
      { class: 'account-text' },
      h('span', { class: 'account-name' }, name),
      h('span', { class: 'account-detail' }, roles.join(', ') || 'no role'),
    ),
    icon('chevrons'),
  );
  const panel = h(
    'div',
    { class: 'menu-panel' },
    h(
      'div',
      { class: 'menu-person' },
      h('p', { class: 'menu-name' }, name),
      user.email && user.email !== name && h('p', { class: 'menu-email' }, user.email),
      roleBadges(roles),
    ),
    h(
      'div',
      { role: 'menu', 'aria-label': 'Account' },
      h(
        'button',
        { class: 'menu-item', type: 'button', role: 'menuitem', tabindex: -1, onclick: onSignOut },
        icon('signOut'),
        'Sign out',
      ),
    ),
  );
  const menu = attachMenu(trigger, panel);
  return { element: h('div', { class: 'account-root' }, trigger, panel), dispose: menu.dispose };
}
