// @ts-check
/**
 * Where a candidate stands on the board, in what order, and what a room or a row is about to need. Pure: a view, a
 * time, a decision about display. Who may do what is the server's (`row.can`).
 */

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {"now"|"waiting"|"late"|"coming"|"done"} Zone */

/** @type {Zone[]} in the order of the board: what needs eyes first */
export const ZONES = ["now", "waiting", "late", "coming", "done"];

/** @param {Row} row @param {number} now ms @returns {Zone} */
export function zoneOf(row, now) {
  switch (row.phase) {
    case "admitting":
    case "in_session":
      return "now";
    case "waiting":
      return "waiting";
    case "expected":
    case "preparing":
      return isMissing(row, now) ? "late" : "coming";
    default:
      return "done";
  }
}

/** Not here though the time has come, or has said that they will be late. @param {Row} row @param {number} now */
function isMissing(row, now) {
  const due = dueAt(row);
  return row.overdue || (due !== null && due <= now) || Boolean(row.late_notice);
}

/** When the time has come, pauses counted; null while one lasts. @param {Row} row @returns {number|null} */
export function dueAt(row) {
  return row.due_at === undefined ? row.starts_at : row.due_at;
}

/** By the room's order; the seat's place first among those who wait. @param {Row} a @param {Row} b */
export function bySchedule(a, b) {
  const place = (a.place ?? 0) - (b.place ?? 0);
  return place || a.starts_at - b.starts_at || a.order - b.order || (a.id < b.id ? -1 : 1);
}

/**
 * The rows of a room (null: of all), by zone, each in order.
 * @param {ConsoleView} view @param {string|null} room @param {number} now
 * @returns {Record<Zone, Row[]>}
 */
export function zones(view, room, now) {
  /** @type {Record<Zone, Row[]>} */
  const board = { now: [], waiting: [], late: [], coming: [], done: [] };
  for (const row of Object.values(view.rows)) {
    if (room === null || row.room === room) board[zoneOf(row, now)].push(row);
  }
  for (const zone of ZONES) board[zone].sort(bySchedule);
  return board;
}

/** The ids of a board from top to bottom: the way that J and K go. @param {Record<Zone, Row[]>} board @param {boolean} withDone */
export function walk(board, withDone) {
  return ZONES.filter((zone) => zone !== "done" || withDone).flatMap((zone) => board[zone].map((row) => row.id));
}

/** Who is knocking now. @param {ConsoleView} view @returns {Row[]} */
export function knocking(view) {
  return Object.values(view.rows)
    .filter((row) => row.phase === "waiting" && row.knock && !row.knock.handled)
    .sort((a, b) => (a.knock?.since ?? 0) - (b.knock?.since ?? 0));
}

/** The commands of a row in the order in which people look for them. */
export const ORDER = [
  "admit", "finish-undo", "finish", "arrived", "same-person", "hold", "message", "send-back", "acknowledge", "contact", "already-there",
  "check-in-for", "identity", "move", "confirm-booking", "invite-missing", "no-show", "withdraw-no-show", "call-off", "stop", "reopen", "resit", "incident",
];
