// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestFrom, settled } from '../support.mjs';

const expected = {
  viewer: { run: false, create: false, edit: false, remove: false, start: false, audit: false },
  member: { run: true, create: false, edit: false, remove: false, start: true, audit: false },
  owner: { run: true, create: true, edit: true, remove: true, start: true, audit: true },
};

// What each missing button would have sent, and the permission that the server misses.
const bypasses = [
  {
    action: 'run',
    permission: 'agents:execute',
    send: (page, id) => requestFrom(page, 'POST', `/api/agents/${id}/generate`, { prompt: 'Hello' }),
  },
  {
    action: 'create',
    permission: 'agents:write',
    send: (page) => requestFrom(page, 'POST', '/api/agents', { name: 'Intruder' }),
  },
  {
    action: 'edit',
    permission: 'agents:write',
    send: (page, id) => requestFrom(page, 'PATCH', `/api/agents/${id}`, { name: 'Intruder' }),
  },
  {
    action: 'start',
    permission: 'workflows:execute',
    send: (page) => requestFrom(page, 'POST', '/api/workflows/nightly-digest/start', {}),
  },
  {
    action: 'remove',
    permission: 'agents:delete',
    send: (page, id) => requestFrom(page, 'DELETE', `/api/agents/${id}`),
  },
  { action: 'audit', permission: 'audit:read', send: (page) => requestFrom(page, 'GET', '/api/audit') },
];

async function openAgents(studio, role) {
  const page = await studio.signedIn(role);
  await page.goto('/agents');
  await settled(page);
  await page.getByRole('list', { name: 'Agents' }).waitFor();
  return page;
}

function buttonCases(studio) {
  describe('what a role sees and what the server accepts', () => {
    for (const [role, may] of Object.entries(expected)) {
      it(`shows exactly the buttons that the role ${role} may use`, async () => {
        const page = await openAgents(studio, role);
        const cards = await page.locator('li.card').count();
        assert.ok(cards > 0);
        assert.equal(await page.getByRole('button', { name: /^Run / }).count(), may.run ? cards : 0);
        assert.equal(await page.getByRole('button', { name: /^Edit / }).count(), may.edit ? cards : 0);
        assert.equal(await page.getByRole('button', { name: /^Delete / }).count(), may.remove ? cards : 0);
        assert.equal(await page.getByRole('button', { name: 'Create agent' }).count(), may.create ? 1 : 0);
        const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents();
        assert.deepEqual(links, ['Overview', 'Agents', 'Workflows', ...(may.audit ? ['Audit log'] : [])]);
        await page.goto('/workflows');
        await page.getByRole('table').waitFor();
        const ready = (await page.locator('tbody tr').count()) - 1; // one is a draft
        assert.equal(await page.getByRole('button', { name: /^Run / }).count(), may.start ? ready : 0);
        await page.context().close();
      });

      if (Object.values(may).every(Boolean)) continue;
      it(`refuses the role ${role} what it had no button for`, async () => {
        const page = await openAgents(studio, role);
        for (const { action, permission, send } of bypasses) {
          if (may[action]) continue;
          const { agents } = (await requestFrom(page, 'GET', '/api/agents')).body;
          const answer = await send(page, agents[0].id);
          assert.equal(answer.status, 403, permission);
          assert.equal(answer.body.message, `Missing required permission: ${permission}`);
          assert.equal((await requestFrom(page, 'GET', '/api/agents')).body.agents.length, agents.length);
        }
        await page.context().close();
      });
    }
  });
}

function explanationCases(studio) {
  describe('why something is missing', () => {
    it('explains a missing button, and shows the refusal of the server', async () => {
      const page = await openAgents(studio, 'viewer');
      await page.getByRole('button', { name: 'Execute: not allowed. Why?' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Execute needs agents:execute; your role viewer grants agents:read.').waitFor();
      await dialog.getByRole('button', { name: 'Send it anyway' }).click();
      await dialog.getByText('403 Forbidden').waitFor();
      await dialog.getByText('Missing required permission: agents:execute').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await page.context().close();
    });

    it('says why a page that was opened by its address stays closed', async () => {
      const page = await studio.signedIn('member');
      const asked = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await page.goto('/audit');
      await page.getByRole('heading', { name: 'You can’t open the audit log' }).waitFor();
      await page.getByText(/^This page needs audit:read; your role member grants/).waitFor();
      assert.equal(asked.includes('/api/audit'), false);
      await page.context().close();
    });

    it('answers any question on the overview', async () => {
      const page = await studio.signedIn('member');
      await page.goto('/');
      await settled(page);
      await page.getByLabel('Permission').fill('agents:execute:support');
      await page.getByText('agents:execute:support is covered. Your role member grants agents:execute.').waitFor();
      await page.getByRole('button', { name: 'agents:write: not allowed' }).click();
      await page.getByText(/^This needs agents:write/).waitFor();
      await page.getByLabel('Permission').fill('agents:re*');
      await page.getByText(/isn’t a permission/).waitFor();
      await page.context().close();
    });
  });
}

function actionCases(studio) {
  describe('what a permission is for', () => {
    it('runs an agent as a member', async () => {
      const page = await openAgents(studio, 'member');
      await page.getByRole('button', { name: /^Run / }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Run', exact: true }).click();
      await dialog.getByText(/^Answer in \d+ ms$/).waitFor();
      assert.notEqual((await dialog.locator('.answer-text').textContent()).trim(), '');
      await page.context().close();
    });

    it('creates, finds and deletes an agent as an owner', async () => {
      const page = await openAgents(studio, 'owner');
      await page.getByRole('button', { name: 'Create agent' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Create agent' }).click();
      await dialog.getByText('Give the agent a name.').waitFor();
      const name = '<img src=x onerror=alert(1)> Scout';
      await dialog.getByLabel('Name').fill(name);
      await dialog.getByRole('button', { name: 'Create agent' }).click();
      await page.getByRole('heading', { name, exact: true }).waitFor();
      assert.equal(await page.locator('.card img').count(), 0);

      await page.keyboard.press('/');
      await page.keyboard.type('scout');
      await page.waitForFunction(() => document.querySelectorAll('li.card').length === 1);
      await page.getByRole('button', { name: `Delete ${name}` }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete agent' }).click();
      await page.getByText('No agent matches “scout”').waitFor();
      await page.context().close();
    });

    it('edits an agent as an owner, and keeps the focus where it was', async () => {
      const page = await openAgents(studio, 'owner');
      await page.getByRole('button', { name: 'Edit On-call companion' }).click();
      const dialog = page.getByRole('dialog', { name: 'Edit On-call companion' });
      assert.equal(await dialog.getByLabel('Name').inputValue(), 'On-call companion');
      assert.equal(await dialog.getByLabel('Model').inputValue(), 'claude-sonnet');
      await dialog.getByLabel('Name').fill(' ');
      await dialog.getByRole('button', { name: 'Save changes' }).click();
      await dialog.getByText('Give the agent a name.').waitFor();
      await dialog.getByLabel('Name').fill('On-call guide');
      await dialog.getByLabel('Model').selectOption('gpt-4o');
      await dialog.getByRole('button', { name: 'Save changes' }).click();
      await page.getByRole('heading', { name: 'On-call guide', exact: true }).waitFor();
      await page.getByText('On-call guide is saved.').waitFor();
      await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Edit On-call guide');
      const { agents } = (await requestFrom(page, 'GET', '/api/agents')).body;
      assert.equal(agents.find(({ id }) => id === 'on-call').model, 'gpt-4o');
      await page.context().close();
    });

    it('runs a workflow as a member, which shows in the list and in the audit log', async () => {
      const page = await studio.signedIn('member');
      await page.goto('/workflows');
      const row = page.getByRole('row', { name: /Invoice run/ });
      await row.getByText('Failed').waitFor();
      await row.getByRole('button', { name: 'Run Invoice run' }).click();
      await page.getByText('Invoice run ran: 3 steps done.').waitFor();
      await row.getByText('Succeeded').waitFor();
      await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Run Invoice run');
      await page.context().close();

      const owner = await studio.signedIn('owner');
      await owner.goto('/audit?action=workflows:execute&outcome=success');
      await owner.getByRole('cell', { name: 'workflow / invoice-run' }).first().waitFor();
      await owner
        .getByRole('button', { name: /^Details of workflows:execute/ })
        .first()
        .click();
      await owner.getByRole('dialog').getByText('/workflows/:id/start').waitFor();
      await owner.context().close();
    });

    it('filters and pages the audit log, and keeps the filters in the address', async () => {
      const page = await openAgents(studio, 'viewer');
      assert.equal((await requestFrom(page, 'POST', '/api/agents/none/generate', { prompt: 'x' })).status, 403);
      await page.context().close();

      const owner = await studio.signedIn('owner');
      await owner.goto('/audit');
      await owner.getByRole('table').waitFor();
      await owner.getByLabel('Outcome').selectOption('denied');
      await owner.waitForURL('**/audit?outcome=denied');
      await owner.waitForFunction(() =>
        [...document.querySelectorAll('tbody .status')].every((badge) => badge.textContent === 'Denied'),
      );
      assert.ok((await owner.locator('tbody tr').count()) > 0);
      await owner.reload();
      await owner.getByRole('table').waitFor();
      assert.equal(await owner.getByLabel('Outcome').inputValue(), 'denied');
      await owner.getByLabel(/^Action/).fill('no.such.action');
      await owner.getByRole('heading', { name: 'No events match' }).waitFor();
      await owner.getByRole('button', { name: 'Clear filters' }).click();
      await owner.getByRole('table').waitFor();
      assert.equal(owner.url(), `${studio.address}/audit`);
      await owner.context().close();
    });
  });
}

export function accessCases(studio) {
  buttonCases(studio);
  explanationCases(studio);
  actionCases(studio);
}
