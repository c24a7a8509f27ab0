// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { accessStrip } from '../parts/access.js';
import { exactTime, timeAgo } from '../parts/format.js';
import { pageHead } from '../parts/page-head.js';
import { searchableList } from '../parts/searchable-list.js';
import { rowSkeletons, statePanel } from '../parts/states.js';

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

function workflowRow(workflow) {
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
  );
}

function workflowTable(workflows) {
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
        ),
      ),
      h('tbody', {}, workflows.map(workflowRow)),
    ),
  );
}

const accessActions = [
  { verb: 'Read', permission: 'workflows:read' },
  { verb: 'Execute', permission: 'workflows:execute' },
  { verb: 'Edit', permission: 'workflows:write' },
];

/** The workflows as a table. */
export function workflowsPage({ api, session, router }) {
  const list = searchableList({
    router,
    noun: 'workflow',
    searched: 'Names, descriptions and steps are searched.',
    fetch: api.workflows,
    textOf: ({ name, id, description, steps = [] }) => [name, id, description, ...steps].join('\n'),
    render: workflowTable,
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
      h('div', { class: 'toolbar' }, list.search.element, accessStrip({ session, actions: accessActions })),
      list.region.element,
    ),
    dispose: list.region.dispose,
  };
}
