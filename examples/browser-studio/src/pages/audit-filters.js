// SPDX-License-Identifier: Apache-2.0
import { h, replace, uniqueId } from '../parts/dom.js';
import { button } from '../parts/button.js';
import { searchField } from '../parts/search.js';

/** What the address of the page may hold, beside the page's number. */
export const filterNames = ['outcome', 'action', 'actorType', 'actorId', 'from', 'to'];

const outcomes = [
  ['', 'Any outcome'],
  ['success', 'Success'],
  ['failure', 'Failure'],
  ['denied', 'Denied'],
];
const actorTypes = [
  ['', 'Any actor type'],
  ['user', 'People'],
  ['apikey', 'API keys'],
  ['system', 'The server'],
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

/** A day of the calendar in the form `2026-11-21`, from 1970 on. */
export function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '1970-01-02') return false;
  const instant = new Date(`${text}T00:00:00Z`);
  // Browsers differ in whether 30 February is 2 March.
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

// While a year is typed the field has the years 0002, 0020 and 0202 on the way to 2026.
function dateField(label, onChange) {
  const control = h('input', {
    class: 'input',
    type: 'date',
    onchange: () => (control.value === '' || isDay(control.value)) && onChange(control.value),
  });
  return { control, element: h('label', { class: 'filter-date' }, h('span', {}, label), control) };
}

/** Action, outcome, type of actor, actor and days. `learnActors(events)` adds the actors of these events to the list. */
export function auditFilters({ state, user, onChange, onClear }) {
  const actors = new Map();
  if (user) actors.set(user.id, user.email ?? user.name ?? user.id);
  const outcome = select('Outcome', (value) => onChange({ outcome: value }));
  const actorType = select('Actor type', (value) => onChange({ actorType: value }));
  const actor = select('Actor', (value) => onChange({ actorId: value }));
  actor.classList.add('filter-wide');
  const from = dateField('From', (value) => onChange({ from: value }));
  const to = dateField('To', (value) => onChange({ to: value }));
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
    replace(actorType, options(actorTypes, current.actorType));
    from.control.value = current.from;
    to.control.value = current.to;
    // The calendar offers no range that ends before it begins.
    from.control.max = current.to;
    to.control.min = current.from;
    const known = new Map(actors);
    if (current.actorId && !known.has(current.actorId)) known.set(current.actorId, current.actorId);
    replace(actor, options([['', 'Anyone'], ...known], current.actorId));
    // What is being typed is newer than what was asked for.
    if (document.activeElement !== action.control || current.action === '') action.control.value = current.action;
    clearButton.hidden = !filterNames.some((name) => current[name]);
  }

  show(state);
  return {
    element: h(
      'div',
      { class: 'toolbar filters', role: 'search', 'aria-label': 'Filter events' },
      action.element,
      suggestions,
      outcome,
      actorType,
      actor,
      h('div', { class: 'filter-range', role: 'group', 'aria-label': 'Time range' }, from.element, to.element),
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
