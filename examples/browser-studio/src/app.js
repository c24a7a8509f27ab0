// SPDX-License-Identifier: Apache-2.0
// Decides which screen is on: from what is known about the person and from the address. Nothing else paints.

import { loadCore } from 'latchkey';
import { createApi } from './api.js';
import { authPages, pages, unknownPage } from './pages.js';
import { deniedPage } from './pages/denied.js';
import { authSkeleton } from './parts/auth-frame.js';
import { closeDialogs } from './parts/dialog.js';
import { announce, h, replace } from './parts/dom.js';
import { shell, shellSkeleton } from './parts/shell.js';
import { errorPanel } from './parts/states.js';
import { toast } from './parts/toast.js';
import { createRouter } from './router.js';

const notices = {
  done: 'You are signed out.',
  failed: 'It isn’t certain that you are signed out: the server did not confirm it.',
  none: 'You were signed out, in another tab or because the session ended. Sign in to go on.',
};

function withReturnTo(path, returnTo) {
  return `${path}?${new URLSearchParams({ returnTo })}`;
}

/** The application inside one element of the page. */
export class App {
  #client;
  #session;
  #root;
  #router = createRouter(() => this.#apply());
  #api = createApi({ onRefused: () => this.#session.refetch() });
  /** What is on the screen; the same key is not painted twice. */
  #shown = '';
  #frame = null;
  #page = null;
  #hadPerson = false;
  /** `none`, `running`, `done` or `failed`. */
  #signOutState = 'none';
  #notice = '';
  /** See `#readFragment`. */
  #setupCode = '';
  #resetToken = '';

  constructor({ client, session, root }) {
    this.#client = client;
    this.#session = session;
    this.#root = root;
  }

  start() {
    this.#session.subscribe(() => this.#apply());
    this.#router.start();
  }

  #apply() {
    const { phase } = this.#session.get();
    const authPage = authPages.find(({ path }) => path === this.#router.path());
    this.#readFragment();
    if (phase === 'loading') {
      this.#showLoading(authPage !== undefined);
    } else if (phase === 'stranger' && this.#signOutState === 'running') {
      // The client forgets the person at once; "signed out" is said when the server has ended the session.
      this.#showLoading(true);
    } else if (phase === 'unreachable') {
      this.#showUnreachable();
    } else if (phase === 'stranger') {
      this.#meetStranger(authPage);
    } else {
      this.#hadPerson = true;
      this.#dropSetupCode();
      if (authPage?.isForPersons) this.#showAuthPage(authPage);
      else if (authPage) this.#goToReturnPath();
      else this.#showPage();
    }
  }

  /**
   * The one-time code of the link that the server prints while there is no owner, and the token of a reset letter. They
   * stand behind `#`, so that they get into no log, and are kept here, because a skip link on the same page takes their
   * place.
   */
  #readFragment() {
    const fragment = new URLSearchParams(location.hash.slice(1));
    this.#setupCode = fragment.get('setup') || this.#setupCode;
    this.#resetToken = fragment.get('token') || this.#resetToken;
  }

  /** The token is used: it goes out of the address, and who was signed in is asked anew. */
  #dropResetToken() {
    this.#resetToken = '';
    this.#hadPerson = false;
    history.replaceState(null, '', location.pathname + location.search);
    // What is on the screen says what comes next, and stays.
    this.#shown = this.#authKey(authPages.find(({ path }) => path === this.#router.path()));
    this.#session.refetch();
  }

  #authKey({ path }) {
    const login = JSON.stringify(this.#session.get().login);
    // With the code or the token: a link with one may be opened on the very page.
    const secrets = { '/signup': this.#setupCode, '/reset-password': this.#resetToken };
    return `auth ${path} ${login} ${secrets[path] ?? ''}`;
  }

  /** Somebody who was signed in already has to hear why the link led nowhere. */
  #dropSetupCode() {
    if (this.#setupCode && !this.#shown.startsWith('auth /signup')) {
      toast('A set-up code is for a new account: sign out, then open the link again.', 'danger');
    }
    this.#setupCode = '';
  }

  #leave(key, title) {
    this.#page?.dispose?.();
    this.#page = null;
    closeDialogs();
    this.#shown = key;
    document.title = title ? `${title} · Latchkey Studio` : 'Latchkey Studio';
  }

  /** A screen without the frame. True when it wasn't there already. */
  #paintBare(key, title, build) {
    if (this.#shown === key) return false;
    this.#leave(key, title);
    this.#frame?.dispose();
    this.#frame = null;
    this.#page = build();
    replace(this.#root, this.#page.element);
    return true;
  }

  #showLoading(isAuth) {
    const key = isAuth ? 'loading auth' : 'loading';
    this.#paintBare(key, '', () => ({ element: isAuth ? authSkeleton() : shellSkeleton() }));
  }

  #showUnreachable() {
    const { error } = this.#session.get();
    const panel = () => errorPanel({ title: 'The studio can’t be opened', error, onRetry: this.#session.refetch });
    this.#paintBare(`unreachable ${error?.message}`, 'Not available', () => ({
      element: h('main', { class: 'lonely', id: 'content' }, panel()),
    }));
  }

  /** Somebody who isn't signed in gets the sign-in page, with the way back and, where there is one, the reason. */
  #meetStranger(authPage) {
    const chosen = this.#signOutState !== 'none';
    if (this.#hadPerson) this.#notice = notices[this.#signOutState];
    this.#hadPerson = false;
    this.#signOutState = 'none';
    if (authPage) {
      this.#showAuthPage(authPage);
      return;
    }
    const { pathname, search } = location;
    const plain = chosen || pathname === '/';
    this.#router.go(plain ? '/login' : withReturnTo('/login', pathname + search), { replace: true });
  }

  #showAuthPage(authPage) {
    const returnTo = this.#router.query().get('returnTo');
    const context = {
      api: this.#api,
      client: this.#client,
      session: this.#session,
      router: this.#router,
      resetToken: this.#resetToken,
      onReset: () => this.#dropResetToken(),
      notice: this.#notice,
      returnTo: returnTo ?? '/',
      setupCode: authPage.path === '/signup' ? this.#setupCode : '',
      addressFor: (path) => (returnTo ? withReturnTo(path, returnTo) : path),
    };
    if (!this.#paintBare(this.#authKey(authPage), authPage.title, () => authPage.build(context))) return;
    this.#notice = '';
    // A keyboard that covers half of a phone's screen should come when it is asked for.
    const selector = matchMedia('(pointer: fine)').matches ? 'form input' : 'h1';
    this.#root.querySelector(selector)?.focus({ preventScroll: true });
  }

  /** The core says which return paths are safe: a link must not lead a signed-in person to another site. */
  async #goToReturnPath() {
    const core = await loadCore();
    const path = core.safeReturnPath(this.#router.query().get('returnTo') ?? '/');
    const leadsBack = authPages.some((candidate) => path.startsWith(candidate.path));
    this.#router.go(leadsBack ? '/' : path, { replace: true });
  }

  #showPage() {
    const view = this.#session.get();
    const person = JSON.stringify([view.user, view.roles, view.grants]);
    const key = `page ${this.#router.path()} ${person}`;
    if (this.#shown === key) return;
    const target = pages.find(({ path }) => path === this.#router.path()) ?? unknownPage;
    const isMove = this.#shown !== '' && !this.#shown.startsWith('loading');
    this.#leave(key, target.title);
    const visiblePages = pages.filter((page) => this.#mayOpen(page));
    this.#ensureFrame(person, visiblePages);
    this.#frame.setPath(target.path);
    const build = this.#mayOpen(target) ? target.build : deniedPage;
    this.#page = build({ api: this.#api, session: this.#session, router: this.#router, visiblePages, page: target });
    replace(this.#frame.content, this.#page.element);
    // Whoever has just opened the address starts at its top; whoever comes from another screen starts at the heading.
    if (!isMove) return;
    this.#frame.content.querySelector('h1')?.focus({ preventScroll: true });
    announce(target.title);
  }

  #mayOpen({ permission }) {
    return !permission || this.#session.may(permission);
  }

  /** The frame stays over moves between pages; another person, or other roles, get another one. */
  #ensureFrame(person, visiblePages) {
    if (this.#frame?.person === person) return;
    this.#frame?.dispose();
    const parts = shell({ pages: visiblePages, view: this.#session.get(), onSignOut: () => this.#signOut() });
    this.#frame = { ...parts, person };
    replace(this.#root, this.#frame.element);
  }

  async #signOut() {
    this.#signOutState = 'running';
    try {
      await this.#client.signOut();
      this.#signOutState = 'done';
    } catch (error) {
      this.#signOutState = 'failed';
      toast(`You could not be signed out: ${error.message}`, 'danger');
    }
    this.#apply();
    this.#signOutState = 'none';
  }
}
