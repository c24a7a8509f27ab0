// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { button } from '../parts/button.js';
import { loader } from '../parts/loader.js';
import { pageHead } from '../parts/page-head.js';
import { rowSkeletons, statePanel } from '../parts/states.js';
import { auditExport } from './audit-export.js';
import { auditFilters, filterNames, isDay } from './audit-filters.js';
import { auditTable } from './audit-table.js';

const pageSize = 25;

function stateFrom(query) {
  const state = Object.fromEntries(filterNames.map((name) => [name, query.get(name) ?? '']));
  for (const name of ['from', 'to']) if (!isDay(state[name])) state[name] = '';
  return { ...state, page: Math.max(1, Number.parseInt(query.get('page'), 10) || 1) };
}

/** The filters as the address of this page has them. */
function addressOf(state) {
  const parameters = new URLSearchParams(filterNames.filter((name) => state[name]).map((name) => [name, state[name]]));
  if (state.page > 1) parameters.set('page', String(state.page));
  return parameters;
}

/** The filters as the API has them. A day is one of the reader, in the zone in which the times are shown. */
function filterOf(state) {
  const parameters = new URLSearchParams();
  for (const name of ['outcome', 'action', 'actorType', 'actorId']) {
    if (state[name]) parameters.set(name, state[name]);
  }
  if (state.from) parameters.set('startDate', new Date(`${state.from}T00:00:00.000`).toISOString());
  if (state.to) parameters.set('endDate', new Date(`${state.to}T23:59:59.999`).toISOString());
  return parameters;
}

function requestOf(state) {
  const parameters = filterOf(state);
  parameters.set('limit', String(pageSize));
  parameters.set('offset', String((state.page - 1) * pageSize));
  return parameters;
}

function pager({ state, total, onPage }) {
  const first = (state.page - 1) * pageSize + 1;
  const last = Math.min(total, state.page * pageSize);
  const step = (text, icons, page, enabled) =>
    button(text, { small: true, ...icons, disabled: !enabled, onclick: () => onPage(page) });
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages of events' },
    h(
      'p',
      { class: 'pager-text', role: 'status' },
      `${first.toLocaleString('en')}–${last.toLocaleString('en')} of ${total.toLocaleString('en')}`,
    ),
    h(
      'div',
      { class: 'pager-buttons' },
      step('Newer', { iconName: 'left' }, state.page - 1, state.page > 1),
      step('Older', { iconAfter: 'right' }, state.page + 1, last < total),
    ),
  );
}

function emptyState({ total, onClear }) {
  return statePanel({
    iconName: 'audit',
    title: total === 0 ? 'No events match' : 'There is nothing on this page',
    text: 'The log keeps every sign-in, every refusal and every change. Widen the filters to see more.',
    actions: [button('Clear filters', { onclick: onClear })],
  });
}

/** The audit log: filters, which the address keeps, and pages. */
export function auditPage({ api, router, session }) {
  const state = stateFrom(router.query());

  function change(values, { quiet = false } = {}) {
    Object.assign(state, values);
    router.setQuery(addressOf(state));
    filters.show(state);
    exporting.show(filterOf(state));
    region.load({ quiet });
  }

  const filter = (values) => change({ ...values, page: 1 }, { quiet: true });
  const clear = () => {
    filter(Object.fromEntries(filterNames.map((name) => [name, ''])));
    filters.focusAction();
  };
  const onActor = (actorId) => {
    filter({ actorId });
    filters.focusActor();
  };
  // The button that was pressed is gone with the page it belonged to: the heading is where reading starts again.
  const onPage = (page) => {
    change({ page });
    document.querySelector('h1').focus();
  };
  const exporting = auditExport({ urlOf: api.auditExportUrl });
  exporting.show(filterOf(state));
  const filters = auditFilters({ state, user: session.get().user, onChange: filter, onClear: clear });

  function render({ events, total }) {
    filters.learnActors(events);
    filters.show(state);
    if (events.length === 0) return emptyState({ total, onClear: clear });
    return [auditTable({ events, onActor }), pager({ state, total, onPage })];
  }

  const region = loader({
    skeleton: () => rowSkeletons(8),
    errorTitle: 'The audit log could not be loaded',
    fetch: (signal) => api.auditEvents(requestOf(state), signal),
    render,
  });
  region.load();

  return {
    element: h(
      'div',
      { class: 'page' },
      pageHead({
        title: 'Audit log',
        text: 'Who did what, when, and whether it was allowed. Reading it is itself recorded.',
        action: [
          exporting.element,
          button('Refresh', { iconName: 'refresh', onclick: () => region.load({ quiet: true }) }),
        ],
      }),
      filters.element,
      region.element,
    ),
    dispose: () => [region, filters, exporting].forEach((part) => part.dispose()),
  };
}
