// SPDX-License-Identifier: Apache-2.0
import { h, svg } from './dom.js';

const shapes = {
  overview: ['M3 3h4v5H3zM9 3h4v3H9zM9 8h4v5H9zM3 10h4v3H3z'],
  agents: [
    'M5 5.5h6a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-3a2 2 0 0 1 2-2z',
    'M8 5.5V3',
    'M6.25 8.5v1M9.75 8.5v1',
  ],
  workflows: ['M2.5 3.5h4v3h-4zM9.5 9.5h4v3h-4z', 'M4.5 6.5V11h5'],
  audit: ['M4 2.5h6l2.5 2.5v8.5H4z', 'M6.25 7h4M6.25 9.5h4'],
  search: ['M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z', 'M10.5 10.5l3 3'],
  plus: ['M8 3.5v9M3.5 8h9'],
  play: ['M5.5 3.5l6.5 4.5-6.5 4.5z'],
  edit: ['M10.5 3l2.5 2.5-7 7H3.5V10z', 'M9 4.5L11.5 7'],
  download: ['M8 2.75v7M5 7l3 3 3-3', 'M3 12.75h10'],
  down: ['M4 6.25l4 4 4-4'],
  trash: ['M3 4.5h10M6.5 4.5v-1.5h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5'],
  check: ['M3.5 8.5l3 3 6-7'],
  lock: ['M4 7.5h8v5.5H4z', 'M5.75 7.5V5.25a2.25 2.25 0 0 1 4.5 0V7.5'],
  minus: ['M4.5 8h7'],
  cross: ['M4 4l8 8M12 4l-8 8'],
  alert: ['M8 2.5l6 10.5H2z', 'M8 6.5v3M8 11.25v.01'],
  info: ['M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z', 'M8 7.5v3.25M8 5.25v.01'],
  eye: [
    'M1.75 8S4 3.75 8 3.75 14.25 8 14.25 8 12 12.25 8 12.25 1.75 8 1.75 8z',
    'M8 9.75a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5z',
  ],
  eyeOff: [
    'M3 3l10 10',
    'M6.2 4.05A6 6 0 0 1 8 3.75c4 0 6.25 4.25 6.25 4.25a11 11 0 0 1-1.7 2.2M4.2 5.1A10.6 10.6 0 0 0 1.75 8S4 12.25 8 12.25a5.9 5.9 0 0 0 2.6-.6',
  ],
  sun: [
    'M8 10.75a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5z',
    'M8 1.75v1M8 13.25v1M1.75 8h1M13.25 8h1M3.6 3.6l.7.7M11.7 11.7l.7.7M12.4 3.6l-.7.7M4.3 11.7l-.7.7',
  ],
  moon: ['M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z'],
  signOut: ['M6.5 3H3v10h3.5', 'M10 5l3 3-3 3M13 8H6.5'],
  chevrons: ['M5 6.25l3-3 3 3M5 9.75l3 3 3-3'],
  left: ['M9.75 4l-4 4 4 4'],
  right: ['M6.25 4l4 4-4 4'],
  refresh: ['M13 8a5 5 0 1 1-1.5-3.55', 'M13 2.5v2.75h-2.75'],
  clock: ['M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z', 'M8 4.75V8l2.25 1.5'],
};

/** A 16-pixel line icon. It is decoration: whatever carries it has its own name. */
export function icon(name) {
  return svg(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', focusable: 'false' },
    shapes[name].map((path) => svg('path', { d: path })),
  );
}

/** The mark and the name of the product. */
export function brandName() {
  return [brandMark(), h('span', {}, 'Latchkey', h('span', { class: 'brand-product' }, ' Studio'))];
}

function brandMark() {
  return svg(
    'svg',
    { class: 'brand-mark', viewBox: '0 0 32 32', width: 28, height: 28, 'aria-hidden': 'true', focusable: 'false' },
    svg('rect', { class: 'brand-plate', width: 32, height: 32, rx: 8 }),
    svg('circle', { class: 'brand-line', cx: 12.5, cy: 16, r: 5 }),
    svg('path', { class: 'brand-line', d: 'M17.5 16H26M22 16v4M26 16v3' }),
  );
}
