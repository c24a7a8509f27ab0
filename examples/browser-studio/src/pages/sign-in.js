// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { authFrame } from '../parts/auth-frame.js';
import { button, whilePending } from '../parts/button.js';
import { formMessage, passwordField, showIssues, textField } from '../parts/field.js';
import { statePanel } from '../parts/states.js';
import { rolePreview } from './role-preview.js';

/** The sentence for a failed attempt. */
export function failureSentence(error) {
  if (error.retryAfter) return `Too many attempts. Try again in ${error.retryAfter} seconds.`;
  return error.message;
}

/** "or" and a button to the identity provider, where there is one. */
export function ssoPart({ client, login, returnTo, message }) {
  if (!login.sso) return null;
  const ssoButton = button(login.sso.text, {
    onclick: () =>
      whilePending(ssoButton, () =>
        client.signIn.sso({ returnTo }).catch((error) => message.show(failureSentence(error))),
      ),
  });
  return h(
    'div',
    { class: 'sso' },
    login.type === 'both' && h('p', { class: 'divider' }, h('span', {}, 'or continue with')),
    ssoButton,
  );
}

/** Whether this could be an e-mail address, as far as the browser knows. */
export function isAddress({ control }) {
  return control.value !== '' && !control.validity.typeMismatch;
}

/**
 * Keeps what can't be right from travelling. `problems` is a list of `[field, sentence or '']`; the first field with a
 * sentence gets the focus. True when there was none.
 */
export function isComplete(problems) {
  const found = problems.filter(([, sentence]) => sentence);
  for (const [field, sentence] of found) field.setError(sentence);
  found[0]?.[0].control.focus();
  return found.length === 0;
}

function credentialsForm({ client, message }) {
  const email = textField({
    label: 'E-mail',
    name: 'email',
    type: 'email',
    autocomplete: 'username',
    inputmode: 'email',
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  const password = passwordField({ label: 'Password', name: 'password', autocomplete: 'current-password' });
  const fields = [email, password];
  const submitButton = button('Sign in', { kind: 'primary', type: 'submit' });

  async function submit(event) {
    event.preventDefault();
    await whilePending(submitButton, async () => {
      message.show('');
      const problems = [
        [email, isAddress(email) ? '' : 'Enter your e-mail address.'],
        [password, password.control.value ? '' : 'Enter your password.'],
      ];
      if (!isComplete(problems)) return;
      try {
        await client.signIn.email({ email: email.control.value.trim(), password: password.control.value });
      } catch (error) {
        const issues = error.issues ?? [];
        const rest = showIssues(fields, issues);
        message.show(issues.length > 0 ? rest : failureSentence(error));
        if (issues.length === 0) password.control.select();
      }
    });
  }

  return h(
    'form',
    { class: 'form', novalidate: true, onsubmit: submit },
    email.element,
    password.element,
    submitButton,
  );
}

/** The sign-in page: whatever the capabilities offer. */
export function signInPage({ client, session, router, notice, returnTo, addressFor }) {
  const { login } = session.get();
  const message = formMessage();
  // What an address says is not shown: anybody can write one.
  if (router.query().has('error')) message.show('The sign-in could not be finished. Try again.');
  else if (notice) message.show(notice, 'info');

  const form = login
    ? [
        h(
          'div',
          { class: 'auth-head' },
          h('h1', { tabindex: -1 }, 'Sign in'),
          h('p', { class: 'page-lead' }, login.description ?? 'Welcome back to Latchkey Studio.'),
        ),
        message.element,
        login.type !== 'sso' && credentialsForm({ client, message }),
        ssoPart({ client, login, returnTo, message }),
        login.type !== 'sso' &&
          h('p', { class: 'auth-switch' }, h('a', { href: addressFor('/forgot-password') }, 'Forgot your password?')),
        login.signUpEnabled !== false &&
          login.type !== 'sso' &&
          h('p', { class: 'auth-switch' }, 'New here? ', h('a', { href: addressFor('/signup') }, 'Create an account')),
      ]
    : statePanel({
        iconName: 'lock',
        title: 'Authentication is not configured',
        text: 'The server offers no way to sign in. Add credentials or a provider to its configuration.',
      });
  return { element: authFrame({ form, aside: rolePreview() }), focus: 'input' };
}
