// @ts-check
/** Checking a receipt in the browser, without anybody's help (see `gateway/receipt.py` for its spelling). */

const BEGINS = "r1.";
const KEY = 32;
const SIGNATURE = 64;
const SIGNED = new TextEncoder().encode("genkan-receipt-v1\0");

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * Whether the signature holds by the key that the receipt itself names; null where this browser knows no Ed25519.
 * @param {string} text @returns {Promise<{holds: boolean, x: string, body: any[]}|null>} `x`: the key, as a JWK has it
 */
export async function check(text) {
  try {
    const whole = bytes(text.slice(BEGINS.length));
    const raw = whole.slice(0, KEY);
    const body = whole.slice(KEY + SIGNATURE);
    const key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    const said = new Uint8Array([...SIGNED, ...body]);
    const holds = await crypto.subtle.verify({ name: "Ed25519" }, key, whole.slice(KEY, KEY + SIGNATURE), said);
    const x = btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    return { holds: holds && text.startsWith(BEGINS), x, body: JSON.parse(new TextDecoder().decode(body)) };
  } catch {
    return null;
  }
}
