// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { accessStrip } from '../parts/access.js';
import { button } from '../parts/button.js';
import { pageHead } from '../parts/page-head.js';
import { searchableList } from '../parts/searchable-list.js';
import { cardSkeletons, statePanel } from '../parts/states.js';
import { openCreateAgent, openDeleteAgent, openEditAgent, openRunAgent } from './agent-dialogs.js';

/** A small button at the head of a card. `data-agent` finds it again after the list was drawn anew. */
function cardButton(agent, { verb, iconName, danger, onPress }) {
  const properties = {
    class: danger ? 'icon-button danger' : 'icon-button',
    type: 'button',
    title: verb,
    'aria-label': `${verb} ${agent.name}`,
    'data-agent': `${verb} ${agent.id}`,
  };
  return h('button', { ...properties, onclick: () => onPress(agent) }, icon(iconName));
}

function runButton(agent, onRun) {
  const properties = { small: true, iconName: 'play', 'aria-label': `Run ${agent.name}` };
  return button('Run', { ...properties, onclick: () => onRun(agent) });
}

function agentCard(agent, { may, onRun, onEdit, onDelete }) {
  const tools = agent.tools ?? [];
  return h(
    'li',
    { class: 'card' },
    h(
      'div',
      { class: 'card-head' },
      h('span', { class: 'card-icon', 'aria-hidden': 'true' }, icon('agents')),
      h(
        'div',
        { class: 'card-titles' },
        h('h2', { class: 'card-title' }, agent.name),
        h('p', { class: 'card-subtitle' }, agent.model),
      ),
      h(
        'div',
        { class: 'card-actions' },
        may.write && cardButton(agent, { verb: 'Edit', iconName: 'edit', onPress: onEdit }),
        may.remove && cardButton(agent, { verb: 'Delete', iconName: 'trash', danger: true, onPress: onDelete }),
      ),
    ),
    h('p', { class: 'card-text' }, agent.description),
    h(
      'div',
      { class: 'card-foot' },
      h(
        'ul',
        { class: 'tags', 'aria-label': 'Tools' },
        tools.map((tool) => h('li', { class: 'tag' }, tool)),
      ),
      may.execute && runButton(agent, onRun),
    ),
  );
}

function emptyState(mayCreate, onCreate) {
  return statePanel({
    iconName: 'agents',
    title: 'No agents yet',
    text: mayCreate ? 'Create the first one; it takes a name.' : 'Someone with agents:write can create the first one.',
    actions: mayCreate ? [button('Create agent', { kind: 'primary', iconName: 'plus', onclick: onCreate })] : [],
  });
}

function agentText({ name, id, description, model, tools = [] }) {
  return [name, id, description, model, ...tools].join('\n');
}

// What the missing buttons would send, made so that it changes nothing should the server accept it: an agent that
// doesn't exist, and a body that isn't complete.
function accessActions(api) {
  return [
    { verb: 'Read', permission: 'agents:read' },
    { verb: 'Execute', permission: 'agents:execute', attempt: () => api.generate('no-such-agent', 'Hello') },
    { verb: 'Create', permission: 'agents:write', attempt: () => api.createAgent({}) },
    { verb: 'Edit', permission: 'agents:write', attempt: () => api.changeAgent('no-such-agent', {}) },
    { verb: 'Delete', permission: 'agents:delete', attempt: () => api.deleteAgent('no-such-agent') },
  ];
}

/** The agents as cards, with the actions that the core allows. */
export function agentsPage({ api, session, router }) {
  const may = {
    write: session.may('agents:write'),
    execute: session.may('agents:execute'),
    remove: session.may('agents:delete'),
  };
  const reload = () => list.reload();
  const create = () => openCreateAgent({ api, onCreated: reload });
  // The button that opened the dialog went with its card, so the focus needs another place.
  const onDeleted = async () => {
    await reload();
    document.querySelector('h1')?.focus();
  };
  // The list is drawn anew, so the focus goes to the button that stands where the pressed one stood.
  const onEdited = async (agent) => {
    await reload();
    document.querySelector(`[data-agent="Edit ${CSS.escape(agent.id)}"]`)?.focus();
  };
  const handlers = {
    may,
    onRun: (agent) => openRunAgent({ api, agent }),
    onEdit: (agent) => openEditAgent({ api, agent, onEdited }),
    onDelete: (agent) => openDeleteAgent({ api, agent, onDeleted }),
  };
  const list = searchableList({
    router,
    noun: 'agent',
    searched: 'Names, models, descriptions and tools are searched.',
    fetch: api.agents,
    textOf: agentText,
    render: (agents) =>
      h(
        'ul',
        { class: 'card-grid', 'aria-label': 'Agents' },
        agents.map((agent) => agentCard(agent, handlers)),
      ),
    empty: () => emptyState(may.write, create),
    skeleton: () => cardSkeletons(6),
  });

  return {
    element: h(
      'div',
      { class: 'page' },
      pageHead({
        title: 'Agents',
        text: 'Models with instructions and tools, ready to be run.',
        action: may.write && button('Create agent', { kind: 'primary', iconName: 'plus', onclick: create }),
      }),
      h('div', { class: 'toolbar' }, list.search.element, accessStrip({ actions: accessActions(api), session })),
      list.region.element,
    ),
    dispose: list.region.dispose,
  };
}
