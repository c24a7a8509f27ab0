// SPDX-License-Identifier: Apache-2.0
import { agentsPage } from './pages/agents.js';
import { auditPage } from './pages/audit.js';
import { forgotPasswordPage } from './pages/forgot-password.js';
import { notFoundPage } from './pages/not-found.js';
import { overviewPage } from './pages/overview.js';
import { resetPasswordPage } from './pages/reset-password.js';
import { signInPage } from './pages/sign-in.js';
import { signUpPage } from './pages/sign-up.js';
import { workflowsPage } from './pages/workflows.js';

/** The pages for people who are signed in, in the order of the navigation, and what one needs to open them. */
export const pages = [
  { path: '/', title: 'Overview', icon: 'overview', build: overviewPage },
  {
    path: '/agents',
    title: 'Agents',
    inSentence: 'the agents',
    icon: 'agents',
    permission: 'agents:read',
    lead: 'Run and manage agents',
    build: agentsPage,
  },
  {
    path: '/workflows',
    title: 'Workflows',
    inSentence: 'the workflows',
    icon: 'workflows',
    permission: 'workflows:read',
    lead: 'Steps that run in order',
    build: workflowsPage,
  },
  {
    path: '/audit',
    title: 'Audit log',
    inSentence: 'the audit log',
    icon: 'audit',
    permission: 'audit:read',
    lead: 'Who did what, and when',
    build: auditPage,
  },
];

/** The pages for strangers. */
export const authPages = [
  { path: '/login', title: 'Sign in', build: signInPage },
  { path: '/signup', title: 'Create an account', build: signUpPage },
  { path: '/forgot-password', title: 'Reset your password', build: forgotPasswordPage },
  // The reset page opens with or without a session.
  { path: '/reset-password', title: 'Choose a new password', build: resetPasswordPage, isForPersons: true },
];

export const unknownPage = { title: 'Page not found', build: notFoundPage };
