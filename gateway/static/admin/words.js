// @ts-check
/** The sentences of the administrator's page; words for phases and verdicts are the console's. */

import { has, t as sentence } from "../i18n.js";

export { clock, html, label, mailWords, time, useZone, verdict, word } from "../console/words.js";

/** @param {string} key without its "admin." @param {Record<string, string|number>} [values] */
export function t(key, values = {}) {
  return sentence(`admin.${key}`, values);
}

/** The name of a roster's column. @param {string} key */
export function column(key) {
  return has(`admin.column.${key}`) ? t(`column.${key}`) : key;
}

/**
 * The views of docs/protocol.md §5.
 * @typedef {import("../console/types.js").Label} Label
 * @typedef {{id: string, room: string, starts_at: number, number: string, name: string, phase: string, arrived_at: number|null,
 *   verdict: string|null, minutes: number, invite_issue: number, mails?: import("../console/types.js").Mail[]}} Candidate
 * @typedef {{id: string, name: string, role: string, rooms: string[], here: boolean, revoked: boolean}} Member
 * @typedef {object} AdminView
 * @property {"admin"} kind
 * @property {import("../console/types.js").EventHead} event
 * @property {import("../console/types.js").Me} me
 * @property {{provider: string, policy: Record<string, number|boolean|null>, notice: Record<string, Label>,
 *   rooms: {id: string, name: Label, shared_link: string|null}[]}} settings
 * @property {{id: string, label: Label, in_use: boolean}[]} providers
 * @property {Record<string, Record<string, number>>} counts
 * @property {Record<string, Candidate>} rows
 * @property {Member[]} staff
 * @property {{offset: number, sealed: number, record_key: string|null}} journal
 */
