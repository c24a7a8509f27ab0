// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { settled } from '../support.mjs';

const controls = new Set([
  'button',
  'link',
  'textbox',
  'searchbox',
  'combobox',
  'listbox',
  'radio',
  'checkbox',
  'menuitem',
  'menu',
  'dialog',
  'img',
  'table',
]);
const strangerPaths = ['/login', '/signup'];
const ownerPaths = ['/', '/agents', '/workflows', '/audit'];

/** Every control that a screen reader would announce without a name. */
async function nameless(page) {
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send('Accessibility.getFullAXTree');
  await devtools.detach();
  return nodes
    .filter((node) => !node.ignored && controls.has(node.role?.value) && !node.name?.value?.trim())
    .map((node) => node.role.value);
}

/** Rules that the platform leaves to the author. Runs in the page. */
function brokenRules() {
  const broken = [];
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  if (new Set(ids).size !== ids.length) broken.push('an id is used twice');
  if (document.querySelectorAll('h1').length !== 1) broken.push('there is not exactly one h1');
  if (document.querySelectorAll('main').length !== 1) broken.push('there is not exactly one main');
  if (!document.documentElement.lang) broken.push('the language is not set');
  if (document.querySelector('[style]')) broken.push('an element has inline style');
  for (const name of ['aria-describedby', 'aria-labelledby', 'for', 'aria-controls']) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const missing = element
        .getAttribute(name)
        .split(' ')
        .filter((id) => !document.getElementById(id));
      if (missing.length > 0) broken.push(`${name} points at ${missing}`);
    }
  }
  for (const input of document.querySelectorAll('form input:not([type="radio"])')) {
    if (!input.autocomplete) broken.push(`${input.name} has no autocomplete`);
  }
  return broken;
}

/** Text whose contrast with what lies under it is below 4.5:1. Runs in the page. */
function faintTexts() {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  // A browser writes colours in several ways; what it paints has one.
  const paint = (layers) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of layers) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const under = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    return layers;
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || element.closest('.visually-hidden, noscript, .skip-link, :disabled, [hidden]')) continue;
    if (!element.checkVisibility() || element.closest('option')) continue;
    const layers = under(element);
    const [lower, higher] = [
      luminance(paint(layers)),
      luminance(paint([...layers, getComputedStyle(element).color])),
    ].sort((a, b) => a - b);
    const ratio = (higher + 0.05) / (lower + 0.05);
    if (ratio < 4.5) faint.add(`${text.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return [...faint];
}

/** Looks at every page in both themes and on a phone, opening each only once. */
async function inspect(studio) {
  const findings = [];
  const stranger = await studio.open({ reducedMotion: 'reduce' });
  const owner = await studio.signedIn('owner', { reducedMotion: 'reduce' });
  for (const [page, paths] of [
    [stranger, strangerPaths],
    [owner, ownerPaths],
  ]) {
    for (const path of paths) {
      await page.goto(path);
      await settled(page);
      const finding = {
        path,
        title: await page.title(),
        nameless: await nameless(page),
        broken: await page.evaluate(brokenRules),
      };
      for (const colorScheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        finding[colorScheme] = await page.evaluate(faintTexts);
      }
      await page.setViewportSize({ width: 360, height: 740 });
      finding.width = await page.evaluate(() => document.documentElement.scrollWidth);
      await page.setViewportSize({ width: 1280, height: 800 });
      findings.push(finding);
    }
    await page.context().close();
  }
  return findings;
}

function pageCases(studio) {
  describe('accessibility', () => {
    let findings = [];
    before(async () => {
      findings = await inspect(studio);
    });
    const eachPath = (value) => Object.fromEntries([...strangerPaths, ...ownerPaths].map((path) => [path, value]));
    const found = (name) => Object.fromEntries(findings.map((finding) => [finding.path, finding[name]]));

    it('gives every control a name', () => {
      assert.deepEqual(found('nameless'), eachPath([]));
    });

    it('gives every page one heading, and every reference a target', () => {
      assert.deepEqual(found('broken'), eachPath([]));
    });

    it('gives every page its own title', () => {
      assert.equal(new Set(findings.map(({ title }) => title)).size, findings.length);
      assert.equal(findings.length, strangerPaths.length + ownerPaths.length);
    });

    for (const colorScheme of ['light', 'dark']) {
      it(`keeps text readable in the ${colorScheme} theme`, () => {
        assert.deepEqual(found(colorScheme), eachPath([]));
      });
    }

    it('fits a phone of 360 pixels', () => {
      assert.deepEqual(found('width'), eachPath(360));
    });
  });
}

function focusCases(studio) {
  describe('dialogs, focus and theme', () => {
    it('names the controls of dialogs and menus', async () => {
      const page = await studio.signedIn('owner');
      await page.goto('/agents');
      await settled(page);
      await page.getByRole('button', { name: 'Create agent' }).click();
      assert.deepEqual(await nameless(page), []);
      assert.equal(await page.getByRole('dialog', { name: 'Create agent' }).count(), 1);
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Create agent');
      await page.getByRole('button', { name: /^Account of/ }).click();
      assert.deepEqual(await nameless(page), []);
      await page.context().close();
    });

    it('starts with a way past the navigation, and shows where the focus is', async () => {
      const page = await studio.signedIn('viewer');
      await page.goto('/agents');
      await settled(page);
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
      await page.keyboard.press('Tab');
      const search = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return { name: document.activeElement.getAttribute('aria-label'), outlineStyle, outlineWidth };
      });
      assert.deepEqual(search, { name: 'Search agents', outlineStyle: 'solid', outlineWidth: '2px' });
      await page.context().close();
    });

    it('switches the theme, keeps the choice, and paints it first', async () => {
      const page = await studio.open({ colorScheme: 'light' });
      await page.goto('/login');
      await settled(page);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
      const dark = await background();
      assert.notEqual(dark, light);
      await page.route('**/studio.js', (route) => route.abort());
      await page.reload();
      assert.equal(await background(), dark);
      await page.context().close();
    });
  });
}

export function accessibilityCases(studio) {
  pageCases(studio);
  focusCases(studio);
}
