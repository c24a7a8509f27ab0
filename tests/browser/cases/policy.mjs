// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pagePaths, settled } from '../support.mjs';

function directive(policy, name) {
  const found = policy
    .split(';')
    .map((part) => part.trim().split(/\s+/))
    .find(([first]) => first === name);
  return found?.slice(1);
}

export function policyCases(studio) {
  describe('the content security policy', () => {
    it('allows on every page this site’s scripts and WebAssembly, and nothing else', async () => {
      for (const path of pagePaths) {
        const response = await fetch(studio.address + path, { headers: { accept: 'text/html' } });
        assert.equal(response.status, 200, path);
        const policy = response.headers.get('content-security-policy');
        assert.deepEqual(directive(policy, 'script-src'), ["'self'", "'wasm-unsafe-eval'"], path);
        assert.deepEqual(directive(policy, 'style-src'), ["'self'"], path);
        for (const name of ['object-src', 'base-uri', 'frame-ancestors'])
          assert.deepEqual(directive(policy, name), ["'none'"], path);
        assert.doesNotMatch(await response.text(), /<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/i, path);
      }
    });

    it('was violated on none of the pages that were opened, and no page failed', () => {
      const visited = new Set(studio.profiles.flatMap(({ paths }) => [...paths]));
      for (const path of pagePaths) assert.ok(visited.has(path), `${path} was opened`);
      assert.deepEqual(
        studio.profiles.flatMap(({ problems }) => problems),
        [],
      );
    });

    it('would have been noticed when violated', async () => {
      const page = await studio.open();
      await page.goto('/login');
      await settled(page);
      await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.ran = true';
        document.body.append(script);
      });
      await page.waitForTimeout(100);
      assert.equal(await page.evaluate(() => globalThis.ran), undefined);
      assert.ok(studio.profiles.at(-1).problems.some((text) => text.startsWith('script-src')));
      await page.context().close();
    });
  });
}
