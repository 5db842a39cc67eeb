// @ts-check
/** After the interview, and pages that may show nothing any more. */

import { html } from "../html.js";
import { t } from "../i18n.js";
import { banner, messages, telephone, trouble } from "./parts.js";
import { receiptBox } from "./receipt.js";
import { saidCard } from "./voice.js";

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
      ${phase === "cancelled" ? saidCard(view, local) : null}
      ${receiptBox(view, local)}
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
