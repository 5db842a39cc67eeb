// @ts-check
/** Which screen a view asks for. The view decides; what this page alone knows only fills the gaps before the seat. */

import { html } from "../html.js";
import { agreed, checkScreen, claimScreen, confirmScreen, declareScreen, earlyScreen, noticeScreen, numberScreen, versions } from "./arriving.js";
import { isCompanion, paused } from "./parts.js";
import { endScreen, fencedScreen, lateScreen } from "./ends.js";
import { insideScreen } from "./room.js";
import { waitingScreen } from "./waiting.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

const OVER = new Set(["finished", "absent", "cancelled", "broken_off"]);

/** The screen, and above it that everything is stopped: whoever reads it must not hurry. @param {View} view @param {Local} local @returns {Screen} */
export function screenFor(view, local) {
  const screen = wanted(view, local);
  if (view["room"]?.state !== "paused" || view["fenced"] || OVER.has(view["phase"])) return screen;
  return { ...screen, body: html`${paused(view)}${screen.body}` };
}

/** @param {View} view @param {Local} local @returns {Screen} */
function wanted(view, local) {
  if (view["fenced"]) return fencedScreen(view, local);
  const { phase } = view;
  if (OVER.has(phase) && !comesAfterAll(view, local)) return endScreen(view, local);
  if (toAgree(view, local)) return noticeScreen(view, local);
  if (phase === "admitting" || phase === "in_session") return insideScreen(view, local);
  if (toConfirm(view, local)) return confirmScreen(view, local);
  if (toDeclare(view, local)) return declareScreen(view, local);
  if (!local.checked) return checkScreen(view, local);
  if (phase === "waiting" || (isCompanion(view) && view["seat"])) return waitingScreen(view, local); // a companion may come first
  return beforeSeat(view, local);
}

/** Marked absent, and here: the rules let them try, or ask. @param {View} view @param {Local} local */
function comesAfterAll(view, local) {
  if (view["phase"] !== "absent" || view["kind"] !== "candidate") return false;
  return view["claim"]?.state === "open" || (local.coming && view["coming_late"]?.rule !== "stands");
}

/** Notice and terms before the seat. Whoever has it, and sees another provider's terms, keeps the place: see `terms.js`.
 * @param {View} view @param {Local} local */
function toAgree(view, local) {
  if (local.agreed === versions(view)) return false;
  if (!view["seat"]) return !agreed(view);
  return view["notice"]?.agreed === false && view["phase"] !== "in_session";
}

/** The checklist, from the opening on until it is ticked as far as the rules require. @param {View} view @param {Local} local */
function toDeclare(view, local) {
  const list = view["declarations"];
  return Boolean(list) && !list.done && local.declared !== list.version && !isEarly(view, local);
}

/** The reply that the booking needs, as long as there is time to give it. @param {View} view @param {Local} local */
function toConfirm(view, local) {
  return ["asked", "overdue"].includes(view["booking"]?.state) && isEarly(view, local) && !local.later;
}

/** Before check-in opens. @param {View} view @param {Local} local @returns {boolean} */
function isEarly(view, local) {
  const { schedule } = view;
  return Boolean(schedule) && !schedule.open && local.now < schedule.opens_at;
}

/** @param {View} view @param {Local} local @returns {Screen} */
function beforeSeat(view, local) {
  if (view["claim"]?.state === "open" && !local.retrying) return claimScreen(view, local);
  if (isEarly(view, local)) return earlyScreen(view, local);
  if (view["coming_late"]?.turned_away_at && !local.retrying) return lateScreen(view, local);
  return numberScreen(view, local);
}
