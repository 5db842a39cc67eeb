// @ts-check
/** Sentences that are made from codes and times, in the page's language and the event's zone. */

import { date, time as written } from "../clock.js";
import { html } from "../html.js";
import { has, pick, t as sentence } from "../i18n.js";

/** @typedef {import("./types.js").Row} Row */

export { html, pick as label };

let zone = "Asia/Tokyo";

/** @param {string} timezone IANA name, the event's */
export function useZone(timezone) {
  zone = timezone;
}

/** A sentence of the console. @param {string} key without its "console." @param {Record<string, string|number>} [values] */
export function t(key, values = {}) {
  return sentence(`console.${key}`, values);
}

/** A word for a code; the code itself for one of a later release. @param {string} group @param {string} code */
export function word(group, code) {
  return has(`console.${group}.${code}`) ? t(`${group}.${code}`) : code;
}

/** What was mailed, what became of it, when, by whom. @param {import("./types.js").Mail} mail */
export function mailWords(mail) {
  const person = mail.person === "candidate" ? "" : ` ${t("mail.companion", { number: mail.person.split(".").at(-1) ?? "" })}`;
  return `${word("mail_what", mail.what)}${person} ${word("mail_state", mail.state)} ${time(mail.at)} ${mail.by}`.trim();
}

/** 13:20, in the event's zone. @param {number|null|undefined} at ms */
export function clock(at) {
  return at === null || at === undefined ? "" : written(at, zone);
}

/** The day, in the event's zone. @param {number} at ms */
export function day(at) {
  return date(at, zone);
}

/** Day and time. @param {number} at ms */
export function dated(at) {
  return `${day(at)} ${written(at, zone)}`;
}

/** A time that is exact for machines. @param {number|null|undefined} at ms */
export function time(at) {
  if (at === null || at === undefined) return "";
  return html`<time datetime="${new Date(at).toISOString()}">${clock(at)}</time>`;
}

/** Whole minutes since. @param {number|null|undefined} since @param {number} now */
export function minutesSince(since, now) {
  return since ? Math.max(0, Math.floor((now - since) / 60_000)) : 0;
}

/** How long ago, in words that change once a minute. @param {number|null|undefined} since @param {number} now */
export function ago(since, now) {
  const minutes = minutesSince(since, now);
  if (minutes < 1) return t("ago.now");
  if (minutes < 120) return t("ago.minutes", { minutes });
  return t("ago.hours", { hours: Math.floor(minutes / 60) });
}

/** How punctual, in words. @param {Row} row */
export function verdict(row) {
  return row.verdict ? t(`verdict.${row.verdict}`, { minutes: row.minutes ?? 0 }) : "";
}

/** Number and name, as one says them. @param {Row} row */
export function who(row) {
  return t("who", { number: row.number, name: row.name });
}

/**
 * The characters of a text with some ranges marked, for the eye and for the ear.
 * @param {string} text @param {[number, number][]} spans from, to (exclusive), in characters
 */
export function marked(text, spans) {
  const characters = [...text];
  const parts = [];
  let at = 0;
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (from < at || to <= from) continue;
    parts.push(html`${characters.slice(at, from).join("")}<mark>${characters.slice(from, to).join("")}</mark>`);
    at = to;
  }
  parts.push(html`${characters.slice(at).join("")}`);
  return parts;
}
