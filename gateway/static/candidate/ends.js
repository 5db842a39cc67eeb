// @ts-check
/** After the interview, and pages that may show nothing any more. */

import { time } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { banner, messages, telephone, trouble, zone } from "./parts.js";
import { receiptBox } from "./receipt.js";
import { help, saidCard } from "./voice.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

/** Over, one way or another; none of them is a dead end. @param {View} view @param {Local} local @returns {Screen} */
export function endScreen(view, local) {
  const { phase } = view;
  return {
    name: `end-${phase}`,
    step: phase === "finished" ? 5 : 4,
    title: t(`candidate.end.${phase}.title`),
    body: html`<p data-key="lead">${t(`candidate.end.${phase}.body`)}</p>
      ${phase === "finished" ? null : html`<p data-key="call" class="big-telephone">${telephone(view)}</p><p data-key="reopen" class="soft">${t("candidate.end.reopen")}</p>`}
      ${phase === "absent" ? afterAll(view) : null}
      ${phase === "cancelled" ? saidCard(view, local) : null}
      ${receiptBox(view, local)}
      ${messages(view)}`,
  };
}

/** Here after having been marked absent: what the rules say, and the way in where there is one. @param {View} view */
function afterAll(view) {
  const late = view["coming_late"];
  if (!late) return null;
  return html`<section class="card" data-key="after"><p>${t(`candidate.after_absence.${late.rule}`)}</p>
    ${cameAt(view)}
    ${late.rule === "stands" ? null : html`<button type="button" class="button button-large" data-action="come">${t("candidate.after_absence.button")}</button>`}</section>`;
}

/** That they came is on record. @param {View} view */
function cameAt(view) {
  const at = view["coming_late"]?.turned_away_at;
  return at ? html`<p class="nums" data-key="came">${t("candidate.late.came", { at: time(at, zone(view)) })}</p>` : null;
}

/** Came after the time up to which the rules let somebody in. @param {View} view @param {Local} local @returns {Screen} */
export function lateScreen(view, local) {
  return {
    name: "late",
    step: 2,
    title: t("candidate.late.title"),
    body: html`${banner("warn", "late", null, t("candidate.late.body"))}${cameAt(view)}
      <p data-key="call">${t("candidate.late.call")}</p><p data-key="number" class="big-telephone">${telephone(view)}</p>
      <p data-key="retry"><button type="button" class="link-button" data-action="retry">${t("candidate.claim.retry")}</button></p>
      ${messages(view)}<div data-key="help-box">${help(view, local)}</div>`,
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
