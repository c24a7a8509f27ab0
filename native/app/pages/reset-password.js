// SPDX-License-Identifier: Apache-2.0
// The page that the link of a reset letter opens where the studio has none. The token stands behind `#`, which a
// browser sends to no server; without one the page asks for the address that a letter goes to.

const view = (id) => document.getElementById(id);
const api = document.body.dataset.api;
const least = Number(document.body.dataset.least);
const parts = ['ask', 'sent', 'choose', 'done'].map(view);
const unreachable = 'The server can’t be reached. Check the connection and try again.';

/** The token of the address; empty without one. */
const tokenOf = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

/** Takes the token out of the address and the history: it is used, or good for nothing. */
const forgetToken = () => history.replaceState(null, '', location.pathname + location.search);

function show(part, focus = 'h1') {
  for (const one of parts) one.hidden = one !== part;
  say(part, '');
  document.title = part.querySelector('h1').textContent;
  part.querySelector(focus).focus();
}

function say(part, sentence) {
  const place = part.querySelector('.message');
  if (place) place.textContent = sentence;
}

function mark(input, sentence) {
  view(`${input.id}-error`).textContent = sentence;
  if (sentence) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
  if (sentence) input.focus();
}

/** The answer to a request: `{status, body, retryAfter}`, with status 0 when there was none. */
async function post(path, body) {
  try {
    const answer = await fetch(`${api}/auth/credentials/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.json().catch(() => ({}));
    return { status: answer.status, body: text ?? {}, retryAfter: answer.headers.get('retry-after') };
  } catch {
    return { status: 0, body: {}, retryAfter: null };
  }
}

/** What went wrong, in words. */
function sentenceOf({ status, body, retryAfter }) {
  if (status === 0) return unreachable;
  if (body.code === 'ERR_LATCHKEY_RESET_TOKEN_INVALID') {
    return 'This link has been used, or it is over: it works once, for at most 30 minutes. Ask for another letter.';
  }
  if (body.code === 'ERR_LATCHKEY_NOT_CONFIGURED') {
    return 'This server sends no letters. Ask the person who runs it for a new password.';
  }
  if (status === 429) return `Too many attempts. Try again in ${retryAfter ?? 'a few'} seconds.`;
  return body.issues?.[0]?.message ?? body.message ?? body.error ?? `The server answered with status ${status}.`;
}

/** Runs one attempt at a time; the button keeps its focus. */
async function whilePending(form, attempt) {
  const button = form.querySelector('[type=submit]');
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  say(form, '');
  try {
    await attempt();
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

async function askForLetter() {
  const input = view('email');
  const email = input.value.trim();
  if (!email || input.validity.typeMismatch) return mark(input, 'Enter your e-mail address.');
  const answer = await post('request-password-reset', { email });
  if (answer.status !== 200) return say(view('ask'), sentenceOf(answer));
  view('sent-to').textContent = email;
  show(view('sent'));
}

async function setPassword() {
  const input = view('password');
  if ([...input.value].length < least) return mark(input, `Use ${least} characters or more.`);
  const answer = await post('reset-password', { token: tokenOf(), newPassword: input.value });
  if (answer.status === 200) {
    input.value = '';
    forgetToken();
    return show(view('done'));
  }
  const issue = answer.body.issues?.find(({ field }) => field === 'newPassword');
  if (issue) return mark(input, issue.message);
  say(view('choose'), sentenceOf(answer));
  const isOver = answer.body.code === 'ERR_LATCHKEY_RESET_TOKEN_INVALID';
  view('choose').querySelector('.other').hidden = !isOver;
}

function listen(form, input, attempt) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    whilePending(form, attempt);
  });
  input.addEventListener('input', () => mark(input, ''));
}

function showInput() {
  const input = view('password');
  const isShown = input.type === 'text';
  input.type = isShown ? 'password' : 'text';
  const offered = isShown ? 'Show' : 'Hide';
  view('show').textContent = offered;
  view('show').setAttribute('aria-label', `${offered} password`);
  input.focus();
}

/** Goes to the form that asks for a letter. */
function startAgain() {
  forgetToken();
  show(view('ask'), 'input');
}

const start = () => show(view(tokenOf() ? 'choose' : 'ask'), 'input');

listen(view('ask'), view('email'), askForLetter);
listen(view('choose'), view('password'), setPassword);
view('show').addEventListener('click', showInput);
view('again').addEventListener('click', startAgain);
view('another').addEventListener('click', startAgain);
addEventListener('hashchange', start);
start();
