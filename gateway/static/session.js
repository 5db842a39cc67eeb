// @ts-check
/** From the link in the address bar to a browser session that a reload, or a second tab, finds again. */

import { Problem, Session, enter } from "./api.js";

/** @typedef {import("./api.js").Key} Key */
/** @typedef {import("./api.js").Entered} Entered */
/** @typedef {import("./api.js").Office} Office */

const LINK = /[A-Za-z0-9_-]{22}/;
const CODE = /^[23456789abcdefghjkmnpqrstuvwxyz]{6}$/;

/** Full-width letters and digits to ASCII, lower case, no spaces or hyphens. @param {string} typed @returns {string} */
export function folded(typed) {
  return typed.normalize("NFKC").toLowerCase().replace(/[\s\-‐-―−ー]/g, "");
}

/** A room's code as somebody typed it, or null. @param {string} typed @returns {string|null} */
export function roomCode(typed) {
  const code = folded(typed);
  return CODE.test(code) ? code : null;
}

/**
 * What the address says this person comes with. A mail program may have cut or decorated the link; the 22 characters
 * are looked for, wherever they are in the fragment.
 * @param {Location|URL} [address] @returns {Key|null}
 */
export function keyFromAddress(address = location) {
  const fragment = decode(address.hash.slice(1));
  if (address.pathname.startsWith("/r/")) {
    const code = roomCode(decode(address.pathname.slice(3)));
    return code ? { code } : null;
  }
  if (address.pathname === "/v") {
    const digits = folded(fragment);
    return /^\d{6}$/.test(digits) ? { video: digits } : null;
  }
  const link = LINK.exec(fragment);
  return link ? { link: link[0] } : null;
}

/** @param {string} text @returns {string} */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {Key} key @returns {Promise<string|null>} null where the browser has no secure hash (insecure context) */
async function slot(key) {
  const secret = Object.entries(key).flat().join(":");
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", new TextEncoder().encode(secret));
  if (!digest) return null;
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `genkan:${hex.slice(0, 32)}`;
}

/** Storage may be full, forbidden or absent: then the browser simply remembers nothing. @param {() => any} use */
function guarded(use) {
  try {
    return use();
  } catch {
    return null;
  }
}

/** @param {string|null} name @returns {{sid?: string, office?: Office}} */
function recall(name) {
  if (!name) return {};
  return guarded(() => JSON.parse(localStorage.getItem(name) ?? "{}")) ?? {};
}

/**
 * The office that this key led to the last time: what an error page shows while the gateway does not answer.
 * @param {Key|null} key @returns {Promise<Office|null>}
 */
export async function rememberedOffice(key) {
  return key ? (recall(await slot(key)).office ?? null) : null;
}

/**
 * Enter with a key, as the session of before when this browser has one.
 * @param {Key} key @returns {Promise<Entered & {session: Session}>} @throws {Problem}
 */
export async function open(key) {
  const name = await slot(key);
  const entered = await enter(key, recall(name).sid ?? null);
  if (name) {
    const kept = JSON.stringify({ sid: entered.sid, office: entered.event?.office });
    guarded(() => localStorage.setItem(name, kept));
  }
  return { ...entered, session: new Session(entered.sid) };
}

/**
 * The same, coming again while the gateway does not answer. `onwait` hears of each failed try.
 * @param {Key} key @param {(problem: Problem) => void} onwait
 */
export async function openPatiently(key, onwait) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await open(key);
    } catch (error) {
      if (!(error instanceof Problem) || !error.passing) throw error;
      onwait(error);
      const seconds = Math.max(error.retryAfter, Math.min(15, 1 + attempt * 2));
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000 * (0.75 + Math.random() / 2)));
    }
  }
}
