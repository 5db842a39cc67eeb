// @ts-check
/**
 * What a person tells the office of their own accord: late, cannot connect, number unknown, cancelling. Always at hand,
 * never in the way, and nothing is sent by the first press: a mail scanner presses one button and goes.
 */

import { date, time } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { isCompanion, telephone, trouble, zone } from "./parts.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {"late"|"cannot_connect"|"number_unknown"|"cancel"} Choice */

/** Minutes that are offered; who needs longer says so in words. */
const MINUTES = [5, 10, 15, 20, 30, 60];
const IN_ROOM = new Set(["admitting", "in_session"]);

/** @param {View} view @param {Local} local */
export function help(view, local) {
  const offered = choices(view, local);
  const chosen = offered.find((choice) => choice === local.voice) ?? "";
  return html`${saidCard(view, local)}<details class="card help" id="help" data-key="help"><summary>${t("candidate.help.title")}</summary>
    <div class="choices" role="group" aria-label="${t("candidate.help.reason")}" data-key="choices">
      ${offered.map((choice) => html`<button type="button" class="button" data-key="choose-${choice}" data-action="voice" data-choice="${choice}" aria-expanded="${choice === chosen ? "true" : "false"}">${t(`candidate.help.${choice}`)}</button>`)}
    </div>
    ${chosen ? panel(chosen, view, local) : null}
    ${offered.includes("cancel") || IN_ROOM.has(view["phase"]) || isCompanion(view) ? null : html`<p class="soft" data-key="cancel-call">${t("candidate.voice.cancel_call")} ${telephone(view)}</p>`}</details>`;
}

/** Whoever has checked in is not late any more. @param {View} view @param {Local} local @returns {Choice[]} */
function choices(view, local) {
  const until = view["schedule"]?.cancel_by ?? null;
  const seated = Boolean(view["seat"] || view["you"]);
  /** @type {[Choice, boolean][]} */
  const all = [
    ["late", !seated],
    ["cannot_connect", true],
    ["number_unknown", !seated && !isCompanion(view)],
    ["cancel", !isCompanion(view) && until !== null && local.now <= until],
  ];
  return all.filter(([, shown]) => shown).map(([choice]) => choice);
}

/** @param {Choice} choice @param {View} view @param {Local} local */
function panel(choice, view, local) {
  if (view["kind"] === "shared" && choice !== "number_unknown") return call(view, t("candidate.voice.shared"));
  const made = { late, cannot_connect: cannotConnect, number_unknown: numberUnknown, cancel };
  return html`<div class="voice" data-key="panel-${choice}">${made[choice](view, local)}</div>`;
}

/** @param {View} view @param {Local} local */
function late(view, local) {
  const fault = local.faults["minutes"];
  return html`<form data-submit="late" data-change="minutes" data-key="form" novalidate>
    <fieldset class="field" aria-describedby="minutes-fault"><legend>${t("candidate.help.minutes")}<span class="required">${t("common.required")}</span></legend>
      <div class="minutes">${MINUTES.map((minutes) => html`<label class="check"><input type="radio" name="minutes" value="${minutes}"><span>${t("candidate.voice.minutes", { n: minutes })}</span></label>`)}</div>
      <p class="error" id="minutes-fault" role="alert" ?hidden=${!fault}>${fault}</p></fieldset>
    ${words("late")}
    ${send("late", local)}</form>
    <p class="soft" data-key="rule">${t("candidate.voice.late_rule")} ${telephone(view)}</p>`;
}

/** The number to call comes first: a page that does not work is no place to wait on. @param {View} view @param {Local} local */
function cannotConnect(view, local) {
  return html`${call(view, t("candidate.voice.call_first"))}
    <form data-submit="cannot-connect" data-key="form" novalidate>${words("cannot")}${send("cannot_connect", local)}</form>`;
}

/** @param {View} view @param {Local} local */
function numberUnknown(view, local) {
  return html`<p data-key="lead">${t("candidate.number.unknown_body")} ${telephone(view)}</p>
    ${local.helpSentAt ? html`<p class="banner banner-ok" role="status" data-key="sent">${t("candidate.help.sent", { at: time(local.helpSentAt, zone(view)) })}</p>` : null}
    ${trouble(local, "unknown")}
    <button type="button" class="button" data-action="unknown" ?aria-disabled=${local.busy === "unknown"}>${t("candidate.number.unknown_button")}</button>`;
}

/** First what it means and with which number, then once more. @param {View} view @param {Local} local */
function cancel(view, local) {
  const { schedule } = view;
  const when = `${date(schedule.starts_at, zone(view))} ${time(schedule.starts_at, zone(view))}`;
  if (local.cancelling) return sure(when, view, local);
  const fault = local.faults["cancel"];
  const until = `${date(schedule.cancel_by, zone(view))} ${time(schedule.cancel_by, zone(view))}`;
  return html`<p data-key="lead">${t("candidate.voice.cancel_body", { at: until })}</p>
    <form data-submit="cancel" data-key="form" novalidate autocomplete="off">
      <div class="field"><label for="cancel-number">${t("candidate.number.number")}<span class="required">${t("common.required")}</span></label>
        <input class="input" id="cancel-number" name="number" maxlength="100" autocomplete="off" spellcheck="false" aria-describedby="cancel-fault" aria-invalid="${fault ? "true" : "false"}">
        <p class="error" id="cancel-fault" role="alert" ?hidden=${!fault}>${fault}</p></div>
      ${words("cancel")}
      ${trouble(local, "cancel")}
      <button type="submit" class="button">${t("candidate.voice.cancel_next")}</button></form>`;
}

/** @param {string} when @param {View} view @param {Local} local */
function sure(when, view, local) {
  return html`<div class="banner banner-warn" data-key="sure" role="group" aria-labelledby="sure-title"><h3 id="sure-title" tabindex="-1">${t("candidate.voice.sure", { at: when })}</h3>
    <p>${t("candidate.voice.sure_body")} ${telephone(view)}</p>${trouble(local, "cancel")}
    <div class="buttons"><button type="button" class="button" data-key="keep" data-action="cancel-keep">${t("candidate.voice.keep")}</button>
      <button type="button" class="button button-danger" data-key="do" data-action="cancel-sure" ?aria-disabled=${local.busy === "cancel"}>${t("candidate.voice.cancel_button")}</button></div></div>`;
}

/** @param {View} view @param {string} lead */
function call(view, lead) {
  return html`<div class="voice-call" data-key="call"><p>${lead}</p><p class="huge-telephone">${telephone(view)}</p></div>`;
}

/** @param {string} name */
function words(name) {
  return html`<div class="field"><label for="words-${name}">${t("candidate.help.text")}</label><textarea class="input" id="words-${name}" name="text" maxlength="500"></textarea></div>`;
}

/** @param {string} action @param {Local} local */
function send(action, local) {
  return html`${trouble(local, action)}<button type="submit" class="button button-primary" ?aria-disabled=${local.busy === action}>${t(local.busy === action ? "common.sending" : "candidate.help.button")}</button>`;
}

/** What was sent, when, and whether anybody has read it. @param {View} view @param {Local} local */
export function saidCard(view, local) {
  const { said } = view;
  if (!said) return null;
  const what = said.code === "late" && said.minutes ? t("candidate.said.late_by", { n: said.minutes }) : t(`candidate.said.${said.code}`);
  const over = said.code === "cancelled";
  return html`<section class="card said" data-key="said" id="said" tabindex="-1" aria-labelledby="said-title"><h2 id="said-title">${t("candidate.said.title")}</h2>
    <p data-key="what"><span class="strong">${what}</span> <span class="soft nums">${t("candidate.said.at", { at: `${date(said.at, zone(view))} ${time(said.at, zone(view))}` })}</span></p>
    ${said.text ? html`<p class="said-words" data-key="words">${said.text}</p>` : null}
    <p data-key="seen">${saidState(said, view)}</p>
    ${said.withdrawn || over ? null : html`${trouble(local, "withdraw-notice")}
      <button type="button" class="button" data-key="withdraw" data-action="withdraw-notice" ?aria-disabled=${local.busy === "withdraw-notice"}>${t(`candidate.said.withdraw.${said.code}`)}</button>`}</section>`;
}

/** @param {any} said @param {View} view */
function saidState(said, view) {
  if (said.withdrawn) return t("candidate.said.withdrawn");
  if (said.seen_at) return html`<span aria-hidden="true">✓ </span>${t("candidate.said.seen", { at: time(said.seen_at, zone(view)) })}`;
  return html`${t("candidate.said.unseen")} ${telephone(view)}`;
}
