// SPDX-License-Identifier: Apache-2.0
import { h, replace } from './dom.js';
import { errorPanel } from './states.js';

/**
 * A region that loads something: a skeleton meanwhile, an error with a retry when it fails, otherwise what `render` makes.
 * `{element, load, dispose}`; a later `load` makes an earlier answer irrelevant.
 */
export function loader({ skeleton, fetch, render, errorTitle }) {
  const element = h('div', { class: 'region' });
  let flight;

  async function load({ quiet = false } = {}) {
    flight?.abort();
    const current = new AbortController();
    flight = current;
    element.setAttribute('aria-busy', 'true');
    if (!quiet) replace(element, skeleton());
    try {
      const data = await fetch(current.signal);
      if (current.signal.aborted) return;
      replace(element, render(data));
    } catch (error) {
      if (current.signal.aborted) return;
      replace(element, errorPanel({ title: errorTitle, error, onRetry: () => load() }));
    }
    element.removeAttribute('aria-busy');
  }

  return { element, load, dispose: () => flight?.abort() };
}
