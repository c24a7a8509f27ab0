// SPDX-License-Identifier: Apache-2.0
// Requests to the host application's own routes. The session cookie travels by itself; the server decides.

const unreachable = 'The server can’t be reached. Check the connection and try again.';

/** An answer that isn't a success, with the sentence to show. */
export class RequestError extends Error {
  constructor(status, body) {
    super(body?.message ?? body?.error ?? (status === 0 ? unreachable : `The server answered with status ${status}.`));
    this.name = 'RequestError';
    this.status = status;
    this.title = body?.error;
    this.code = body?.code;
    this.issues = body?.issues ?? [];
    this.requestId = body?.requestId;
  }
}

async function jsonOf(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** `onRefused` runs after a 401 or 403: the session, or the roles, may have changed behind the page's back. */
export function createApi({ onRefused }) {
  async function send(method, path, body, signal) {
    let response;
    try {
      response = await fetch(`/api${path}`, {
        method,
        signal,
        headers: body === undefined ? undefined : { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new RequestError(0, null);
    }
    const answer = await jsonOf(response);
    if (response.ok) return answer;
    if (response.status === 401 || response.status === 403) onRefused();
    throw new RequestError(response.status, answer);
  }

  return {
    agents: async (signal) => (await send('GET', '/agents', undefined, signal)).agents,
    workflows: async (signal) => (await send('GET', '/workflows', undefined, signal)).workflows,
    auditEvents: (query, signal) => send('GET', `/audit?${query}`, undefined, signal),
    /** The address of a file with the events of a query: the browser takes it as it comes, whatever its size. */
    auditExportUrl: (query) => `/api/audit/export?${query}`,
    createAgent: (agent) => send('POST', '/agents', agent),
    changeAgent: (id, changes) => send('PATCH', `/agents/${encodeURIComponent(id)}`, changes),
    deleteAgent: (id) => send('DELETE', `/agents/${encodeURIComponent(id)}`),
    generate: (id, prompt) =>
      send('POST', `/agents/${encodeURIComponent(id)}/generate`, { messages: [{ role: 'user', content: prompt }] }),
    runWorkflow: (id) => send('POST', `/workflows/${encodeURIComponent(id)}/start`, {}),
  };
}
