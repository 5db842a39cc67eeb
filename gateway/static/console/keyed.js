// @ts-check
/** Rendering that costs what has changed: a region or a row whose markup is the same as before is not even parsed. */

import { render } from "../html.js";

/** @typedef {import("../html.js").Markup} Markup */
/** @typedef {{key: string, className?: string, content: Markup}} Item */

/** @type {WeakMap<Element, string>} */
const last = new WeakMap();

/** @param {Element} element @param {Markup} markup @returns {boolean} whether it was different */
export function renderChanged(element, markup) {
  const text = markup.toString();
  if (last.get(element) === text) return false;
  last.set(element, text);
  render(element, markup);
  return true;
}

/**
 * Make the list's items the given ones, in order. An item that stays keeps its element, whatever the place it moves to.
 * @param {Element} list a `ul` or `ol` that nobody else writes to
 * @param {Item[]} items
 */
export function renderItems(list, items) {
  const present = new Map([...list.children].map((child) => [child.getAttribute("data-key"), child]));
  const wanted = new Set(items.map(({ key }) => key));
  for (const [key, child] of present) if (!wanted.has(key ?? "")) child.remove();
  let place = list.firstElementChild;
  for (const item of items) {
    const element = present.get(item.key) ?? made(item.key);
    if (element === place) place = place.nextElementSibling;
    else list.insertBefore(element, place);
    if (element.className !== (item.className ?? "")) element.className = item.className ?? "";
    renderChanged(element, item.content);
  }
}

/** @param {string} key */
function made(key) {
  const element = document.createElement("li");
  element.setAttribute("data-key", key);
  return element;
}
