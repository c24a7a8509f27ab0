// SPDX-License-Identifier: Apache-2.0
import { h, replace } from '../parts/dom.js';
import { authFrame } from '../parts/auth-frame.js';
import { button, whilePending } from '../parts/button.js';
import { formMessage, showIssues, textField } from '../parts/field.js';
import { rolePreview } from './role-preview.js';
import { failureSentence, isAddress, isComplete } from './sign-in.js';

/** The sentence for a letter that was not asked for, or a password that was not set. */
export function resetFailure(error) {
  if (error.code === 'ERR_LATCHKEY_NOT_CONFIGURED') {
    return 'This server sends no letters. Ask an owner of this studio for a new password.';
  }
  return failureSentence(error);
}

const head = (title, lead) =>
  h('div', { class: 'auth-head' }, h('h1', { tabindex: -1 }, title), h('p', { class: 'page-lead' }, lead));

/** The same for every address: whether somebody has an account is nobody's to know. */
function sentNote(email) {
  return [
    head('Look into your mailbox', [
      'If an account has the address ',
      h('strong', {}, email),
      ', a letter is on its way there. Its link works once, for at most 30 minutes.',
    ]),
    h('p', { class: 'field-hint' }, 'No letter after a few minutes? Look into the spam folder, or check the address.'),
  ];
}

function addressForm({ api, message, onSent }) {
  const email = textField({
    label: 'E-mail',
    name: 'email',
    type: 'email',
    autocomplete: 'username',
    inputmode: 'email',
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  const submitButton = button('Send the letter', { kind: 'primary', type: 'submit' });

  async function submit(event) {
    event.preventDefault();
    await whilePending(submitButton, async () => {
      message.show('');
      if (!isComplete([[email, isAddress(email) ? '' : 'Enter your e-mail address.']])) return;
      const address = email.control.value.trim();
      try {
        await api.requestPasswordReset(address);
        onSent(address);
      } catch (error) {
        const rest = showIssues([email], error.issues ?? []);
        message.show(error.issues?.length ? rest : resetFailure(error));
      }
    });
  }

  return h('form', { class: 'form', novalidate: true, onsubmit: submit }, email.element, submitButton);
}

/** Asks for a letter with a link to a new password. */
export function forgotPasswordPage({ api, addressFor }) {
  const message = formMessage();
  const content = h('div', { class: 'auth-stack' });
  const back = h('p', { class: 'auth-switch' }, h('a', { href: addressFor('/login') }, 'Back to sign-in'));
  const form = addressForm({
    api,
    message,
    onSent(address) {
      replace(content, [...sentNote(address), back]);
      content.querySelector('h1').focus();
    },
  });
  replace(content, [
    head('Reset your password', 'You get a letter with a link to choose a new one.'),
    message.element,
    form,
    back,
  ]);
  return { element: authFrame({ form: content, aside: rolePreview() }), focus: 'input' };
}
