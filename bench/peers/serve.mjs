// SPDX-License-Identifier: Apache-2.0
// What others' servers share: a free port on loopback, one line of JSON that says where, an end with standard input.
import { createServer } from 'node:http';
import { printJson, whyNot } from '../harness.mjs';

/**
 * Serves what `make(origin)` returns as `listener`; the rest of it (path, cookie, authorization) is printed beside the
 * port. Idle connections stay open longer than any measurement, as they do on our server; Node's own limit is 5 s.
 */
export function serve(make) {
  const server = createServer({ keepAliveTimeout: 60_000 });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, async () => {
    const { port } = server.address();
    try {
      const { listener, ...rest } = await make(`http://127.0.0.1:${port}`);
      server.on('request', listener);
      printJson({ port, ...rest });
    } catch (error) {
      printJson({ skipped: whyNot(error) });
    }
    process.stdout.write('\n');
  });
  process.stdin.on('end', () => process.exit()).resume();
}
