// SPDX-License-Identifier: Apache-2.0
// A Mastra server for bench/run.mjs, put together as its documentation does it: the Hono adapter, SimpleAuth with one
// person, roles from a provider of our own. Prints the port, the path and the person's bearer token as JSON and serves
// until standard input ends. Roles need NODE_ENV=development: elsewhere they need a license.
//   NODE_ENV=development node bench/peers/mastra/http_server.mjs
import { serve } from '../serve.mjs';

// Standard output is for one line of JSON; Mastra's notices go where errors go.
console.log = console.info = console.error;

/** As cheap as can be: constants from memory, as the roles of our own server are. */
const grants = ['agents:read', 'workflows:read'];
const rbac = {
  getRoles: async (user) => [user.role],
  hasRole: async (user, role) => user.role === role,
  getPermissions: async () => grants,
  hasPermission: async (user, wanted) => grants.includes(wanted),
  hasAllPermissions: async (user, wanted) => wanted.every((one) => grants.includes(one)),
  hasAnyPermission: async (user, wanted) => wanted.some((one) => grants.includes(one)),
};

async function mastra() {
  const { Hono } = await import('hono');
  const { getRequestListener } = await import('@hono/node-server');
  const { Mastra } = await import('@mastra/core');
  const { SimpleAuth } = await import('@mastra/core/server');
  const { MastraServer } = await import('@mastra/hono');
  const token = 'Jq3c8Yw1Lr0Zt6Nv5Xb2Mk9Pd4Sg7HfAeUoIiCxTy';
  const ada = { id: 'user-1', email: 'ada@example.com', name: 'Ada', role: 'member' };
  const auth = new SimpleAuth({ tokens: { [token]: ada } });
  const app = new Hono();
  await new MastraServer({ app, mastra: new Mastra({ logger: false, server: { auth, rbac } }) }).init();
  return { listener: getRequestListener(app.fetch), path: '/api/auth/me', authorization: `Bearer ${token}` };
}

serve(mastra);
