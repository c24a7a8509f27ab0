// SPDX-License-Identifier: Apache-2.0
import { h, uniqueId } from '../parts/dom.js';
import { icon } from '../parts/icons.js';
import { button } from '../parts/button.js';
import { attachMenu } from '../parts/menu.js';

const formats = [
  ['csv', 'CSV', 'for spreadsheets'],
  ['json', 'JSON', 'one array'],
  ['ndjson', 'NDJSON', 'an event a line'],
];

/**
 * A menu of files with the events that the filters let through, all pages of them. They are plain links: the browser
 * writes the file as it comes, however long it is. `{element, show(filter), dispose}`
 */
export function auditExport({ urlOf }) {
  const trigger = button('Export', { iconName: 'download', iconAfter: 'down' });
  const links = formats.map(([format, name, use]) => {
    const element = h(
      'a',
      {
        class: 'menu-item',
        role: 'menuitem',
        tabindex: -1,
        download: true,
        onclick: () => menu.close({ refocus: true }),
      },
      icon('download'),
      h('span', {}, `${name} `, h('span', { class: 'menu-detail' }, use)),
    );
    return { format, element };
  });
  const hint = h(
    'p',
    { class: 'menu-hint', id: uniqueId('export') },
    'All events that match the filters. The export is recorded.',
  );
  const panel = h(
    'div',
    { class: 'menu-panel menu-panel-below' },
    h(
      'div',
      { role: 'menu', 'aria-label': 'Export as', 'aria-describedby': hint.id },
      links.map(({ element }) => element),
    ),
    hint,
  );
  const menu = attachMenu(trigger, panel);
  return {
    element: h('div', { class: 'menu-root' }, trigger, panel),
    show(filter) {
      for (const { format, element } of links) {
        const query = new URLSearchParams(filter);
        query.set('format', format);
        element.href = urlOf(query);
      }
    },
    dispose: menu.dispose,
  };
}
