// SPDX-License-Identifier: Apache-2.0
import { h, replace } from '../parts/dom.js';
import { authFrame } from '../parts/auth-frame.js';
import { button, whilePending } from '../parts/button.js';
import { formMessage, passwordField, showIssues } from '../parts/field.js';
import { passwordStrength, strengthMeter } from '../parts/strength.js';
import { resetFailure } from './forgot-password.js';
import { rolePreview } from './role-preview.js';
import { isComplete } from './sign-in.js';

const head = (title, lead) =>
  h('div', { class: 'auth-head' }, h('h1', { tabindex: -1 }, title), h('p', { class: 'page-lead' }, lead));

const linkTo = (address, text) => h('p', { class: 'auth-switch' }, h('a', { href: address }, text));

function refusalSentence(error) {
  if (error.code !== 'ERR_LATCHKEY_RESET_TOKEN_INVALID') return resetFailure(error);
  return 'This link has been used, or it is over: it works once, for at most 30 minutes. Ask for another letter.';
}

function passwordForm({ api, message, token, onSet }) {
  const password = passwordField({ label: 'New password', name: 'newPassword', autocomplete: 'new-password' });
  const submitButton = button('Set the password', { kind: 'primary', type: 'submit' });

  async function submit(event) {
    event.preventDefault();
    await whilePending(submitButton, async () => {
      message.show('');
      const isLong = passwordStrength(password.control.value) > 0;
      if (!isComplete([[password, isLong ? '' : 'Use 8 characters or more.']])) return;
      try {
        await api.resetPassword(token, password.control.value);
        onSet();
      } catch (error) {
        const issues = error.issues ?? [];
        const rest = showIssues([password], issues);
        message.show(issues.length > 0 ? rest : refusalSentence(error));
      }
    });
  }

  password.element.append(strengthMeter(password.control));
  return h('form', { class: 'form', novalidate: true, onsubmit: submit }, password.element, submitButton);
}

/** Where the link of a reset letter leads: a new password for the account of its token. */
export function resetPasswordPage({ api, addressFor, resetToken, onReset }) {
  const message = formMessage();
  const content = h('div', { class: 'auth-stack' });
  const another = linkTo(addressFor('/forgot-password'), 'Ask for another letter');
  if (!resetToken) {
    replace(content, [
      head('Open the link of your letter', 'The letter has a link to this page that works once.'),
      another,
    ]);
    return { element: authFrame({ form: content, aside: rolePreview() }), focus: 'h1' };
  }
  const form = passwordForm({
    api,
    message,
    token: resetToken,
    onSet() {
      replace(content, [
        head('Your password is changed', 'All sessions of your account have ended. Sign in with the new password.'),
        linkTo('/login', 'Sign in'),
      ]);
      content.querySelector('h1').focus();
      onReset();
    },
  });
  replace(content, [
    head('Choose a new password', 'Every session of your account ends. You sign in again with the new password.'),
    message.element,
    form,
    another,
  ]);
  return { element: authFrame({ form: content, aside: rolePreview() }), focus: 'input' };
}
