// SPDX-License-Identifier: Apache-2.0
// The first owner, by the link that the server prints while nobody is one.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { password, startStudio } from './support.mjs';

describe('the link with the set-up code', () => {
  let studio;
  let link;
  before(async () => {
    studio = await startStudio([], ['viewer']);
    link = /\/signup#setup=([\w-]{20})/.exec(studio.log());
  });
  after(() => studio?.stop());

  async function fillIn(page, name) {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('E-mail').fill(`${name.toLowerCase()}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
  }

  it('is what the page asks for, and nobody else is shown a field for it', async () => {
    const page = await studio.open();
    await page.goto('/signup');
    await page.getByRole('heading', { name: 'Create an account' }).waitFor();
    assert.equal(await page.getByLabel('Set-up code').count(), 0);
    // Opened on the very page, as by pasting it into the address.
    await page.goto(link[0]);
    await page.getByRole('heading', { name: 'Set up this studio' }).waitFor();
    assert.equal(await page.getByLabel('Set-up code').inputValue(), link[1]);
    await page.context().close();
  });

  it('is not lost to the skip link, nor is what was typed', async () => {
    const page = await studio.open();
    for (const [path, heading] of [[link[0], 'Set up this studio'], ['/login', 'Sign in']]) {
      await page.goto(path);
      await page.getByLabel('E-mail').fill('olga@example.com');
      await page.getByRole('link', { name: 'Skip to content' }).press('Enter');
      assert.equal(new URL(page.url()).hash, '#content');
      await page.getByRole('heading', { name: heading }).waitFor();
      assert.equal(await page.getByLabel('E-mail').inputValue(), 'olga@example.com');
    }
    await page.goto(link[0]);
    await page.getByLabel('Set-up code').fill('');
    await fillIn(page, 'Olga');
    await page.getByText('Enter the code that the server printed.').waitFor();
    await page.context().close();
  });

  it('says to somebody who is signed in why it leads nowhere', async () => {
    const page = await studio.signedIn('viewer');
    await page.goto(link[0]);
    await page.getByRole('alert').getByText(/^A set-up code is for a new account/).waitFor();
    await page.context().close();
  });

  it('says beside the field that a code is wrong, makes an owner with the right one, and works once', async () => {
    const page = await studio.open();
    await page.goto(link[0]);
    const field = page.getByLabel('Set-up code');
    await field.fill('not the code');
    await fillIn(page, 'Olga');
    await page.getByText(/^This set-up code is wrong/).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await field.fill(link[1]);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { name: 'Welcome, Olga' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    await page.getByRole('button', { name: 'Account of Olga' }).click();
    const roles = page.getByRole('list', { name: 'Roles' }).getByRole('listitem');
    assert.deepEqual(await roles.allTextContents(), ['owner']);
    await page.context().close();

    const late = await studio.open();
    await late.goto(link[0]);
    await fillIn(late, 'Eve');
    await late.getByText(/^This set-up code is wrong/).waitFor();
    await late.context().close();
  });
});
