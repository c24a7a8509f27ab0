// SPDX-License-Identifier: Apache-2.0
import { h, replace, uniqueId } from '../parts/dom.js';
import { button } from '../parts/button.js';
import { searchField } from '../parts/search.js';

const outcomes = [
  ['', 'Any outcome'],
  ['success', 'Success'],
  ['failure', 'Failure'],
  ['denied', 'Denied'],
];
const patterns = ['auth.*', 'agents:*', 'workflows:*', 'audit.*', 'role.*'];
const typingPause = 300;

function options(entries, selected) {
  return entries.map(([value, text]) => h('option', { value, selected: value === selected }, text));
}

function select(label, onChange) {
  const control = h('select', { class: 'input', 'aria-label': label, onchange: () => onChange(control.value) });
  return control;
}

/** Outcome, action and actor. `learnActors(events)` fills the list of actors with whoever was seen. */
export function auditFilters({ state, user, onChange, onClear }) {
  const actors = new Map();
  if (user) actors.set(user.id, user.email ?? user.name ?? user.id);
  const outcome = select('Outcome', (value) => onChange({ outcome: value }));
  const actor = select('Actor', (value) => onChange({ actorId: value }));
  const clearButton = button('Clear', { kind: 'ghost', onclick: onClear });
  const suggestions = h(
    'datalist',
    { id: uniqueId('actions') },
    patterns.map((value) => h('option', { value })),
  );
  let timer;
  const action = searchField({
    label: 'Action, exact or a prefix with *',
    placeholder: 'Action, such as agents:*',
    value: state.action,
    onInput(value) {
      clearTimeout(timer);
      timer = setTimeout(() => onChange({ action: value.trim() }), typingPause);
    },
  });
  action.control.setAttribute('list', suggestions.id);

  function show(current) {
    replace(outcome, options(outcomes, current.outcome));
    const known = new Map(actors);
    if (current.actorId && !known.has(current.actorId)) known.set(current.actorId, current.actorId);
    replace(actor, options([['', 'Anyone'], ...known], current.actorId));
    // What is being typed is newer than what was asked for.
    if (document.activeElement !== action.control || current.action === '') action.control.value = current.action;
    clearButton.hidden = !(current.outcome || current.action || current.actorId);
  }

  show(state);
  return {
    element: h(
      'div',
      { class: 'toolbar filters', role: 'search', 'aria-label': 'Filter events' },
      action.element,
      suggestions,
      outcome,
      actor,
      clearButton,
    ),
    show,
    learnActors(events) {
      for (const event of events) {
        if (event.actor.id) actors.set(event.actor.id, event.actor.email ?? event.actor.id);
      }
    },
    focusAction: () => action.control.focus(),
    focusActor: () => actor.focus(),
    dispose: () => clearTimeout(timer),
  };
}
