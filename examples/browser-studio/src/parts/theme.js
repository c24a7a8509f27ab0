// SPDX-License-Identifier: Apache-2.0
import { h, replace } from './dom.js';
import { icon } from './icons.js';

const storageKey = 'studio-theme';
const colours = { light: '#fafaf9', dark: '#0c0d10' };
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const buttons = new Set();

function systemTheme() {
  return systemDark.matches ? 'dark' : 'light';
}

function currentTheme() {
  return document.documentElement.dataset.theme ?? systemTheme();
}

function paint() {
  const chosen = document.documentElement.dataset.theme;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    meta.content = colours[chosen ?? (meta.media.includes('dark') ? 'dark' : 'light')];
  }
  for (const button of buttons) {
    if (button.isConnected) label(button);
    else buttons.delete(button);
  }
}

function label(button) {
  const other = currentTheme() === 'dark' ? 'light' : 'dark';
  button.setAttribute('aria-label', `Switch to the ${other} theme`);
  button.title = `Switch to the ${other} theme`;
  replace(button, icon(other === 'dark' ? 'moon' : 'sun'));
}

function choose(theme) {
  // Going back to what the system says also goes back to following it.
  const follows = theme === systemTheme();
  if (follows) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (follows) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
  } catch {
    // Storage may be blocked; the choice then lasts until the page is left.
  }
  paint();
}

/** A button between light and dark. */
export function themeSwitch() {
  const button = h('button', {
    class: 'icon-button',
    type: 'button',
    onclick: () => choose(currentTheme() === 'dark' ? 'light' : 'dark'),
  });
  label(button);
  buttons.add(button);
  return button;
}

/** Keeps the browser's own colour and the switches right when the system's theme changes. */
export function startTheme() {
  systemDark.addEventListener('change', paint);
  paint();
}
