// @ts-check
/**
 * The page's language and its sentences. The shell carries them in `<script type="application/json" id="genkan-texts">`;
 * a block of data, which the page's policy lets pass and no browser runs.
 */

/** @typedef {"ja"|"en"} Language */

/** @type {Language} */
export const lang = document.documentElement.lang.startsWith("en") ? "en" : "ja";

/** @returns {Language} */
export function language() {
  return lang;
}

/** @type {Record<string, string>} */
const texts = JSON.parse(document.getElementById("genkan-texts")?.textContent || "{}");

/** @param {string} key @returns {boolean} */
export function has(key) {
  return Object.hasOwn(texts, key);
}

/**
 * The sentence for a key with `{name}` filled in. With `n: 1` the key's own singular (`key#one`) is taken when there
 * is one. An unknown key is its own text, which a test of the locale files keeps from happening.
 * @param {string} key @param {Record<string, string|number>} [values] @returns {string}
 */
export function t(key, values = {}) {
  const singular = values["n"] === 1 && has(`${key}#one`) ? `${key}#one` : key;
  return (texts[singular] ?? key).replace(/\{([a-z_]+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * A text of the event's file: a string, or one per language.
 * @param {unknown} text @returns {string}
 */
export function pick(text) {
  if (text === null || text === undefined) return "";
  if (typeof text !== "object") return String(text);
  const both = /** @type {Record<string, unknown>} */ (text);
  return String(both[lang] ?? both["ja"] ?? both["en"] ?? "");
}

/** Show the same page in the other language: the address with its fragment, `lang` changed. */
export function switchLanguage() {
  const address = new URL(location.href);
  address.searchParams.set("lang", lang === "ja" ? "en" : "ja");
  location.replace(address);
}
