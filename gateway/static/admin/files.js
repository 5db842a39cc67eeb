// @ts-check
/** A spreadsheet on its way to the gateway. */

/** Bytes; docs/protocol.md §3 */
export const LARGEST = 4 * 1024 * 1024;

/** @param {File} file @returns {Promise<string>} */
export async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}
