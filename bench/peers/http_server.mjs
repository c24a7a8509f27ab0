// SPDX-License-Identifier: Apache-2.0
// Others' servers for bench/run.mjs: bare Hono with a constant answer, or Better Auth with a signed-in person. Prints
// the port, the path and the person's cookie as JSON and serves until standard input ends.
//   node bench/peers/http_server.mjs hono|better-auth
import { serve } from './serve.mjs';

async function hono() {
  const { Hono } = await import('hono');
  const { getRequestListener } = await import('@hono/node-server');
  const app = new Hono();
  app.get('/api/auth/me', (context) => context.json({ trivial: true }));
  return { listener: getRequestListener(app.fetch), path: '/api/auth/me' };
}

async function betterAuth(origin) {
  const { betterAuth: create } = await import('better-auth');
  const { memoryAdapter } = await import('better-auth/adapters/memory');
  const { toNodeHandler } = await import('better-auth/node');
  const auth = create({
    baseURL: origin,
    secret: 'Jq3c8Yw1Lr0Zt6Nv5Xb2Mk9Pd4Sg7HfAeUoIiCxTy',
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  });
  const body = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' };
  const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
  const cookie = headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  return { listener: toNodeHandler(auth), path: '/api/auth/get-session', cookie };
}

serve(process.argv[2] === 'hono' ? hono : betterAuth);
