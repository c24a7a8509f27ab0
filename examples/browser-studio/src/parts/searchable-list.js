// SPDX-License-Identifier: Apache-2.0
import { announce, replace } from './dom.js';
import { button } from './button.js';
import { count } from './format.js';
import { loader } from './loader.js';
import { searchField } from './search.js';
import { statePanel } from './states.js';

function matches(haystack, text) {
  const lower = haystack.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}

/**
 * A list that is loaded once and searched in the page; the address keeps what is searched for.
 * `textOf(item)` is what is searched, `render(items)` shows what was found, `empty()` that there is nothing at all.
 * `{search, region, reload}`
 */
export function searchableList({ router, noun, searched, fetch, textOf, render, empty, skeleton }) {
  let items = [];
  let text = router.query().get('q')?.trim() ?? '';
  const found = () => (text ? items.filter((item) => matches(textOf(item), text)) : items);

  function setText(value) {
    text = value.trim();
    router.setQuery(new URLSearchParams(text ? { q: text } : {}));
    replace(region.element, list());
    announce(count(found().length, noun));
  }

  function clear() {
    search.control.value = '';
    setText('');
    search.control.focus();
  }

  function list() {
    const shown = found();
    if (shown.length > 0) return render(shown);
    if (!text) return empty();
    return statePanel({
      iconName: 'search',
      title: `No ${noun} matches “${text}”`,
      text: searched,
      actions: [button('Clear search', { onclick: clear })],
    });
  }

  const region = loader({
    skeleton,
    fetch,
    errorTitle: `The ${noun}s could not be loaded`,
    render: (data) => {
      items = data;
      return list();
    },
  });
  const search = searchField({
    label: `Search ${noun}s`,
    placeholder: `Search ${noun}s`,
    value: text,
    onInput: setText,
  });
  region.load();
  return { search, region, reload: () => region.load({ quiet: true }) };
}
