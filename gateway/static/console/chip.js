// @ts-check
import { html } from "../html.js";

/**
 * A word with a shape: colour is only the third way of saying it.
 * @param {"good"|"care"|"bad"|"quiet"|"info"} tone @param {string} shape @param {unknown} text
 */
export function chip(tone, shape, text) {
  return html`<span class="chip chip-${tone}"><span aria-hidden="true">${shape}</span> ${text}</span>`;
}
