// @ts-check
/** The first page: a code that was told by telephone leads to the room's shared link. */

import { lang } from "../i18n.js";
import { roomCode } from "../session.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("code-form"));
const field = /** @type {HTMLInputElement} */ (document.getElementById("code"));
const fault = /** @type {HTMLElement} */ (document.getElementById("code-fault"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = roomCode(field.value);
  fault.hidden = code !== null;
  field.setAttribute("aria-invalid", String(code === null));
  if (code) location.assign(`/r/${code}?lang=${lang}`);
  else field.focus();
});
