// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { accessStrip } from '../parts/access.js';
import { button, whilePending } from '../parts/button.js';
import { count, exactTime, timeAgo } from '../parts/format.js';
import { pageHead } from '../parts/page-head.js';
import { searchableList } from '../parts/searchable-list.js';
import { rowSkeletons, statePanel } from '../parts/states.js';
import { toast } from '../parts/toast.js';

function stepList(steps) {
  return h(
    'ol',
    { class: 'steps', 'aria-label': `${steps.length} steps` },
    steps.map((step) => h('li', {}, step)),
  );
}

// Most workflows are active; only what isn't is worth a word.
function isIdle({ status }) {
  return status !== undefined && status !== 'active';
}

// A draft has nothing that could run.
function runButton(workflow, onRun) {
  if (workflow.status === 'draft') return h('span', { class: 'muted' }, 'not ready');
  const control = button('Run', {
    small: true,
    iconName: 'play',
    'aria-label': `Run ${workflow.name}`,
    'data-workflow': workflow.id,
    onclick: () => whilePending(control, () => onRun(workflow)),
  });
  return control;
}

function workflowRow(workflow, onRun) {
  const { lastRun } = workflow;
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row', class: 'cell-main' },
      h(
        'span',
        { class: 'cell-title' },
        workflow.name,
        isIdle(workflow) && h('span', { class: 'tag' }, workflow.status),
      ),
      h('span', { class: 'cell-detail' }, workflow.description),
    ),
    h('td', { 'data-label': 'Steps' }, stepList(workflow.steps ?? [])),
    h('td', { 'data-label': 'Starts', class: 'nowrap' }, workflow.trigger ?? 'by hand'),
    h(
      'td',
      { 'data-label': 'Last run', class: 'nowrap' },
      lastRun
        ? h(
            'div',
            { class: 'cell-pair' },
            h(
              'span',
              { class: 'status', 'data-tone': lastRun.outcome === 'success' ? 'success' : 'danger' },
              lastRun.outcome === 'success' ? 'Succeeded' : 'Failed',
            ),
            h(
              'time',
              { class: 'cell-detail', datetime: lastRun.at, title: exactTime(lastRun.at) },
              timeAgo(lastRun.at),
            ),
          )
        : h('span', { class: 'muted' }, 'never'),
    ),
    onRun && h('td', { class: 'cell-button' }, runButton(workflow, onRun)),
  );
}

/** Without `onRun` nobody may run one, and there is no button. */
function workflowTable(workflows, onRun) {
  return h(
    'div',
    { class: 'panel table-panel' },
    h(
      'table',
      { class: 'table' },
      h('caption', { class: 'visually-hidden' }, 'Workflows'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Workflow', 'Steps', 'Starts', 'Last run'].map((title) => h('th', { scope: 'col' }, title)),
          onRun && h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Run')),
        ),
      ),
      h(
        'tbody',
        {},
        workflows.map((workflow) => workflowRow(workflow, onRun)),
      ),
    ),
  );
}

// What the missing button would send, for a workflow that doesn't exist.
function accessActions(api) {
  return [
    { verb: 'Read', permission: 'workflows:read' },
    { verb: 'Execute', permission: 'workflows:execute', attempt: () => api.runWorkflow('no-such-workflow') },
    { verb: 'Edit', permission: 'workflows:write' },
  ];
}

/** The workflows as a table, with a button to run one where the core allows it. */
export function workflowsPage({ api, session, router }) {
  async function run(workflow) {
    try {
      const { steps } = await api.runWorkflow(workflow.id);
      toast(`${workflow.name} ran: ${count(Object.keys(steps).length, 'step')} done.`);
    } catch (error) {
      toast(`${workflow.name} could not be run: ${error.message}`, 'danger');
      return;
    }
    await list.reload();
    // The table is drawn anew; the focus stays with the workflow.
    document.querySelector(`[data-workflow="${CSS.escape(workflow.id)}"]`)?.focus();
  }

  const onRun = session.may('workflows:execute') ? run : undefined;
  const list = searchableList({
    router,
    noun: 'workflow',
    searched: 'Names, descriptions and steps are searched.',
    fetch: api.workflows,
    textOf: ({ name, id, description, steps = [] }) => [name, id, description, ...steps].join('\n'),
    render: (workflows) => workflowTable(workflows, onRun),
    empty: () =>
      statePanel({
        iconName: 'workflows',
        title: 'No workflows yet',
        text: 'Workflows that the host registers appear here.',
      }),
    skeleton: () => rowSkeletons(5),
  });

  return {
    element: h(
      'div',
      { class: 'page' },
      pageHead({ title: 'Workflows', text: 'Steps that run in order, by hand or on a schedule.' }),
      h('div', { class: 'toolbar' }, list.search.element, accessStrip({ session, actions: accessActions(api) })),
      list.region.element,
    ),
    dispose: list.region.dispose,
  };
}
