// SPDX-License-Identifier: Apache-2.0
// A forgotten password, from the sign-in page by way of a letter to the new password: on the demo studio's pages and on
// the page that the server holds itself for a studio without one.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startMailbox } from '../conformance/mailbox.mjs';
import { password, people, startStudio } from './support.mjs';

const fresh = 'copper violin under moss';
const folder = mkdtempSync(join(tmpdir(), 'latchkey-reset-'));
let mailbox;
before(async () => {
  mailbox = await startMailbox();
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>own studio</title>');
  const mail = `[mail]\nurl = "${mailbox.url}"\nfrom = "auth@example.com"\n`;
  writeFileSync(join(folder, 'latchkey.toml'), `[server]\npublic_url = "http://127.0.0.1:4111"\n${mail}`);
});
after(() => {
  mailbox.stop();
  rmSync(folder, { recursive: true, force: true });
});

let letters = 0;
const nextToken = async () => /#token=([\w-]{43})/.exec(await mailbox.letter(letters++))[1];

async function signInByApi(page, secret) {
  const data = { email: people.viewer.email, password: secret };
  return (await page.request.post('/api/auth/credentials/sign-in', { data })).status();
}

describe('the demo studio', () => {
  let studio;
  before(async () => (studio = await startStudio(['--config', join(folder, 'latchkey.toml')], ['viewer'])));
  after(() => studio?.stop());

  it('leads from the sign-in page to a new password', async () => {
    const page = await studio.open();
    await page.goto('/login');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByRole('heading', { name: 'Reset your password' }).waitFor();
    await page.getByRole('button', { name: 'Send the letter' }).click();
    await page.getByText('Enter your e-mail address.').waitFor();
    await page.getByLabel('E-mail').fill(people.viewer.email);
    await page.getByRole('button', { name: 'Send the letter' }).click();
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();

    await page.goto(`/reset-password#token=${await nextToken()}`);
    const field = page.getByLabel('New password');
    await field.fill('password1');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('This password is among those that are guessed first.').waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await field.fill(fresh);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    assert.equal(await signInByApi(page, password), 401);
    assert.equal(await signInByApi(page, fresh), 200);
    await page.context().close();
  });

  it('opens the link also where somebody is signed in, and says that one is over', async () => {
    const page = await studio.open();
    assert.equal(await signInByApi(page, fresh), 200);
    await page.goto('/reset-password#token=used');
    await page.getByLabel('New password').fill('another tribal lamp');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText(/^This link has been used, or it is over/).waitFor();
    await page.getByRole('link', { name: 'Ask for another letter' }).waitFor();
    await page.context().close();
    for (const { problems } of studio.profiles) assert.deepEqual(problems, []);
  });
});

describe('the page that the server holds itself', () => {
  let studio;
  before(async () => {
    const options = ['--config', join(folder, 'latchkey.toml'), '--studio', folder];
    studio = await startStudio(options, ['viewer']);
  });
  after(() => studio?.stop());

  it('asks for a letter, and sets the password of its link', async () => {
    const page = await studio.open();
    await page.goto('/reset-password');
    await page.getByLabel('E-mail').fill(people.viewer.email);
    await page.getByRole('button', { name: 'Send the letter' }).click();
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    assert.ok(await page.getByText(people.viewer.email).isVisible());

    await page.goto(`/reset-password#token=${await nextToken()}`);
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    const field = page.getByLabel('New password');
    await field.fill('short');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('Use 8 characters or more.').waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await field.fill(fresh);
    await page.getByRole('button', { name: 'Show password' }).click();
    assert.equal(await field.getAttribute('type'), 'text');
    await field.press('Enter');
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    assert.equal(await signInByApi(page, fresh), 200);
    await page.context().close();
  });

  it('says in words what went wrong, and offers the way out', async () => {
    const page = await studio.open();
    await page.goto('/reset-password#token=used');
    await page.getByLabel('New password').fill('another tribal lamp');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('alert').getByText(/^This link has been used, or it is over/).waitFor();
    await page.getByRole('button', { name: 'Ask for another letter' }).click();
    await page.getByRole('heading', { name: 'Reset your password' }).waitFor();
    await page.route('**/request-password-reset', (route) => route.abort());
    await page.getByLabel('E-mail').fill(people.viewer.email);
    await page.getByRole('button', { name: 'Send the letter' }).click();
    await page.getByRole('alert').getByText(/^The server can’t be reached/).waitFor();
    await page.context().close();
    for (const { problems } of studio.profiles) assert.deepEqual(problems, []);
  });
});
