// @ts-check
/** The waiting room: own place, the office's doings, the question whether to start early. */

import { time } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { banner, elsewhere, facts, isCompanion, messages, trouble, zone } from "./parts.js";
import { termsCard } from "./terms.js";
import { help } from "./voice.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

/** How many are before this person, in words. @param {View} view @returns {string} */
export function placeWords(view) {
  const { seat } = view;
  if (!seat || seat.place === null || seat.place === undefined) return "";
  return seat.ahead > 0 ? t("candidate.waiting.place", { n: seat.ahead }) : t("candidate.waiting.place_next");
}

/** Whether the check-in was on time, in words. @param {View} view @returns {string} */
function verdictWords(view) {
  const { verdict, minutes } = view["seat"] ?? {};
  return verdict ? t(`candidate.waiting.verdict.${verdict}`, { n: minutes }) : "";
}

/** @param {View} view @param {Local} local @returns {Screen} */
export function waitingScreen(view, local) {
  const place = placeWords(view);
  return {
    name: "waiting",
    step: 3,
    title: t(isCompanion(view) ? "candidate.waiting.companion_title" : "candidate.waiting.title"),
    badge: `${t("candidate.badge.waiting")}${place ? `・${place}` : ""}`,
    body: html`
      ${view["early"] === "asked" ? question(view, local) : null}
      ${termsCard(view, local)}
      ${doings(view, local)}
      <section class="place" data-key="place">
        ${place ? html`<p class="place-words">${place}</p>` : null}
        ${roomWords(view)}
        ${verdictWords(view) ? html`<p class="soft">${verdictWords(view)}</p>` : null}
      </section>
      ${facts(view, local)}
      ${companions(view)}
      ${answered(view)}
      ${banner("info", "keep", null, t("candidate.waiting.keep_open"))}
      ${messages(view)}
      <div data-key="help-box">${help(view, local)}</div>
      <div data-key="elsewhere-box">${elsewhere(local)}</div>
      <p data-key="recheck"><button type="button" class="link-button" data-action="recheck">${t("candidate.early_days.retest")}</button></p>`,
  };
}

/** What is our doing, first of all that it is. @param {View} view @param {Local} local */
function doings(view, local) {
  const behind = view["room"]?.behind_minutes ?? 0;
  return html`
    ${view["lapse"] ? banner("warn", "lapse", null, t(`candidate.waiting.lapse.${view["lapse"]}`)) : null}
    ${local.returned && !view["lapse"] ? banner("info", "returned", null, t("candidate.waiting.returned")) : null}
    ${view["room"]?.state === "paused" ? banner("warn", "paused", t("candidate.waiting.room.paused.title"), t("candidate.waiting.room.paused.body")) : null}
    ${behind > 0 ? banner("warn", "behind", t("candidate.waiting.behind.title", { n: behind }), t("candidate.waiting.behind.body")) : null}
    ${view["seat"]?.held ? banner("info", "held", null, t("candidate.waiting.held")) : null}`;
}

/** @param {View} view */
function roomWords(view) {
  const state = view["room"]?.state;
  return ["preparing", "ready", "busy"].includes(state) ? html`<p>${t(`candidate.waiting.room.${state}`)}</p>` : null;
}

/** @param {View} view */
function companions(view) {
  const list = view["companions"] ?? [];
  if (list.length === 0 || isCompanion(view)) return null;
  return html`<ul class="plain" data-key="companions">${list.map((/** @type {any} */ one) =>
    html`<li>${t(`candidate.waiting.companion.${one.here ? "here" : "away"}`, { label: one.label })}</li>`)}</ul>`;
}

/** @param {View} view */
function answered(view) {
  const { early } = view;
  return early === "agreed" || early === "declined" ? html`<p data-key="answered" class="soft">${t(`candidate.early.${early}`)}</p>` : null;
}

/** Both answers look alike: neither is the right one. @param {View} view @param {Local} local */
function question(view, local) {
  const busy = local.busy === "early";
  return html`<section class="card question" data-key="early" aria-labelledby="early-title"><h2 id="early-title" tabindex="-1">${t("candidate.early.title")}</h2>
    <p>${t("candidate.early.body", { at: time(view["schedule"].starts_at, zone(view)) })}</p>
    ${trouble(local, "early")}
    <div class="buttons"><button type="button" class="button button-large" data-action="early-yes" ?aria-disabled=${busy}>${t("candidate.early.accept")}</button>
      <button type="button" class="button button-large" data-action="early-no" ?aria-disabled=${busy}>${t("candidate.early.decline")}</button></div></section>`;
}
