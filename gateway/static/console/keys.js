// @ts-check
/**
 * Single keys. Never while somebody types, composes Japanese, holds a modifier, has a dialog open, or has switched
 * them off (WCAG 2.1.4). Space and Enter stay the browser's.
 */

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"; // a tick takes no letters
const OFF = "genkan-console-keys-off";

/** @param {KeyboardEvent} event @returns {string|null} the key, upper case, if it may act */
export function keyOf(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = /** @type {Element|null} */ (event.composedPath()[0] ?? null);
  if (target instanceof Element && target.matches(TYPING)) return null;
  if (document.querySelector("dialog[open]")) return null;
  return event.key.length === 1 ? event.key.toUpperCase() : event.key;
}

/** A key that is held must not finish one interview after another. @param {KeyboardEvent} event @param {string} key */
export function mayRepeat(event, key) {
  return !event.repeat || key === "ArrowDown" || key === "ArrowUp" || key === "J" || key === "K";
}

export function keysAreOn() {
  return localStorage.getItem(OFF) === null;
}

/** @param {boolean} on */
export function setKeys(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}
