// SPDX-License-Identifier: Apache-2.0
// Runs before the first paint, as a file of its own since the policy allows no inline script: a chosen theme must not
// flash the other one first. Without a choice the stylesheet follows the system.
(() => {
  try {
    const theme = localStorage.getItem('studio-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be blocked; the system's theme is then the right one.
  }
})();
