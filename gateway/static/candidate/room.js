// @ts-check
/** Called, in the room, and what comes after it. */

import { html, safeUrl } from "../html.js";
import { pick, t } from "../i18n.js";
import { telephone } from "./arriving.js";
import { banner, elsewhere, help, isCompanion, messages, trouble } from "./parts.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

/** Whether the video is on another device and not wanted here. @param {View} view @param {Local} local */
export function videoElsewhere(view, local) {
  return Boolean(view["call"]?.video_elsewhere) && !local.here;
}

/** Called: the room is being made, or its door is open. @param {View} view @param {Local} local @returns {Screen} */
export function calledScreen(view, local) {
  const { admission } = view;
  const badge = t("candidate.called.badge");
  if (!admission?.ready) {
    const body = html`${banner("ok", "called", null, t("candidate.called.preparing"))}<div data-key="help-box">${help(view, local)}</div>`;
    return { name: "called", step: 4, title: t("candidate.called.title"), badge, body };
  }
  if (!admission.embedded) return redirectScreen(view, local, badge);
  if (local.entered || videoElsewhere(view, local)) return { ...roomScreen(view, local), badge };
  const left = Math.max(0, Math.ceil((local.enterAt - local.now) / 1000));
  return {
    name: "called",
    step: 4,
    title: t("candidate.called.title"),
    badge,
    body: html`<div class="countdown" data-key="countdown"><p class="countdown-words nums">${t("candidate.called.countdown", { n: left })}</p><p>${t("candidate.called.devices")}</p>
      <button type="button" class="button button-primary button-large" data-action="enter">${t("candidate.called.now")}</button></div>`,
  };
}

/** @param {View} view @param {Local} local @param {string} [badge] @returns {Screen} */
function redirectScreen(view, local, badge = "") {
  const { provider } = view["admission"];
  const name = pick(provider.label);
  const pressed = local.pressed || view["admission"].pressed;
  return {
    name: "redirect",
    step: 4,
    title: t(pressed ? "candidate.room.title" : "candidate.redirect.title"),
    badge,
    body: html`
      ${closing(view, local)}
      ${pressed ? banner("ok", "pressed", null, t("candidate.redirect.pressed")) : html`<p data-key="lead">${t("candidate.redirect.body", { provider: name })}</p>`}
      ${local.url
        ? html`<p class="join" data-key="join"><a class="button button-primary button-huge" href="${safeUrl(local.url)}" target="_blank" rel="noopener noreferrer" data-action="pressed">${t("candidate.redirect.button", { provider: name })}<span class="visually-hidden">${t("common.new_tab")}</span></a></p>`
        : html`<p data-key="join" role="status">${t("candidate.redirect.wait")}</p>`}
      ${trouble(local, "ticket")}
      <details class="card" id="unopened"><summary>${t("candidate.redirect.help")}</summary><ul>
        ${[1, 2, 3, 4].map((n) => html`<li>${t(`candidate.redirect.help_${n}`)}</li>`)}</ul>
        <p>${telephone(view)}</p>${support(provider, name)}
        <button type="button" class="button" data-action="unopened" ?aria-disabled=${local.busy === "help"}>${t("candidate.redirect.tell")}</button>
        ${local.helpSentAt ? html`<p role="status" class="banner banner-ok after" data-key="sent">${t("candidate.help.told")}</p>` : null}</details>
      ${messages(view)}`,
  };
}

/** @param {any} provider @param {string} name */
function support(provider, name) {
  if (!provider.support) return null;
  const { telephone: number, url, hours } = provider.support;
  return html`<p>${t("candidate.support", { provider: name })}：
    ${number ? html`<a href="tel:${String(number).replace(/[^\d+]/g, "")}">${number}</a> ` : null}
    ${url ? html`<a href="${safeUrl(url)}" target="_blank" rel="noopener noreferrer">${url}</a> ` : null}${pick(hours)}</p>`;
}

/** In the room. @param {View} view @param {Local} local @returns {Screen} */
export function roomScreen(view, local) {
  if (!view["admission"]?.ready) return movingScreen(view, local);
  if (!view["admission"].embedded) return redirectScreen(view, local);
  return {
    name: "room",
    step: 4,
    title: t(isCompanion(view) ? "candidate.room.title_companion" : "candidate.room.title"),
    body: html`
      ${closing(view, local)}
      ${videoElsewhere(view, local)
        ? html`<div class="card" data-key="away"><p>${t("candidate.elsewhere.on")}</p><button type="button" class="button" data-action="video-here">${t("candidate.elsewhere.here")}</button></div>`
        : html`<genkan-call data-key="call"></genkan-call>`}
      ${messages(view)}
      <div data-key="elsewhere-box" class="after">${elsewhere(local)}</div>
      <div data-key="help-box">${help(view, local)}</div>`,
  };
}

/** The provider is being changed. @param {View} view @param {Local} local @returns {Screen} */
function movingScreen(view, local) {
  const body = html`${closing(view, local)}${banner("info", "moving", null, t("candidate.room.moving"))}${messages(view)}<div data-key="help-box">${help(view, local)}</div>`;
  return { name: "moving", step: 4, title: t("candidate.room.title"), body };
}

/** @param {View} view @param {Local} local */
function closing(view, local) {
  if (!view["closing"]) return null;
  const left = Math.max(0, Math.ceil((view["closing"] - local.now) / 1000));
  return banner("warn", "closing", null, t("candidate.closing", { n: left }));
}

/** Over, one way or another; none of them is a dead end. @param {View} view @returns {Screen} */
export function endScreen(view) {
  const { phase } = view;
  return {
    name: `end-${phase}`,
    step: phase === "finished" ? 5 : 4,
    title: t(`candidate.end.${phase}.title`),
    body: html`<p data-key="lead">${t(`candidate.end.${phase}.body`)}</p>
      ${phase === "finished" ? null : html`<p data-key="call" class="big-telephone">${telephone(view)}</p><p data-key="reopen" class="soft">${t("candidate.end.reopen")}</p>`}
      ${messages(view)}`,
  };
}

/** This page may show nothing any more. @param {View} view @param {Local} local @returns {Screen} */
export function fencedScreen(view, local) {
  const why = view["fenced"];
  return {
    name: `fenced-${why}`,
    step: -1,
    title: t(`candidate.fenced.${why}.title`),
    body: html`${banner("warn", "fenced", null, t(`candidate.fenced.${why}.body`))}${trouble(local, "take-over")}
      ${why === "taken_over" && view["kind"] !== "companion" ? html`<div class="buttons" data-key="buttons"><button type="button" class="button" data-action="take-over" ?aria-disabled=${local.busy === "take-over"}>${t("candidate.fenced.taken_over.button")}</button></div>` : null}
      <p data-key="call" class="big-telephone">${telephone(view)}</p>`,
  };
}
