// SPDX-License-Identifier: Apache-2.0
import { h } from './dom.js';
import { joinWords } from './format.js';

/** Who holds the grants, and the verb for it. */
function holder(explanation, roles) {
  if (explanation.role) return [['your role ', h('strong', {}, explanation.role)], 'grants'];
  if (roles.length === 0) return [['you'], 'hold'];
  if (roles.length === 1) return [['your role ', h('strong', {}, roles[0])], 'grants'];
  return [['your roles ', h('strong', {}, joinWords(roles))], 'grant'];
}

function nearest(explanation, roles) {
  const [who, verb] = holder(explanation, roles);
  if (!explanation.grant) return [who, ` ${verb} nothing near it.`];
  return [who, ` ${verb} `, h('code', {}, explanation.grant), '.'];
}

function capitalised(parts) {
  const [first, ...rest] = parts.flat();
  return [first[0].toUpperCase() + first.slice(1), ...rest];
}

/**
 * The core's answer as a sentence: "Execute needs agents:execute; your role viewer grants agents:read." The nearest miss
 * comes from the core too; nothing is compared here.
 */
export function explainSentence({ verb, permission, explanation, roles }) {
  if (explanation.code === 'ERR_LATCHKEY_PERMISSION_INVALID') {
    return h(
      'p',
      {},
      h('code', {}, permission),
      ' isn’t a permission, so it is never allowed. The form is namespace:action or namespace:action:resource.',
    );
  }
  if (explanation.allowed) {
    // Without authentication there is no grant to name.
    if (!explanation.grant) return h('p', {}, h('code', {}, permission), ' is allowed.');
    return h('p', {}, h('code', {}, permission), ' is covered. ', capitalised(nearest(explanation, roles)));
  }
  return h('p', {}, `${verb} needs `, h('code', {}, permission), '; ', nearest(explanation, roles));
}
