// SPDX-License-Identifier: Apache-2.0
/** What speaks with the core, for pages: fetched while the module is. core-side.node.js stands here in Node. */
export const coreSide = () => import('./create-core.js');
