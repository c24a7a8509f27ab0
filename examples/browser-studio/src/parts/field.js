// SPDX-License-Identifier: Apache-2.0
import { h, replace, uniqueId } from './dom.js';
import { icon } from './icons.js';

/**
 * A labelled control with a hint and a place for its error beside it.
 * `{element, control, setError(message), name}`
 */
export function field({ label, name, hint, control, optional, trailing }) {
  const id = uniqueId(name);
  const errorId = `${id}-error`;
  const hintId = `${id}-hint`;
  control.id = id;
  control.name = name;
  const error = h('p', { class: 'field-error', id: errorId });
  const hintElement = hint && h('p', { class: 'field-hint', id: hintId }, hint);

  function describe(hasError) {
    const ids = [hasError && errorId, hint && hintId].filter(Boolean).join(' ');
    if (ids) control.setAttribute('aria-describedby', ids);
    else control.removeAttribute('aria-describedby');
  }

  function setError(message) {
    replace(error, message && [icon('alert'), h('span', {}, message)]);
    if (message) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
    describe(Boolean(message));
  }

  control.addEventListener('input', () => setError(''));
  describe(false);

  const element = h(
    'div',
    { class: 'field' },
    h(
      'label',
      { class: 'field-label', for: id },
      label,
      optional && h('span', { class: 'field-optional' }, 'optional'),
    ),
    trailing ? h('div', { class: 'input-group' }, control, trailing) : control,
    hintElement,
    error,
  );
  return { element, control, setError, name };
}

/** A text field. */
export function textField({ label, name, hint, optional, ...properties }) {
  return field({ label, name, hint, optional, control: h('input', { class: 'input', type: 'text', ...properties }) });
}

/** A password field that can show what was typed. Pasting is welcome: it is how password managers work. */
export function passwordField({ label, name, hint, autocomplete }) {
  const control = h('input', {
    class: 'input',
    type: 'password',
    autocomplete,
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  const toggle = h(
    'button',
    {
      class: 'icon-button input-trailing',
      type: 'button',
      'aria-pressed': 'false',
      'aria-label': 'Show password',
      onclick: () => {
        const shown = control.type === 'text';
        control.type = shown ? 'password' : 'text';
        toggle.setAttribute('aria-pressed', String(!shown));
        replace(toggle, icon(shown ? 'eye' : 'eyeOff'));
        control.focus();
      },
    },
    icon('eye'),
  );
  return field({ label, name, hint, control, trailing: toggle });
}

/** A message for the whole form; screen readers hear it at once. */
export function formMessage() {
  const element = h('div', { class: 'form-message', role: 'alert' });
  return {
    element,
    show(message, tone = 'danger') {
      element.dataset.tone = tone;
      replace(element, message && [icon(tone === 'danger' ? 'alert' : 'info'), h('span', {}, message)]);
    },
  };
}

/** Puts `issues` beside their fields and the first of them into focus; what has no field is returned as text. */
export function showIssues(fields, issues) {
  let first;
  const rest = [];
  for (const { field: name, message } of issues) {
    const match = fields.find((candidate) => candidate.name === name);
    if (!match) rest.push(message);
    else match.setError(message);
    first ??= match;
  }
  first?.control.focus();
  return rest.join(' ');
}
