// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holdCapabilities, settled } from '../support.mjs';

// Notes everything that was ever part of the page, so that a flash between two looks is seen too.
function watchPaint() {
  globalThis.seen = new Set();
  const note = () => {
    for (const name of ['form', 'input', '.card-title', '.table', '.nav a', '.account', 'h1']) {
      if (document.querySelector(name)) globalThis.seen.add(name);
    }
  };
  new MutationObserver(note).observe(document, { childList: true, subtree: true });
}

function watchShift() {
  globalThis.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

const seenBy = (page) => page.evaluate(() => [...globalThis.seen]);

export function firstPaintCases(studio) {
  describe('before it is known who asks', () => {
    it('paints neither a form nor anything protected for a person', async () => {
      const page = await studio.signedIn('owner');
      await page.addInitScript(watchPaint);
      for (const path of ['/', '/login', '/agents', '/audit']) {
        const release = await holdCapabilities(page);
        await page.goto(path);
        await page.locator('.is-skeleton').waitFor();
        await page.waitForTimeout(200);
        assert.deepEqual(await seenBy(page), [], path);
        await release();
        await page.getByRole('button', { name: /^Account of/ }).waitFor();
        assert.equal((await seenBy(page)).includes('form'), false, path);
      }
      await page.context().close();
    });

    it('paints a stranger the form and never what was asked for', async () => {
      const page = await studio.open();
      await page.addInitScript(watchPaint);
      for (const path of ['/login', '/agents', '/audit']) {
        const release = await holdCapabilities(page);
        await page.goto(path);
        await page.locator('.is-skeleton').waitFor();
        await page.waitForTimeout(200);
        assert.deepEqual(await seenBy(page), [], path);
        await release();
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        const seen = await seenBy(page);
        for (const name of ['.card-title', '.nav a', '.account', '.table'])
          assert.equal(seen.includes(name), false, `${name} at ${path}`);
      }
      await page.context().close();
    });

    it('moves nothing while a page loads', async () => {
      const page = await studio.signedIn('owner');
      await page.addInitScript(watchShift);
      for (const path of ['/', '/agents', '/workflows', '/audit']) {
        await page.goto(path);
        await settled(page);
        await page.waitForTimeout(200);
        const shift = await page.evaluate(() => globalThis.shift);
        assert.ok(shift < 0.02, `${path} moved by ${shift}`);
      }
      await page.context().close();
    });
  });
}
