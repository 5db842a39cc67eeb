// @ts-check
/** Called, and in the built-in room; the way to it, and to the next one when the provider is changed. */

import { html } from "../html.js";
import { pick, t } from "../i18n.js";
import { videoElsewhere } from "./door.js";
import { isPressed, redirectScreen } from "./handover.js";
import { banner, closing, elsewhere, isCompanion, messages } from "./parts.js";
import { receiptBox } from "./receipt.js";
import { termsCard, termsFirst, termsScreen } from "./terms.js";
import { help } from "./voice.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

/** From the call to the end: the view says which door, this page whether it went through. @param {View} view @param {Local} local @returns {Screen} */
export function insideScreen(view, local) {
  const { admission, phase } = view;
  const badge = phase === "admitting" || local.moved ? t("candidate.called.badge") : "";
  if (!admission?.ready) return preparingScreen(view, local);
  const kept = oldCall(view, local);
  if (termsFirst(view, local) && !through(view, local)) return termsScreen(view, local, badge, kept);
  if (!admission.embedded) return redirectScreen(view, local, badge, kept);
  if (local.entered || videoElsewhere(view, local)) return roomScreen(view, local);
  return countdownScreen(view, local, badge, kept);
}

/** Whoever is in already is not fetched back for the terms. @param {View} view @param {Local} local */
function through(view, local) {
  return local.entered || Boolean(!view["admission"].embedded && local.url && isPressed(view, local));
}

/** Whether the rules want no camera. @param {View} view */
function soundOnly(view) {
  return view["camera"] === "forbidden";
}

/** The call that the person comes from, until the next is entered. @param {View} view @param {Local} local */
function oldCall(view, local) {
  if (!local.inside || local.entered || videoElsewhere(view, local)) return null;
  return html`<genkan-call data-key="call-${local.inside}" ?sound-only=${soundOnly(view)}></genkan-call>`;
}

/** The provider's room is being made. @param {View} view @param {Local} local @returns {Screen} */
function preparingScreen(view, local) {
  const provider = pick(view["admission"]?.provider?.label ?? view["provider"]?.label);
  return {
    name: "called",
    step: 4,
    title: t("candidate.called.title"),
    badge: t("candidate.called.badge"),
    body: html`${banner("ok", "called", null, t("candidate.called.preparing", { provider }))}${termsCard(view, local)}
      ${messages(view)}<div data-key="help-box">${help(view, local)}</div>`,
  };
}

/** @param {View} view @param {Local} local @param {string} badge @param {unknown} kept @returns {Screen} */
function countdownScreen(view, local, badge, kept) {
  const provider = pick(view["admission"].provider.label);
  const left = Math.max(0, Math.ceil((local.enterAt - local.now) / 1000));
  return {
    name: local.moved ? "moved" : "called",
    step: 4,
    title: t(local.moved ? "candidate.moved.title" : "candidate.called.title"),
    badge,
    body: html`${closing(view, local)}
      ${local.moved ? banner("info", "moved", null, t("candidate.moved.embedded", { provider })) : null}
      ${termsCard(view, local)}
      <div class="countdown" data-key="countdown"><p class="countdown-words nums">${t("candidate.called.countdown", { n: left })}</p><p>${t("candidate.called.devices")}</p>
      <button type="button" class="button button-primary button-large" data-action="enter">${t("candidate.called.now")}</button></div>
      ${kept}${messages(view)}<div data-key="help-box" class="after">${help(view, local)}</div>`,
  };
}

/** In the room. @param {View} view @param {Local} local @returns {Screen} */
function roomScreen(view, local) {
  const { admission, phase } = view;
  return {
    name: "room",
    step: 4,
    title: t(isCompanion(view) ? "candidate.room.title_companion" : "candidate.room.title"),
    badge: phase === "admitting" ? t("candidate.called.badge") : "",
    body: html`
      ${closing(view, local)}
      ${admission.moving === "preparing" ? banner("info", "moving", t("candidate.moving.title"), t("candidate.moving.body")) : null}
      ${termsCard(view, local)}
      ${videoElsewhere(view, local)
        ? html`<div class="card" data-key="away"><p>${t("candidate.elsewhere.on")}</p><button type="button" class="button" data-action="video-here">${t("candidate.elsewhere.here")}</button></div>`
        : html`<genkan-call data-key="call-${local.generation}" ?sound-only=${soundOnly(view)}></genkan-call>`}
      ${messages(view)}
      ${receiptBox(view, local)}
      <div data-key="elsewhere-box" class="after">${elsewhere(local)}</div>
      <div data-key="help-box">${help(view, local)}</div>`,
  };
}
