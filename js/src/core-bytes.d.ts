// SPDX-License-Identifier: Apache-2.0
/** The module as text, made by build.mjs: gzipped, then base64. Internal: never exported. */
declare const text: string;
export default text;
