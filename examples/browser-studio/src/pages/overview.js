// SPDX-License-Identifier: Apache-2.0
import { h, replace } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { pageHead } from '../parts/page-head.js';
import { explainSentence } from '../parts/sentence.js';
import { textField } from '../parts/field.js';

const columns = ['read', 'execute', 'write', 'delete'];
const resources = [
  { title: 'Agents', namespace: 'agents', actions: columns },
  { title: 'Workflows', namespace: 'workflows', actions: columns },
  { title: 'Audit log', namespace: 'audit', actions: ['read'] },
  { title: 'Settings', namespace: 'settings', actions: ['read', 'write'] },
];

function accessCell({ session, permission, onPick }) {
  const allowed = session.may(permission);
  return h(
    'td',
    {},
    h(
      'button',
      {
        class: 'matrix-cell',
        type: 'button',
        'data-allowed': String(allowed),
        'aria-label': `${permission}: ${allowed ? 'allowed' : 'not allowed'}`,
        title: permission,
        onclick: () => onPick(permission),
      },
      icon(allowed ? 'check' : 'minus'),
    ),
  );
}

function accessMatrix({ session, onPick }) {
  return h(
    'table',
    { class: 'matrix' },
    h('caption', { class: 'visually-hidden' }, 'What your roles allow'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('td', {}),
        columns.map((action) => h('th', { scope: 'col' }, action)),
      ),
    ),
    h(
      'tbody',
      {},
      resources.map(({ title, namespace, actions }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, title),
          columns.map((action) =>
            actions.includes(action)
              ? accessCell({ session, permission: `${namespace}:${action}`, onPick })
              : h('td', {}),
          ),
        ),
      ),
    ),
  );
}

/** A field that puts any permission to the core, and its answer. `ask(permission)` fills it in. */
function checker(session) {
  const answer = h('div', { class: 'checker-answer', 'aria-live': 'polite' });
  const input = textField({
    label: 'Permission',
    name: 'permission',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    maxlength: 400,
  });

  function update() {
    const permission = input.control.value.trim();
    if (permission === '') {
      delete answer.dataset.tone;
      replace(answer, h('p', {}, 'Type a permission, or pick a cell of the table.'));
      return;
    }
    const explanation = session.explain(permission);
    answer.dataset.tone = explanation.allowed ? 'success' : 'danger';
    replace(
      answer,
      icon(explanation.allowed ? 'check' : 'lock'),
      explainSentence({ verb: 'This', permission, explanation, roles: session.get().roles }),
    );
  }

  input.control.addEventListener('input', update);
  return {
    element: h('div', { class: 'checker' }, input.element, answer),
    ask(permission) {
      input.control.value = permission;
      update();
    },
  };
}

function panel(title, lead, ...content) {
  return h(
    'section',
    { class: 'panel panel-padded' },
    h('h2', { class: 'panel-title' }, title),
    h('p', { class: 'panel-lead' }, lead),
    content,
  );
}

function greeting(user) {
  const name = user?.name?.trim().split(/\s+/)[0];
  return name ? `Welcome, ${name}` : 'Welcome';
}

function quickLinks(pages) {
  return h(
    'ul',
    { class: 'quick-links' },
    pages
      .filter((page) => page.lead)
      .map((page) =>
        h(
          'li',
          {},
          h(
            'a',
            { class: 'quick-link', href: page.path },
            h('span', { class: 'card-icon', 'aria-hidden': 'true' }, icon(page.icon)),
            h(
              'span',
              { class: 'quick-link-text' },
              h('span', { class: 'card-title' }, page.title),
              h('span', { class: 'card-subtitle' }, page.lead),
            ),
            icon('right'),
          ),
        ),
      ),
  );
}

/** Where one may go, what one may do, and a place to put questions to the core. */
export function overviewPage({ session, visiblePages }) {
  const questions = checker(session);
  questions.ask('agents:execute');
  return {
    element: h(
      'div',
      { class: 'page' },
      pageHead({
        title: greeting(session.get().user),
        text: 'Everything you see here is what your roles allow. The server decides the same way.',
      }),
      quickLinks(visiblePages),
      h(
        'div',
        { class: 'columns' },
        panel(
          'What you may do',
          'Each mark is an answer of the core. Pick one to see its reason.',
          accessMatrix({ session, onPick: questions.ask }),
        ),
        panel('Ask the core', 'The same compiled rules as in the server, in this page.', questions.element),
      ),
    ),
  };
}
