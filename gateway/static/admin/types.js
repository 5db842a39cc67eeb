// @ts-check
/**
 * The administrator's view and answers of docs/protocol.md §3 and §5 as this page reads them. Types only.
 *
 * @typedef {import("../console/types.js").Label} Label
 * @typedef {{id: string, room: string, starts_at: number, number: string, name: string, phase: string, arrived_at: number|null,
 *   verdict: string|null, minutes: number, invite_issue: number, agreed_to?: string|null, booking?: string|null,
 *   mails?: import("../console/types.js").Mail[]}} Candidate
 * @typedef {{id: string, name: string, role: string, rooms: string[], here: boolean, revoked: boolean}} Member
 *
 * @typedef {object} Provider
 * @property {string} id
 * @property {Label} label
 * @property {boolean} in_use for the event
 * @property {boolean} [embedded] on our own page
 * @property {boolean} [tells_arrival]
 * @property {boolean} [revokes] a link that was given out can be made worthless
 * @property {boolean} [ends] a session can be ended
 * @property {boolean} [waits_again] it has a waiting room of its own
 * @property {boolean} [issued] its links are issued beforehand, and imported
 * @property {{name?: Label, telephone?: string|null, url?: string|null}|null} [support]
 * @property {string|null} [test_page]
 * @property {{since: number, code: string}|null} [down]
 *
 * @typedef {{scope: string, provider: string, before: string, because: "chosen"|"failover"|"back", open_sessions: "stay"|"move",
 *   at: number, by: string}} Choice what is chosen for the event, a room (`r:…`) or an interview (`i:…`)
 * @typedef {{provider: string, check: string, at: number, by: string}} Confirmation
 * @typedef {{total: number, missing: number, mailed: number}} Coverage
 *
 * @typedef {{offset: number, at: number, kept: number, kept_at: number|null, missing: number, gone: boolean}} Loss
 *
 * @typedef {object} AdminView
 * @property {"admin"} kind
 * @property {import("../console/types.js").EventHead} event
 * @property {import("../console/types.js").Me} me
 * @property {{provider: string, policy: Record<string, number|boolean|null>, notice: Record<string, Label>,
 *   rooms: {id: string, name: Label, shared_link: string|null}[]}} settings
 * @property {Provider[]} providers
 * @property {Choice[]} [switches]
 * @property {Confirmation[]} [confirmations]
 * @property {Record<string, Coverage>} [coverage]
 * @property {Record<string, Record<string, number>>} counts
 * @property {Record<string, Candidate>} rows
 * @property {Member[]} staff
 * @property {{offset: number, sealed: number, record_key: string|null}} journal
 * @property {Loss} [loss] what the store has not kept
 *
 * @typedef {object} Effect a row of `switch-preview`
 * @property {string} interview
 * @property {string} number
 * @property {string} name
 * @property {string} room
 * @property {number} starts_at
 * @property {string} phase
 * @property {string} from
 * @property {string} to
 * @property {string} effect
 * @property {boolean} terms_to_see
 * @property {string|null} hindrance
 * @property {"dies"|"ends"|"stays"|null} old_link
 * @typedef {{from: string, to: string, rows: Effect[], counts: Record<string, number>, warnings: string[]}} DryRun
 * @typedef {{provider: string, scope: string, open: "stay"|"move", with_narrower: boolean}} SwitchBody
 *
 * @typedef {{check: string, verdict: "ok"|"warning"|"failed"|"ask", sentence: string, interview?: string|null, number?: string|null,
 *   name?: string|null, starts_at?: number|null, confirmed?: {at: number, by: string}|null}} Finding
 *
 * @typedef {{line: number, column: string, code: string, sentence: string, rule?: boolean}} Fault
 * @typedef {{interview: string, number: string, name: string, starts_at: number}} Missing
 * @typedef {{rows: number, known: number, missing: Missing[], faults: Fault[]}} LinksPreview
 */
export {};
