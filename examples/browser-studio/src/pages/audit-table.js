// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { openDialog } from '../parts/dialog.js';
import { exactTime, timeAgo } from '../parts/format.js';

const outcomes = {
  success: { text: 'Success', tone: 'success' },
  failure: { text: 'Failure', tone: 'danger' },
  denied: { text: 'Denied', tone: 'warning' },
};

function outcomeBadge(outcome) {
  const { text, tone } = outcomes[outcome] ?? { text: outcome, tone: 'neutral' };
  return h('span', { class: 'status', 'data-tone': tone }, text);
}

function actorName(actor) {
  return actor.email ?? actor.id ?? actor.type;
}

function resourceText(resource) {
  return resource ? [resource.type, resource.name ?? resource.id].filter(Boolean).join(' / ') : '';
}

function detailRows(event) {
  return [
    ['Time', exactTime(event.timestamp)],
    ['Outcome', outcomeBadge(event.outcome)],
    ['Actor', `${event.actor.type}: ${actorName(event.actor)}`],
    ['Address', event.actor.ip],
    ['Client', event.actor.userAgent],
    ['Action', h('code', {}, event.action)],
    ['Resource', resourceText(event.resource)],
    ['Duration', event.duration !== undefined && `${event.duration} ms`],
    ['Request', event.requestId && h('code', {}, event.requestId)],
    ['Event', h('code', {}, event.id)],
    ['Number', event.seq?.toLocaleString('en')],
    [
      'Details',
      event.metadata &&
        Object.keys(event.metadata).length > 0 &&
        h('pre', { class: 'json' }, JSON.stringify(event.metadata, null, 2)),
    ],
  ].filter(([, value]) => value);
}

function openEvent(event) {
  openDialog({
    title: event.action,
    wide: true,
    body: h(
      'dl',
      { class: 'details' },
      detailRows(event).map(([term, value]) => [h('dt', {}, term), h('dd', {}, value)]),
    ),
  });
}

function eventRow(event, onActor) {
  const name = actorName(event.actor);
  return h(
    'tr',
    {},
    h(
      'td',
      { 'data-label': 'Time', class: 'nowrap' },
      h('time', { datetime: event.timestamp, title: exactTime(event.timestamp) }, timeAgo(event.timestamp)),
    ),
    h(
      'td',
      { 'data-label': 'Actor', class: 'cell-clip' },
      event.actor.id
        ? h(
            'button',
            {
              class: 'link-button',
              type: 'button',
              title: `Only events of ${name}`,
              'aria-label': `Only events of ${name}`,
              onclick: () => onActor(event.actor.id),
            },
            name,
          )
        : name,
    ),
    h('td', { 'data-label': 'Action' }, h('code', {}, event.action)),
    h('td', { 'data-label': 'Resource', class: 'cell-clip muted' }, resourceText(event.resource)),
    h('td', { 'data-label': 'Outcome' }, outcomeBadge(event.outcome)),
    h(
      'td',
      { class: 'cell-action' },
      h(
        'button',
        {
          class: 'icon-button',
          type: 'button',
          'aria-label': `Details of ${event.action} by ${name}`,
          'aria-haspopup': 'dialog',
          onclick: () => openEvent(event),
        },
        icon('right'),
      ),
    ),
  );
}

/** Events as a table, newest first. */
export function auditTable({ events, onActor }) {
  return h(
    'div',
    { class: 'panel table-panel' },
    h(
      'table',
      { class: 'table audit-table' },
      h('caption', { class: 'visually-hidden' }, 'Audit events, newest first'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Time', 'Actor', 'Action', 'Resource', 'Outcome'].map((title) => h('th', { scope: 'col' }, title)),
          h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Details')),
        ),
      ),
      h(
        'tbody',
        {},
        events.map((event) => eventRow(event, onActor)),
      ),
    ),
  );
}
