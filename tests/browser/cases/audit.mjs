// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { requestFrom, settled } from '../support.mjs';

/** A day of the browser's zone, as a date field has it. */
const dayOf = (page, offset) =>
  page.evaluate((days) => {
    const day = new Date(Date.now() + days * 86_400_000);
    const two = (number) => String(number).padStart(2, '0');
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  }, offset);

async function openAudit(studio, query = '', options = {}) {
  const page = await studio.signedIn('owner', options);
  await page.goto(`/audit${query}`);
  await settled(page);
  return page;
}

async function exportAs(page, format) {
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: new RegExp(`^${format} `) }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

export function auditCases(studio) {
  describe('the audit log as a file', () => {
    it('exports what the filters let through in every format, and records it', async () => {
      const viewer = await studio.signedIn('viewer');
      await viewer.goto('/agents');
      assert.equal((await requestFrom(viewer, 'POST', '/api/agents/none/generate', { prompt: 'x' })).status, 403);
      await viewer.context().close();
      const page = await openAudit(studio, '?outcome=denied', { acceptDownloads: true });

      const csv = await exportAs(page, 'CSV');
      assert.match(csv.name, /^audit-\d{4}-\d{2}-\d{2}\.csv$/);
      const [header, ...rows] = csv.text.trimEnd().split('\r\n');
      assert.equal(header.split(',')[0], 'id');
      assert.ok(rows.length > 0);
      assert.ok(rows.every((row) => row.includes(',denied,')));

      const json = await exportAs(page, 'JSON');
      assert.match(json.name, /\.json$/);
      assert.ok(JSON.parse(json.text).length >= rows.length);
      const ndjson = await exportAs(page, 'NDJSON');
      const events = ndjson.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.ok(events.every(({ outcome }) => outcome === 'denied'));

      await page.getByLabel('Outcome').selectOption('');
      await page.getByLabel(/^Action/).fill('audit.export');
      await page.getByText('1–3 of 3').waitFor();
      await page.context().close();
    });

    it('opens its menu by key and gives the focus back', async () => {
      const page = await openAudit(studio);
      await page.getByRole('button', { name: 'Export', exact: true }).focus();
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'menuitem');
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Export');
      await page.context().close();
    });
  });

  describe('the filters of the audit log', () => {
    it('narrows to days, and keeps them in the address', async () => {
      const page = await openAudit(studio);
      const [yesterday, today, tomorrow] = await Promise.all([dayOf(page, -1), dayOf(page, 0), dayOf(page, 1)]);
      await page.getByLabel('From', { exact: true }).fill(today);
      await page.waitForURL(`**/audit?from=${today}`);
      await page.getByRole('table').waitFor();
      await page.getByLabel('To', { exact: true }).fill(today);
      await page.waitForURL(`**/audit?from=${today}&to=${today}`);
      await page.reload();
      await page.getByRole('table').waitFor();
      assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), today);
      await page.getByLabel('From', { exact: true }).fill('');
      await page.getByLabel('To', { exact: true }).fill(yesterday);
      await page.getByRole('heading', { name: 'No events match' }).waitFor();
      await page.goto(`/audit?from=${tomorrow}`);
      await page.getByRole('heading', { name: 'No events match' }).waitFor();
      await page.getByRole('button', { name: 'Clear', exact: true }).click();
      await page.getByRole('table').waitFor();
      assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), '');
      await page.goto('/audit?from=2026-02-30&actorType=user');
      await page.getByRole('table').waitFor();
      await page.context().close();
    });

    it('narrows to a type of actor', async () => {
      const page = await openAudit(studio);
      await page.getByLabel('Actor type').selectOption('apikey');
      await page.waitForURL('**/audit?actorType=apikey');
      await page.getByRole('heading', { name: 'No events match' }).waitFor();
      await page.getByLabel('Actor type').selectOption('user');
      await page.getByRole('table').waitFor();
      await page.context().close();
    });
  });
}
