// @ts-check
/**
 * The door that the person stands at, as far as this page alone knows it: when the call opens by itself, which link was
 * given out, which call still runs. An admission has one door after the other when the provider is changed.
 */

import { termsFirst } from "./terms.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */

/** How long (ms) the person may collect themselves before the call opens by itself. */
const COUNTDOWN = 5000;
/** A link this old (ms) is asked for anew when the page is looked at again: providers give out links that end. */
const STALE = 5 * 60_000;
/** ms before a link that was not to be had is asked for again. */
const AGAIN = 5000;

/** No door. @returns {Partial<Local>} */
function closed() {
  return { enterAt: 0, entered: false, url: null, browserUrl: null, urlAt: 0, askAt: 0, pressed: false, termsFirst: false };
}

/** Whether the video is on another device and not wanted here. @param {View} view @param {Local} local */
export function videoElsewhere(view, local) {
  return Boolean(view["call"]?.video_elsewhere) && !local.here;
}

/** A view has come: is it still the same door? @param {View} view @param {Local} local */
export function follow(view, local) {
  const { admission } = view;
  if (!admission?.ready || view["fenced"]) {
    if (local.admission) Object.assign(local, closed(), { admission: 0, generation: 0, moved: false, inside: 0, here: false });
    return;
  }
  const generation = admission.generation ?? 1;
  if (admission.number === local.admission && generation === local.generation) return;
  const next = admission.number === local.admission; // another door of the same admission: the old call stays meanwhile
  Object.assign(local, closed(), { admission: admission.number, generation, moved: next || admission.moving === "open" });
  if (!next) Object.assign(local, { inside: 0, here: false });
}

/** Time has passed, or something was pressed. The countdown rests while terms come first. @param {View} view @param {Local} local */
export function stand(view, local) {
  const { admission, phase } = view;
  if (!admission?.ready || !admission.embedded || local.entered) return;
  if (termsFirst(view, local)) local.enterAt = 0;
  else if (videoElsewhere(view, local)) return;
  else if (phase === "in_session" && !local.moved) local.entered = true; // a reload in the room
  else if (!local.enterAt) local.enterAt = local.now + COUNTDOWN;
  else if (local.now >= local.enterAt) local.entered = true;
}

/** Whether the provider's link is to be asked for now. @param {View} view @param {Local} local */
export function linkWanted(view, local) {
  const { admission } = view;
  if (!admission?.ready || admission.embedded || view["fenced"] || termsFirst(view, local)) return false;
  return local.url === null && local.now >= local.askAt;
}

/** @param {Local} local @param {any} ticket */
export function linkCame(local, ticket) {
  Object.assign(local, { url: ticket.url ?? null, browserUrl: ticket.browser_url ?? null, urlAt: local.now, askAt: local.now + AGAIN, trouble: null });
}

/** @param {Local} local @param {number} seconds as the gateway asked for */
export function linkFailed(local, seconds) {
  local.askAt = local.now + Math.max(AGAIN, seconds * 1000);
}

/** The page is looked at again. @param {Local} local @returns {boolean} whether its link may have ended meanwhile */
export function linkIsStale(local) {
  return local.url !== null && local.now - local.urlAt > STALE;
}
