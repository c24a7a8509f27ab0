// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestFrom, settled, signIn } from '../support.mjs';

async function signOut(page) {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
}

function tabCases(studio) {
  describe('signing out', () => {
    it('signs out the other tab too, and takes what it showed away', async () => {
      const first = await studio.ownSession('owner');
      await first.goto('/');
      const second = await first.context().newPage();
      await second.goto('/agents');
      await second.getByRole('list', { name: 'Agents' }).waitFor();
      await second.getByRole('button', { name: 'Create agent' }).click();
      await second.getByRole('dialog').waitFor();

      await signOut(first);
      await second.getByText(/^You were signed out, in another tab/).waitFor();
      assert.equal(await second.locator('.card-title, dialog, .account').count(), 0);
      assert.equal(new URL(second.url()).searchParams.get('returnTo'), '/agents');
      await first.context().close();
    });

    it('signs in the other tab too, and leaves nothing of the person in the page’s storage', async () => {
      const first = await studio.open();
      await first.goto('/login');
      await first.getByRole('heading', { name: 'Sign in' }).waitFor();
      const second = await first.context().newPage();
      await signIn(second, 'viewer');
      await first.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor();
      for (const page of [first, second]) {
        const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
        assert.deepEqual(kept, ['', 0, 0]);
      }
      await first.context().close();
    });
  });
}

function sessionCases(studio) {
  describe('a session that is over', () => {
    it('makes the old cookie worthless', async () => {
      const page = await studio.ownSession('member');
      await page.goto('/');
      const context = page.context();
      const cookies = await context.cookies();
      assert.equal((await requestFrom(page, 'GET', '/api/agents')).status, 200);
      await signOut(page);
      assert.deepEqual(
        (await context.cookies()).filter((cookie) => cookie.value !== '').map((cookie) => cookie.name),
        [],
      );

      await context.addCookies(cookies);
      const replay = await requestFrom(page, 'GET', '/api/agents');
      assert.equal(replay.status, 401);
      await page.goto('/agents');
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await context.close();
    });

    it('is called over only when the server has ended it', async () => {
      const page = await studio.ownSession('viewer');
      await page.goto('/agents');
      await settled(page);
      let release;
      await page.route('**/api/auth/logout', (route) => {
        release = () => route.continue();
      });
      await page.getByRole('button', { name: /^Account of/ }).click();
      const asked = page.waitForRequest('**/api/auth/logout');
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await asked;
      await page.locator('.is-skeleton').waitFor();
      assert.equal(await page.locator('.card-title, form').count(), 0);
      await release();
      await page.getByText('You are signed out.').waitFor();
      await page.context().close();
    });

    it('notices a session that ended behind the page’s back', async () => {
      const page = await studio.signedIn('viewer');
      await page.goto('/workflows');
      await settled(page);
      await page.context().clearCookies();
      await page.getByRole('link', { name: 'Agents' }).click();
      await page.getByText(/^You were signed out/).waitFor();
      await page.context().close();
    });
  });
}

export function signOutCases(studio) {
  tabCases(studio);
  sessionCases(studio);
}
