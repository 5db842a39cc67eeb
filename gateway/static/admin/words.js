// @ts-check
/** The sentences of the administrator's page; words for phases and verdicts are the console's. */

import { date } from "../clock.js";
import { clock, html, label, useZone as useConsoleZone } from "../console/words.js";
import { has, t as sentence } from "../i18n.js";

export { clock, html, label, mailWords, time, verdict, word } from "../console/words.js";

/** @typedef {import("./types.js").AdminView} AdminView */

let zone = "Asia/Tokyo";

/** @param {string} timezone IANA name, the event's */
export function useZone(timezone) {
  zone = timezone;
  useConsoleZone(timezone);
}

/** @param {string} key without its "admin." @param {Record<string, string|number>} [values] */
export function t(key, values = {}) {
  return sentence(`admin.${key}`, values);
}

/** The words for a code, or null for one of a later release. @param {string} group @param {string} code
 * @param {Record<string, string|number>} [values] */
export function wordOf(group, code, values = {}) {
  return has(`admin.${group}.${code}`) ? t(`${group}.${code}`, values) : null;
}

/** The name of a roster's column. @param {string} key */
export function column(key) {
  return wordOf("column", key) ?? key;
}

/** Day and time, in words, exact for machines. @param {number} at ms */
export function when(at) {
  return html`<time class="when" datetime="${new Date(at).toISOString()}">${date(at, zone)} ${clock(at)}</time>`;
}

/** @param {AdminView} view @returns {Record<string, string>} */
export function roomNames(view) {
  return Object.fromEntries(view.settings.rooms.map((room) => [room.id, label(room.name)]));
}

/** @param {AdminView} view @param {string} id */
export function providerName(view, id) {
  const found = view.providers.find((provider) => provider.id === id);
  return found ? label(found.label) : id;
}

/** Event, room or interview, by name. @param {AdminView} view @param {string} scope */
export function scopeName(view, scope) {
  if (scope === "event") return t("scope.event");
  const id = scope.slice(2);
  if (scope.startsWith("r:")) return roomNames(view)[id] ?? id;
  const row = view.rows[id];
  return row ? t("scope.of_interview", { time: clock(row.starts_at), number: row.number, name: row.name }) : id;
}

/** Full-width digits and half-width kana find what was meant. @param {string} text */
export function folded(text) {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
}
