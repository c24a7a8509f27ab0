// SPDX-License-Identifier: Apache-2.0
// The menu-button pattern of the ARIA practices guide: arrows move, Home and End jump, a letter finds, Escape returns.

function itemsOf(menu) {
  return [...menu.querySelectorAll('[role="menuitem"]')];
}

function focusItem(items, index) {
  items[(index + items.length) % items.length]?.focus();
}

function moveIn(menu, event) {
  const items = itemsOf(menu);
  const index = items.indexOf(document.activeElement);
  const steps = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: items.length - 1 };
  if (event.key in steps) {
    event.preventDefault();
    focusItem(items, steps[event.key]);
  } else if (event.key.length === 1) {
    const letter = event.key.toLowerCase();
    const match = items.findIndex((item) => item.textContent.trim().toLowerCase().startsWith(letter));
    if (match >= 0) focusItem(items, match);
  }
}

/** Ties `trigger` to `panel`, which holds an element with role `menu`. Returns `{close, dispose}`. */
export function attachMenu(trigger, panel) {
  const menu = panel.querySelector('[role="menu"]');
  trigger.setAttribute('aria-haspopup', 'menu');

  function show(open) {
    panel.hidden = !open;
    trigger.setAttribute('aria-expanded', String(open));
  }

  function close({ refocus = false } = {}) {
    if (panel.hidden) return;
    show(false);
    if (refocus) trigger.focus();
  }

  function open(index) {
    show(true);
    focusItem(itemsOf(menu), index);
  }

  function outside(event) {
    if (!panel.contains(event.target) && !trigger.contains(event.target)) close();
  }

  trigger.addEventListener('click', () => (panel.hidden ? open(0) : close()));
  trigger.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    open(event.key === 'ArrowDown' ? 0 : -1);
  });
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      close({ refocus: true });
    } else if (event.key === 'Tab') {
      close();
    } else {
      moveIn(menu, event);
    }
  });
  document.addEventListener('pointerdown', outside);
  show(false);
  return { close, dispose: () => document.removeEventListener('pointerdown', outside) };
}
