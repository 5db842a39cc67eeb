// @ts-check
/**
 * The views of docs/protocol.md §5 as the console and the admin page read them. Types only.
 *
 * @typedef {{ja: string, en: string}|string} Label
 * @typedef {"expected"|"preparing"|"waiting"|"admitting"|"in_session"|"finished"|"absent"|"cancelled"|"broken_off"} Phase
 * @typedef {{id: string, title: Label, timezone: string, now: number, release: string,
 *   office: {name: Label, telephone: string, hours: Label}}} EventHead
 * @typedef {{id: string, name: string, role: "interviewer"|"reception"|"administrator"}} Me
 * @typedef {{id: string, name: string, here: boolean, in_call: boolean, me: boolean}} Panelist
 * @typedef {{id: string, name: Label, state: "preparing"|"ready"|"paused", paused_at?: number|null,
 *   taken_by: string|null, next: string|null,
 *   behind_minutes: number, provider?: string, panel: Panelist[], shared_link: string, can?: string[]}} Room
 * @typedef {{id: string, number: string, starts_at: number}} Linked
 * @typedef {{number: string, name: string, spans?: [number, number][], explain?: string[]}} Typed
 *
 * @typedef {{state: "running"|"almost_up"|"up"|"stopped", ends_at: number|null, finish: boolean}} TimeLeft `finish`: staff are asked to, not only told
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} room
 * @property {number} order
 * @property {number} starts_at
 * @property {number} ends_at
 * @property {number|null} [due_at] the start with pauses; null: one lasts, and no minutes run
 * @property {Phase} phase
 * @property {string} number
 * @property {string} name
 * @property {string} [kana]
 * @property {string} [telephone]
 * @property {string} [note]
 * @property {Typed|null} [typed]
 * @property {"none"|"open"|"same"|"not"|null} [difference]
 * @property {number|null} [place]
 * @property {number|null} [arrived_at]
 * @property {string|null} [verdict]
 * @property {number} [minutes]
 * @property {number} [attempts]
 * @property {number|null} [first_attempt_at]
 * @property {"here"|"asleep"|"away"|"never"} [presence]
 * @property {number|null} [since]
 * @property {Record<string, string>|null} [devices]
 * @property {{state: "asked"|"confirmed"|"overdue", by_reply: boolean, reply_by: number|null, at: number|null, held_back: string[]}|null} [booking]
 * @property {{wanted: "required"|"recommended", at: number|null, ok: boolean}|null} [pretest]
 * @property {number|null} [report_by] until when a link that has not come is to be reported; null once it was opened
 * @property {number|null} [grace_until] up to when one who dropped out is waited for
 * @property {{at: number, late: boolean}|null} [reported] that the link has not come
 * @property {{at: number|null, version: string|null, ticked: number, lines: number, missing: Label[], advice: Label[], done: boolean}|null} [declared] the checklist
 * @property {"none"|"asked"|"agreed"|"declined"|null} [early]
 * @property {boolean} [held]
 * @property {number} [admission]
 * @property {boolean} [ready]
 * @property {number|null} [deadline]
 * @property {string[]} [joined]
 * @property {number} [closing]
 * @property {TimeLeft|null} [time] of one in the room, where the rules bound it
 * @property {string|null} [lapse]
 * @property {{ticked: string[], confirmed: boolean|null}|null} [identity]
 * @property {string[]} [steps] what the rules want looked at to know who it is
 * @property {string} [birth]
 * @property {number|null} [contacted_at]
 * @property {{code: string, minutes?: number|null, text?: string, at?: number, seen?: boolean}|null} [late_notice] what they said and stand by
 * @property {boolean} [overdue]
 * @property {string[]} [held_back]
 * @property {{label: number|string, name: string, here: boolean}[]} [companions]
 * @property {{code: string, side?: string|null, reason?: string|null}|null} [end]
 * @property {number} [earlier_absences] of the same person, where the rules let them be shown
 * @property {Linked|null} [resits] the interview that this one re-sits
 * @property {Linked|null} [resat_by] the one that re-sits this
 * @property {{since: number, handled: boolean}|null} [knock]
 * @property {{at: number, text: string, by?: string}[]} [messages]
 * @property {Mail[]} [mails] the latest
 * @property {string} [provider] whom the interview is with
 * @property {string} [coming] during a move, whom it comes to
 * @property {{provider: string, state: "requested"|"open"|"failed"|"closed", code: string|null}|null} [session]
 * @property {"preparing"|"open"|null} [moving]
 * @property {number|null} [handed_over_at]
 * @property {number|null} [there_at]
 * @property {number|null} [ended_there_at]
 * @property {"agreed"|"to_see"|null} [terms]
 * @property {boolean|null} [mailed] whether the provider's own link was mailed past us; null: none is held
 * @property {{code: "recording"|"settings", provider: string, at: number, detail: string}[]} [alarms]
 * @property {string[]} can
 *
 * @typedef {{name: string, telephone?: string|null, hours?: Label|null, url?: string|null}} Support
 * @typedef {{id: string, label: Label, support?: Support|null, test_page?: string|null, embedded: boolean, revokes: boolean,
 *   ends: boolean, tells_arrival: boolean, waits_again: boolean, issued: boolean, down: {since: number, code: string}|null}} Provider
 * @typedef {{id: string, kind: "failover"|"back", provider: string, to: string|null, since: number, code: string,
 *   declined: boolean, inside: number, ahead: number}} Proposal
 * @typedef {{id: string, room: string, interview: string|null, code: string, at: number, first_attempt_at: number|null,
 *   number: string, name: string, candidates: string[], can?: string[]}} Claim
 * @typedef {{what: string, person: string, state: "queued"|"sent"|"undelivered"|"dropped"|"by_office", at: number, by: string}} Mail
 * @typedef {{id: string, code: string, interview: string|null, room: string|null, since: number, action: string|null,
 *   urgency?: "now"|"soon"|"later"}} Task
 *
 * @typedef {object} ConsoleView
 * @property {"console"} kind
 * @property {EventHead} event
 * @property {Me} me
 * @property {{id: string, label: Label}} provider
 * @property {Record<string, Provider>} [providers] those that these rows, rooms and proposals name
 * @property {Proposal[]} [failover]
 * @property {number|null} [paused_at] the whole event is stopped since then
 * @property {Record<string, Room>} rooms
 * @property {Record<string, Row>} rows
 * @property {Claim[]} claims
 * @property {{room: string|null, slots: {slot: number, role: string, label: string}[]}|null} call
 * @property {Task[]} tasks
 * @property {{missing: number, kept_at: number|null}} [loss] what the store has not kept of this event
 */
export {};
