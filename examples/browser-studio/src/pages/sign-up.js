// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { authFrame } from '../parts/auth-frame.js';
import { button, whilePending } from '../parts/button.js';
import { formMessage, passwordField, showIssues, textField } from '../parts/field.js';
import { statePanel } from '../parts/states.js';
import { passwordStrength, strengthMeter } from '../parts/strength.js';
import { rolePreview } from './role-preview.js';
import { failureSentence, isAddress, isComplete, ssoPart } from './sign-in.js';

// What is wrong with the details themselves comes as issues of their fields; what is left is most likely the address.
function refusalSentence(error) {
  if (error.code !== 'ERR_LATCHKEY_SIGN_UP_FAILED') return failureSentence(error);
  return `${error.message}. The address may have an account already.`;
}

const setupField = (code) =>
  textField({
    label: 'Set-up code',
    name: 'setupCode',
    hint: 'From the server’s log. It works once, and for an hour.',
    value: code,
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'off',
  });

function accountForm({ client, message, setupCode }) {
  const name = textField({ label: 'Name', name: 'name', autocomplete: 'name', optional: true, maxlength: 120 });
  const email = textField({
    label: 'E-mail',
    name: 'email',
    type: 'email',
    autocomplete: 'username',
    inputmode: 'email',
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  const password = passwordField({ label: 'Password', name: 'password', autocomplete: 'new-password' });
  const setup = setupCode ? setupField(setupCode) : null;
  const fields = [name, email, password, ...(setup ? [setup] : [])];
  const submitButton = button('Create account', { kind: 'primary', type: 'submit' });

  async function submit(event) {
    event.preventDefault();
    await whilePending(submitButton, async () => {
      message.show('');
      const problems = [
        [email, isAddress(email) ? '' : 'Enter your e-mail address.'],
        [password, passwordStrength(password.control.value) > 0 ? '' : 'Use 8 characters or more.'],
        ...(setup ? [[setup, setup.control.value.trim() ? '' : 'Enter the code that the server printed.']] : []),
      ];
      if (!isComplete(problems)) return;
      const details = {
        email: email.control.value.trim(),
        password: password.control.value,
        name: name.control.value.trim() || undefined,
        setupCode: setup?.control.value.trim() || undefined,
      };
      try {
        await client.signUp.email(details);
      } catch (error) {
        const issues = error.issues ?? [];
        const rest = showIssues(fields, issues);
        message.show(issues.length > 0 ? rest : refusalSentence(error));
      }
    });
  }

  password.element.append(strengthMeter(password.control));
  return h(
    'form',
    { class: 'form', novalidate: true, onsubmit: submit },
    name.element,
    email.element,
    password.element,
    setup?.element,
    submitButton,
  );
}

/** The sign-up page, where the server allows it; with a set-up code the first owner's. */
export function signUpPage({ client, session, returnTo, setupCode, addressFor }) {
  const { login } = session.get();
  const message = formMessage();
  const open = login && login.type !== 'sso' && login.signUpEnabled !== false;
  const form = open
    ? [
        h(
          'div',
          { class: 'auth-head' },
          h('h1', { tabindex: -1 }, setupCode ? 'Set up this studio' : 'Create an account'),
          h(
            'p',
            { class: 'page-lead' },
            setupCode
              ? 'Your account becomes its owner, who may do everything.'
              : 'You start with few permissions; an owner can give you more.',
          ),
        ),
        message.element,
        accountForm({ client, message, setupCode }),
        ssoPart({ client, login, returnTo, message }),
        h(
          'p',
          { class: 'auth-switch' },
          'Already have an account? ',
          h('a', { href: addressFor('/login') }, 'Sign in'),
        ),
      ]
    : [
        statePanel({
          iconName: 'lock',
          title: 'Sign-up is closed',
          text: 'Ask an owner of this studio for an account.',
        }),
        h('p', { class: 'auth-switch' }, h('a', { href: addressFor('/login') }, 'Back to sign-in')),
      ];
  return { element: authFrame({ form, aside: rolePreview() }), focus: 'input' };
}
