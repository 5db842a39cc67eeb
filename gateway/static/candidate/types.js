// @ts-check
/**
 * What the screens are made of.
 *
 * @typedef {Record<string, any>} View docs/protocol.md §5, candidate
 * @typedef {{name: string, step: number, title: string, badge?: string, body: import("../html.js").Markup}} Screen
 *   `name` changes when the person has to look again: focus moves to the heading then
 * @typedef {object} Local what this page alone knows; a reload may lose all of it
 * @property {string} agreed the versions that were just agreed to, until the view says so itself
 * @property {string} declared the version of the checklist that was just sent, until the view says so itself
 * @property {boolean} later the reply to the booking is left for another time
 * @property {boolean} coming marked absent, and here all the same
 * @property {boolean} checked this browser went past the device check
 * @property {string|null} busy the action that is on its way
 * @property {{action: string, words: string}|null} trouble why the last one failed
 * @property {Record<string, string>} faults by field
 * @property {number} retryAt ms of this device's clock; check-in rests until then
 * @property {boolean} retrying after a refused claim the person wants the form again
 * @property {string} voice what the person wants to tell the office: the form that is open
 * @property {{number: string, text: string}|null} cancelling typed, and not yet confirmed
 * @property {number} helpSentAt server ms, 0 for never
 * @property {{code: string, url: string, expires_at: number}|null} code
 * @property {boolean} returned came back from the room to the waiting room
 * @property {number} admission the admission that the following belong to
 * @property {number} generation the session of that admission; another one is another door
 * @property {boolean} moved this door is not the first of the admission: the provider was changed
 * @property {number} inside the generation of the call that runs on this page, 0 for none; kept until the next is entered
 * @property {number} enterAt server ms when the call opens by itself, 0 for no countdown
 * @property {boolean} entered the call was opened here
 * @property {boolean} here the video is wanted on this screen although another device has it
 * @property {string|null} url the provider's link
 * @property {string|null} browserUrl the same without an app
 * @property {number} urlAt server ms when it was given out
 * @property {number} askAt server ms before which it is not asked for again
 * @property {boolean} termsFirst the gateway gave no ticket because of the terms, whatever the view says
 * @property {boolean} pressed
 * @property {{url: string, qr: {size: number, path: string}}|null} receipt the check-in's, once it was asked for
 * @property {number} now server ms
 */
export {};
