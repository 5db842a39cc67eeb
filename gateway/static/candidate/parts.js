// @ts-check
/** Pieces that several screens share. */

import { date, time } from "../clock.js";
import { html, safeUrl } from "../html.js";
import { pick, t } from "../i18n.js";
import { qrCode } from "./qr.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */

const IN_ROOM = new Set(["admitting", "in_session"]);
const STEPS = ["notice", "check", "number", "wait", "room"];

/** @param {View} view @returns {string} */
export const zone = (view) => view["event"]?.timezone ?? "Asia/Tokyo";

/** @param {View} view @returns {boolean} */
export const isCompanion = (view) => view["kind"] === "companion";

/** The office's number, to press. @param {View} view */
export function telephone(view) {
  const number = view["event"]?.office?.telephone;
  return number ? html`<a class="strong" href="${tel(number)}">${number}</a>` : null;
}

/** @param {unknown} number @returns {string} */
export const tel = (number) => `tel:${String(number).replace(/[^\d+]/g, "")}`;

/** Where in the flow the person is; the words carry it, the colour only repeats it. @param {number} current */
export function steps(current) {
  return html`<nav class="steps" data-key="steps" aria-label="${t("candidate.steps")}"><ol>
    ${STEPS.map((step, i) => {
      const state = i < current ? "done" : i === current ? "now" : "next";
      return html`<li class="step step-${state}" ?aria-current=${state === "now"}><span class="step-dot" aria-hidden="true">${i < current ? "✓" : i + 1}</span>
        <span class="step-name">${t(`candidate.step.${step}`)}</span>${i < current ? html`<span class="visually-hidden">（${t("candidate.step.done")}）</span>` : null}</li>`;
    })}
  </ol></nav>`;
}

/** Scheduled time, room, present time, provider. @param {View} view @param {Local} local */
export function facts(view, local) {
  const schedule = view["schedule"];
  const where = schedule ? pick(schedule.room) : "";
  return html`<dl class="facts" data-key="facts">
    ${schedule ? html`<dt>${t("candidate.when")}</dt><dd class="strong nums"><span>${date(schedule.starts_at, zone(view))}</span>
      <span>${t("candidate.span", { from: time(schedule.starts_at, zone(view)), to: time(schedule.ends_at, zone(view)) })}</span></dd>` : null}
    ${schedule?.shifted_to ? html`<dt>${t("candidate.shifted")}</dt><dd class="strong nums">${t("candidate.shifted_to", { at: time(schedule.shifted_to, zone(view)) })}</dd>` : null}
    ${where ? html`<dt>${t("candidate.where")}</dt><dd>${where}</dd>` : null}
    ${schedule && !view["seat"] ? html`<dt>${t("candidate.arrive_by")}</dt><dd class="nums">${time(schedule.arrive_by, zone(view))}</dd>` : null}
    ${view["seat"] ? html`<dt>${t("candidate.checked_in_at")}</dt><dd class="nums">${time(view["seat"].at, zone(view))}</dd>` : null}
    <dt>${t("common.now")}</dt><dd class="nums">${time(local.now, zone(view))}</dd>
    ${view["provider"] ? html`<dt>${t("candidate.service")}</dt><dd>${pick(view["provider"].label)}</dd>` : null}
  </dl>`;
}

/** Why the last press did not work. @param {Local} local @param {...string} names the actions it belongs to */
export function trouble(local, ...names) {
  if (!local.trouble || !names.includes(local.trouble.action)) return null;
  return html`<p class="banner banner-fail" data-key="trouble" role="alert">${local.trouble.words}</p>`;
}

/** @param {"ok"|"warn"|"fail"|"info"} kind @param {string} key @param {string|null} title @param {string} [body] */
export function banner(kind, key, title, body) {
  return html`<div class="banner banner-${kind}" data-key="${key}">${title ? html`<p class="banner-title">${title}</p>` : null}${body ? html`<p>${body}</p>` : null}</div>`;
}

/** A fire alarm, say: nobody's time runs. @param {View} view */
export function paused(view) {
  return banner("warn", "paused", t("candidate.waiting.room.paused.title"), t(`candidate.waiting.room.paused.${IN_ROOM.has(view["phase"]) ? "inside" : "body"}`));
}

/** A line to this person, newest first. @param {View} view */
export function messages(view) {
  const list = [...(view["messages"] ?? [])].reverse();
  if (list.length === 0) return null;
  return html`<section class="card" data-key="messages" aria-labelledby="messages-title"><h2 id="messages-title">${t("candidate.messages.title")}</h2>
    <ul class="messages">${list.map((message) => html`<li data-key="m${message.at}"><span class="soft nums">${time(message.at, zone(view))}</span> ${message.text}</li>`)}</ul></section>`;
}

/** The end has begun. @param {View} view @param {Local} local */
export function closing(view, local) {
  if (!view["closing"]) return ending(view);
  const left = Math.max(0, Math.ceil((view["closing"] - local.now) / 1000));
  return banner("warn", "closing", null, t("candidate.closing", { n: left }));
}

/** Time is almost up, or up, where the rules have it said. @param {View} view */
function ending(view) {
  const left = view["time"];
  if (!left || (left.state !== "almost_up" && left.state !== "up")) return null;
  return banner("info", "ending", null, t(`candidate.time.${left.state}`, { at: time(left.ends_at, zone(view)) }));
}

/** Camera and microphone of a phone while this page stays. @param {Local} local */
export function elsewhere(local) {
  const { code } = local;
  const left = code ? Math.ceil((code.expires_at - local.now) / 1000) : 0;
  return html`<details class="card" id="elsewhere"><summary>${t("candidate.elsewhere.title")}</summary>
    <p>${t("candidate.elsewhere.body")}</p>
    ${code && left > 0 ? shown(code, left) : null}
    ${code && left <= 0 ? html`<p data-key="expired">${t("candidate.elsewhere.expired")}</p>` : null}
    ${trouble(local, "video-code")}
    <button type="button" class="button" data-key="show" data-action="video-code" ?aria-disabled=${local.busy === "video-code"}>${t("candidate.elsewhere.button")}</button></details>`;
}

/** @param {{code: string, url: string}} code @param {number} left seconds */
function shown(code, left) {
  const address = safeUrl(code.url);
  const place = new URL(address, location.origin);
  return html`<div class="elsewhere" data-key="shown">${qrCode(address, t("candidate.elsewhere.qr"))}
    <div><p>${t("candidate.elsewhere.scan", { url: `${place.host}${place.pathname}` })}</p>
    <p class="code">${code.code.slice(0, 3)} ${code.code.slice(3)}</p><p class="soft nums">${t("candidate.elsewhere.expires", { n: left })}</p></div></div>`;
}
