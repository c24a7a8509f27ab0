// SPDX-License-Identifier: Apache-2.0

/** @param {string} text canonical base64url @returns {import('./index.js').Bytes} */
export function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
