// SPDX-License-Identifier: Apache-2.0
// "Your access": what the person may do on a page, and why not. A missing button is explained where it is missed.

import { h, replace } from './dom.js';
import { icon } from './icons.js';
import { button, whilePending } from './button.js';
import { openDialog } from './dialog.js';
import { explainSentence } from './sentence.js';

function verdict(tone, text) {
  return h('span', { class: 'verdict', 'data-tone': tone }, icon(tone === 'success' ? 'check' : 'lock'), text);
}

async function serverAnswer(attempt) {
  try {
    await attempt();
    return [
      verdict('success', 'Accepted'),
      h('p', {}, 'The server accepted the request: your roles changed a moment ago.'),
    ];
  } catch (error) {
    const title = error.status ? `${error.status} ${error.title ?? ''}`.trim() : 'No answer';
    return [verdict('danger', title), h('p', {}, error.message)];
  }
}

function serverColumn(attempt) {
  const answer = h(
    'div',
    { class: 'decision-answer', 'aria-live': 'polite' },
    h('p', { class: 'muted' }, 'Hiding a button protects nothing. Send the request without it and see.'),
  );
  const sendButton = button('Send it anyway', {
    small: true,
    onclick: () =>
      whilePending(sendButton, async () => {
        replace(answer, await serverAnswer(attempt));
      }),
  });
  return h('section', { class: 'decision' }, h('h3', {}, 'The server'), answer, sendButton);
}

/** Both decisions side by side: the one this page took, and the one the server takes when it is asked all the same. */
function openWhy({ action, session }) {
  const { verb, permission, attempt } = action;
  const explanation = session.explain(permission);
  const page = h(
    'section',
    { class: 'decision' },
    h('h3', {}, 'This page'),
    h(
      'div',
      { class: 'decision-answer' },
      explanation.allowed ? verdict('success', 'Allowed') : verdict('danger', 'Not allowed'),
      explainSentence({ verb, permission, explanation, roles: session.get().roles }),
    ),
  );
  openDialog({
    title: explanation.allowed ? `Why you may: ${verb.toLowerCase()}` : `Why you may not: ${verb.toLowerCase()}`,
    wide: true,
    body: [
      h('div', { class: 'decisions' }, page, !explanation.allowed && attempt && serverColumn(attempt)),
      h(
        'p',
        { class: 'footnote' },
        'Both answers come from the same core: compiled to WebAssembly for this page, natively for the server.',
      ),
    ],
  });
}

/**
 * A row of what can be done here. `actions` is a list of `{verb, permission, attempt?}`; `attempt` sends the request that
 * the missing button would send, made so that it changes nothing should the server accept it.
 */
export function accessStrip({ actions, session }) {
  return h(
    'div',
    { class: 'access' },
    h('span', { class: 'access-label', id: 'access-label' }, 'Your access'),
    h(
      'ul',
      { class: 'access-list', 'aria-labelledby': 'access-label' },
      actions.map((action) => {
        const allowed = session.may(action.permission);
        return h(
          'li',
          {},
          h(
            'button',
            {
              class: 'access-pill',
              type: 'button',
              'data-allowed': String(allowed),
              'aria-label': `${action.verb}: ${allowed ? 'allowed' : 'not allowed'}. Why?`,
              'aria-haspopup': 'dialog',
              onclick: () => openWhy({ action, session }),
            },
            icon(allowed ? 'check' : 'lock'),
            action.verb,
            !allowed && h('span', { class: 'access-why' }, 'why?'),
          ),
        );
      }),
    ),
  );
}
