// @ts-check
/**
 * The commands that need words: what is asked, what is offered as ready text, what must not be left empty. Which of
 * them may be used is the server's decision; what they mean is said in the dialog before anything is sent.
 *
 * @typedef {object} Field
 * @property {string} name of the body's key
 * @property {"text"|"choice"|"check"|"pick"|"datetime"} kind `pick`: one of the interviews that the caller offers
 * @property {boolean} [required]
 * @property {string[]} [values] of a choice: codes, worded as `form.<command>.<name>.<code>`
 * @property {number} [presets] ready texts `preset.<command>.1`…
 * @property {boolean} [prefilled] the first of them stands there already
 *
 * @typedef {{fields: Field[], grave?: boolean, fixed?: Record<string, unknown>, command?: string, spoken?: boolean}} Form
 *   `spoken`: somebody is on the telephone, and what the roster says is there to be asked for
 */

/** docs/protocol.md §3: messages, reasons and notes */
export const LONGEST = 500;

/** @param {number} presets @param {boolean} [required] @returns {Field} */
const reason = (presets, required = true) => ({ name: "reason", kind: "text", required, presets });

/** @type {Record<string, Form>} */
export const FORMS = {
  message: { fields: [{ name: "text", kind: "text", required: true, presets: 5 }] },
  "send-back": { fields: [reason(3, false)] },
  stop: {
    grave: true,
    fields: [
      { name: "side", kind: "choice", required: true, values: ["candidate", "staff", "provider", "gateway"] },
      reason(3),
    ],
  },
  "call-off": {
    grave: true,
    fields: [
      { name: "because", kind: "choice", required: true, values: ["candidate", "office", "interviewers_absent", "provider", "gateway"] },
      reason(3),
    ],
  },
  resit: { fields: [{ name: "start", kind: "datetime", required: true }] },
  contact: { fields: [{ name: "note", kind: "text", presets: 3 }] },
  "confirm-booking": { fields: [{ name: "note", kind: "text", presets: 2 }] },
  "invite-missing": { fields: [{ name: "note", kind: "text", presets: 2 }] },
  "no-show": { grave: true, fields: [reason(3)] },
  "not-there": { command: "no-show", grave: true, fixed: { code: "not_there_when_called" }, fields: [reason(2)] },
  "withdraw-no-show": { fields: [reason(2)] },
  reopen: { fields: [reason(2)] },
  "not-same-person": { command: "same-person", grave: true, fixed: { same: false }, fields: [reason(2)] },
  doubt: { command: "identity", grave: true, fixed: { confirmed: false }, fields: [reason(3)] },
  "already-there": {
    command: "check-in-for",
    fixed: { via: "provider" },
    fields: [{ ...reason(2), prefilled: true }, { name: "count_from_first", kind: "check" }],
  },
  "settle-alarm": { fields: [{ name: "note", kind: "text", presets: 2 }] },
  move: { fields: [] },
  "failover-move": { command: "failover", grave: true, fixed: { open: "move" }, fields: [] },
  "check-in-for": { fields: [reason(2), { name: "count_from_first", kind: "check" }], spoken: true },
  incident: { fields: [{ name: "note", kind: "text", required: true, presets: 3 }] },
  "accept-claim": {
    command: "settle-claim",
    fixed: { accept: true },
    fields: [
      { name: "interview", kind: "pick", required: true },
      { name: "count_from_first", kind: "check" },
      reason(2),
    ],
  },
  "refuse-claim": { command: "settle-claim", grave: true, fixed: { accept: false }, fields: [reason(2)] },
};

/**
 * What the filled form asks for.
 * @param {Form} form @param {FormData} data
 * @returns {Record<string, unknown>}
 */
export function bodyOf(form, data) {
  /** @type {Record<string, unknown>} */
  const body = { ...form.fixed };
  for (const field of form.fields) {
    const value = data.get(field.name);
    if (field.kind === "check") {
      if (value !== null) body[field.name] = true;
    } else if (typeof value === "string" && value.trim() !== "") body[field.name] = value.trim();
  }
  return body;
}
