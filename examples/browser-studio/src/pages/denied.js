// SPDX-License-Identifier: Apache-2.0
import { h } from '../parts/dom.js';
import { buttonLink } from '../parts/button.js';
import { pageHead } from '../parts/page-head.js';
import { explainSentence } from '../parts/sentence.js';
import { statePanel } from '../parts/states.js';

/** A page that exists but isn't for this person: it says which permission is missing, and who can help. */
export function deniedPage({ page, session }) {
  const { roles } = session.get();
  const { permission } = page;
  const sentence = explainSentence({ verb: 'This page', permission, explanation: session.explain(permission), roles });
  return {
    element: h(
      'div',
      { class: 'page' },
      pageHead({ title: page.title }),
      statePanel({
        iconName: 'lock',
        title: `You can’t open ${page.inSentence}`,
        text: [
          sentence,
          h('p', {}, 'Someone with ', h('code', {}, 'settings:write'), ' can give you a role that covers it.'),
        ],
        actions: [buttonLink('Back to the overview', '/')],
      }),
    ),
  };
}
