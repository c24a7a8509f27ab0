// SPDX-License-Identifier: Apache-2.0
import { invalidArgument } from './invalid-argument.js';
import { checkText } from './json.js';

/**
 * @template {Record<string, readonly string[]>} V
 * @param {V} vocabulary
 * @returns {import('./index.js').PermissionVocabulary<V>}
 */
export function definePermissions(vocabulary) {
  if (typeof vocabulary !== 'object' || vocabulary === null) throw invalidArgument('the vocabulary must be an object');
  const list = [];
  // Without a prototype: a namespace may be called `constructor`.
  const names = Object.create(null);
  for (const [namespace, actions] of Object.entries(vocabulary)) {
    if (!Array.isArray(actions)) throw invalidArgument(`the actions of ${namespace} must be an array`);
    const entries = Object.create(null);
    for (const action of actions) {
      entries[checkText(action, 'an action')] = `${namespace}:${action}`;
      list.push(`${namespace}:${action}`);
    }
    names[namespace] = Object.freeze(entries);
  }
  return /** @type {any} */ (Object.freeze({ list: Object.freeze(list), names: Object.freeze(names) }));
}
