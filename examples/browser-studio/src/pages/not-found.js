// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { buttonLink } from '../parts/button.js';
import { pageHead } from '../parts/page-head.js';
import { statePanel } from '../parts/states.js';

/** An address that leads nowhere. */
export function notFoundPage() {
  return {
    element: h(
      'div',
      { class: 'page' },
      pageHead({ title: 'Page not found' }),
      statePanel({
        iconName: 'search',
        title: 'There is nothing at this address',
        text: 'It may have been moved, or the link was mistyped.',
        actions: [buttonLink('Back to the overview', '/')],
      }),
    ),
  };
}
