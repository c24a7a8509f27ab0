// SPDX-License-Identifier: Apache-2.0
// Paths are real: the server sends the same page for each of them, so an address can be opened, reloaded and shared.

/** Tells `listener` about every change of the address, and turns clicks on links of this site into such changes. */
export function createRouter(listener) {
  function follow(event) {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.('a[href]');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    const samePage = link.pathname === location.pathname && link.search === location.search;
    if (samePage && link.hash) return;
    event.preventDefault();
    router.go(link.pathname + link.search);
  }

  const router = {
    path: () => location.pathname,
    query: () => new URLSearchParams(location.search),
    /** Opens a page. `replace` leaves no entry behind that "back" would only bounce off again. */
    go(address, { replace = false } = {}) {
      history[replace ? 'replaceState' : 'pushState'](null, '', address);
      listener();
      if (!replace) scrollTo(0, 0);
    },
    /** Writes a page's own settings into the address; the page is already showing them. */
    setQuery(parameters) {
      const text = parameters.toString();
      history.replaceState(null, '', location.pathname + (text ? `?${text}` : ''));
    },
    start() {
      addEventListener('popstate', listener);
      document.addEventListener('click', follow);
      listener();
    },
  };
  return router;
}
