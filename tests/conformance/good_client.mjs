// SPDX-License-Identifier: Apache-2.0
// A client as the server should serve it, in a thread of its own, so that what the slow ones cost here is not counted.
// Asked for a number of requests it sends them one after the other and tells how long each took.

import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { origin, path, headers } = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask() {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(origin + path, { agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`a good client got ${answer.statusCode}`));
      answer.resume().on('end', () => resolve(performance.now() - start));
    });
    sent.on('error', reject).end();
  });
}

parentPort.on('message', async (count) => {
  try {
    const times = [];
    for (let i = 0; i < count; i += 1) times.push(await ask());
    parentPort.postMessage({ times });
  } catch (error) {
    parentPort.postMessage({ error: error.message });
  }
});
