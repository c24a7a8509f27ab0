// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { password, people } from '../support.mjs';

/** What a screen reader reads after the name of a control. Runs in the page. */
function describedText(control) {
  const ids = control.getAttribute('aria-describedby').split(' ');
  return ids.map((id) => document.getElementById(id).textContent).join(' ');
}

function formCases(studio) {
  describe('signing in', () => {
    it('creates an account, signs it in as a viewer and shows who it is', async () => {
      const page = await studio.open();
      await page.goto('/signup');
      await page.getByLabel('Name').fill('Nora New');
      await page.getByLabel('E-mail').fill('nora@example.com');
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByText(/^Strong password/).waitFor();
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByRole('heading', { name: 'Welcome, Nora' }).waitFor();
      await page.getByRole('button', { name: 'Account of Nora New' }).click();
      await page.getByText('nora@example.com').waitFor();
      assert.deepEqual(await page.getByRole('list', { name: 'Roles' }).getByRole('listitem').allTextContents(), [
        'viewer',
      ]);
      await page.context().close();
    });

    it('shows what is refused beside its field: what the page sees, and what only the server sees', async () => {
      const page = await studio.open();
      await page.goto('/signup');
      const email = page.getByLabel('E-mail');
      const field = page.getByLabel('Password', { exact: true });
      const invalid = () => page.locator('[aria-invalid="true"]').evaluateAll((list) => list.map(({ name }) => name));
      await email.fill('a..b@example.com');
      await field.fill('seven77');
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByText('Use 8 characters or more.', { exact: true }).waitFor();
      assert.deepEqual(await invalid(), ['password']);

      await field.fill(password);
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByText('Invalid email address').waitFor();
      assert.deepEqual(await invalid(), ['email']);
      assert.match(await email.evaluate(describedText), /Invalid email address/);
      assert.equal(await email.evaluate((control) => control === document.activeElement), true);
      await page.context().close();
    });

    it('says that e-mail and password do not match, and keeps the address', async () => {
      const page = await studio.open();
      await page.goto('/login');
      await page.getByLabel('E-mail').fill(people.viewer.email);
      await page.getByLabel('Password', { exact: true }).fill('not the password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('alert').getByText('Invalid email or password').waitFor();
      assert.equal(await page.getByLabel('E-mail').inputValue(), people.viewer.email);
      assert.equal(new URL(page.url()).pathname, '/login');
      await page.context().close();
    });
  });
}

function keyboardCases(studio) {
  describe('signing in without a mouse', () => {
    it('works with the keyboard alone, there and back', async () => {
      const page = await studio.open();
      await page.goto('/login');
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.keyboard.type(people.member.email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(password);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Welcome, Milo' }).waitFor();

      await page.keyboard.press('Tab');
      const account = page.getByRole('button', { name: /^Account of/ });
      for (
        let steps = 0;
        steps < 40 && !(await account.evaluate((button) => button === document.activeElement));
        steps += 1
      ) {
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('ArrowDown');
      const signOut = page.getByRole('menuitem', { name: 'Sign out' });
      assert.equal(await signOut.evaluate((item) => item === document.activeElement), true);
      await page.keyboard.press('Escape');
      assert.equal(await signOut.isVisible(), false);
      assert.equal(await account.evaluate((button) => button === document.activeElement), true);
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await page.getByText('You are signed out.').waitFor();
      await page.context().close();
    });
  });
}

function returnCases(studio) {
  describe('staying signed in', () => {
    it('keeps a person signed in over a reload', async () => {
      const page = await studio.signedIn('viewer');
      await page.goto('/agents');
      await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
      await page.getByRole('button', { name: 'Account of Vera Viewer' }).waitFor();
      const [cookie, ...others] = await page.context().cookies();
      assert.deepEqual(others, []);
      assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, 'Lax', '/']);
      assert.ok(cookie.expires - Date.now() / 1000 > 3600, 'the cookie outlives the browser');
      await page.context().close();
    });

    it('returns to the page that was asked for', async () => {
      const page = await studio.open();
      await page.goto('/workflows?q=a');
      await page.waitForURL('**/login?returnTo=*');
      await page.getByLabel('E-mail').fill(people.viewer.email);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/workflows?q=a');
      await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
      await page.context().close();
    });

    it('never returns to another site', async () => {
      const page = await studio.signedIn('viewer');
      for (const hostile of ['//evil.example/x', '/\\evil.example']) {
        await page.goto(`/login?${new URLSearchParams({ returnTo: hostile })}`);
        await page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor();
        assert.equal(page.url(), `${studio.address}/`);
      }
      await page.context().close();
    });

    it('tells a server that cannot be reached from being signed out', async () => {
      const page = await studio.signedIn('viewer');
      await page.route('**/api/auth/capabilities', (route) =>
        route.fulfill({ status: 400, json: { error: 'Not now' } }),
      );
      await page.goto('/agents');
      await page.getByRole('alert').getByText('Not now').waitFor();
      assert.equal(await page.locator('form, .card').count(), 0);
      await page.unroute('**/api/auth/capabilities');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
      await page.context().close();
    });
  });
}

export function signInCases(studio) {
  formCases(studio);
  keyboardCases(studio);
  returnCases(studio);
}
