// SPDX-License-Identifier: Apache-2.0
// A small demonstration beside the sign-in form: the default roles, asked by the core before anybody is signed in.

import { loadCore } from 'latchkey';
import { h, replace } from '../parts/dom.js';
import { icon } from '../parts/icons.js';

const roles = ['viewer', 'member', 'developer', 'admin', 'owner'];
const questions = [
  ['Read agents', 'agents:read'],
  ['Run an agent', 'agents:execute'],
  ['Create an agent', 'agents:write'],
  ['Change settings', 'settings:write'],
  ['Read the audit log', 'audit:read'],
];

function answersFor(core, role) {
  const grants = core.permissions(core.rolePermissions([role]));
  try {
    return questions.map(([text, permission]) => {
      const allowed = grants.covers(permission);
      return h(
        'li',
        { 'data-allowed': String(allowed) },
        icon(allowed ? 'check' : 'minus'),
        h('span', {}, text),
        h('code', {}, permission),
        h('span', { class: 'visually-hidden' }, allowed ? 'allowed' : 'not allowed'),
      );
    });
  } finally {
    grants.dispose();
  }
}

/** The explanation with a role to choose. */
export function rolePreview() {
  const list = h('ul', { class: 'preview-list', 'aria-live': 'polite' });
  const show = async (role) => replace(list, answersFor(await loadCore(), role));
  const choices = roles.map((role) =>
    h(
      'label',
      { class: 'segment' },
      h('input', {
        type: 'radio',
        name: 'preview-role',
        value: role,
        checked: role === 'viewer',
        onchange: () => show(role),
      }),
      h('span', {}, role),
    ),
  );
  show('viewer');
  return h(
    'div',
    { class: 'preview' },
    h('h2', { class: 'preview-title' }, 'One set of rules, in two places'),
    h(
      'p',
      { class: 'preview-lead' },
      'The button you see and the request the server accepts are decided by the same core. It runs in this page already: pick a role.',
    ),
    h('fieldset', { class: 'segments' }, h('legend', { class: 'visually-hidden' }, 'Role'), choices),
    list,
  );
}
