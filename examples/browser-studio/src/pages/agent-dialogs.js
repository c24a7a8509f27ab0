// SPDX-License-Identifier: Apache-2.0
import { h, replace, uniqueId } from '../parts/dom.js';
import { button, whilePending } from '../parts/button.js';
import { openDialog } from '../parts/dialog.js';
import { field, formMessage, showIssues, textField } from '../parts/field.js';
import { toast } from '../parts/toast.js';

const models = ['claude-sonnet', 'claude-haiku', 'gpt-4o', 'gpt-4o-mini', 'gemini-pro'];

/** Shows what the server said: beside the fields where it names them, above the form otherwise. */
function showError(error, fields, message) {
  const rest = showIssues(fields, error.issues ?? []);
  message.show(error.issues?.length > 0 ? rest : error.message);
}

/** A dialog around a form. `submit(fields)` may throw; its error is shown in the form. */
function formDialog({ title, fields, lead, submitText, submitKind = 'primary', submit }) {
  const formId = uniqueId('form');
  const message = formMessage();
  const submitButton = button(submitText, { kind: submitKind, type: 'submit', form: formId });
  const form = h(
    'form',
    {
      class: 'form',
      id: formId,
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        whilePending(submitButton, async () => {
          message.show('');
          try {
            await submit({ close: dialog.close, message });
          } catch (error) {
            showError(error, fields, message);
          }
        });
      },
    },
    message.element,
    lead,
    fields.map(({ element }) => element),
  );
  const cancelButton = button('Cancel', { onclick: () => dialog.close() });
  const dialog = openDialog({ title, body: form, footer: [cancelButton, submitButton] });
  (fields[0]?.control ?? cancelButton).focus();
}

/** The fields of an agent, and what they hold. */
function agentFields({ name: given = '', model: chosen, description: purpose = '' } = {}) {
  // A model that the host knows and this list does not stays what it is.
  const offered = chosen && !models.includes(chosen) ? [chosen, ...models] : models;
  const name = textField({
    label: 'Name',
    name: 'name',
    placeholder: 'Release notes writer',
    autocomplete: 'off',
    maxlength: 100,
    value: given,
  });
  const model = field({
    label: 'Model',
    name: 'model',
    control: h(
      'select',
      { class: 'input' },
      offered.map((option) => h('option', { selected: option === chosen }, option)),
    ),
  });
  const description = field({
    label: 'Purpose',
    name: 'description',
    optional: true,
    control: h('textarea', { class: 'input', rows: 3, maxlength: 300, value: purpose }),
  });
  return {
    list: [name, model, description],
    /** Empty when the name is missing, which is said beside it. */
    read() {
      if (name.control.value.trim() === '') {
        name.setError('Give the agent a name.');
        name.control.focus();
        return null;
      }
      return {
        name: name.control.value.trim(),
        model: model.control.value,
        description: description.control.value.trim(),
      };
    },
  };
}

/** Asks for a name, a model and a purpose, and creates the agent. */
export function openCreateAgent({ api, onCreated }) {
  const fields = agentFields();
  formDialog({
    title: 'Create agent',
    fields: fields.list,
    submitText: 'Create agent',
    submit: async ({ close }) => {
      const agent = fields.read();
      if (!agent) return;
      await api.createAgent(agent);
      close();
      toast(`${agent.name} is ready.`);
      onCreated();
    },
  });
}

/** The same for an agent that is there. */
export function openEditAgent({ api, agent, onEdited }) {
  const fields = agentFields(agent);
  formDialog({
    title: `Edit ${agent.name}`,
    fields: fields.list,
    submitText: 'Save changes',
    submit: async ({ close }) => {
      const changes = fields.read();
      if (!changes) return;
      await api.changeAgent(agent.id, changes);
      close();
      toast(`${changes.name} is saved.`);
      onEdited(agent);
    },
  });
}

/** Asks once more, then deletes. */
export function openDeleteAgent({ api, agent, onDeleted }) {
  formDialog({
    title: 'Delete agent',
    fields: [],
    lead: h('p', {}, 'Delete ', h('strong', {}, agent.name), '? Runs that already finished stay in the audit log.'),
    submitText: 'Delete agent',
    submitKind: 'danger',
    submit: async ({ close }) => {
      await api.deleteAgent(agent.id);
      close();
      toast(`${agent.name} is deleted.`);
      onDeleted();
    },
  });
}

/** Runs an agent once with a prompt and shows its answer. */
export function openRunAgent({ api, agent }) {
  const prompt = field({
    label: 'Prompt',
    name: 'prompt',
    control: h('textarea', { class: 'input', rows: 3 }),
  });
  prompt.control.value = 'Summarise what happened since yesterday.';
  const answer = h('div', { class: 'answer-slot', 'aria-live': 'polite' });
  formDialog({
    title: `Run ${agent.name}`,
    fields: [prompt, { element: answer }],
    submitText: 'Run',
    submit: async () => {
      replace(answer);
      const started = performance.now();
      const result = await api.generate(agent.id, prompt.control.value);
      const duration = Math.round(performance.now() - started);
      replace(
        answer,
        h(
          'div',
          { class: 'answer' },
          h('p', { class: 'answer-head' }, `Answer in ${duration} ms`),
          h('p', { class: 'answer-text' }, result.text),
        ),
      );
    },
  });
}
