// @ts-check
/** From the link to the seat: notice, devices, number and name, and what may stand in between. */

import { date, time } from "../clock.js";
import { html, safeUrl } from "../html.js";
import { pick, t } from "../i18n.js";
import { banner, facts, isCompanion, messages, telephone, trouble, zone } from "./parts.js";
import { help } from "./voice.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

/** @param {View} view @returns {boolean} whether the notice and the terms of the provider in use were agreed to */
export function agreed(view) {
  return view["notice"]?.agreed !== false && view["terms"]?.agreed !== false && texts(view).every((text) => text.agreed);
}

/** The event's texts besides the notice. @param {View} view @returns {any[]} */
export function texts(view) {
  return view["texts"] ?? [];
}

/** Which versions a consent is for: another notice, or another provider's terms, are to be shown anew. @param {View} view @returns {string} */
export function versions(view) {
  return `${view["notice"]?.version ?? ""} ${view["terms"]?.provider ?? ""} ${view["terms"]?.version ?? ""} ${texts(view).map((text) => text.id).join(" ")}`;
}

/** Paragraphs of a plain text; an empty line parts them. @param {unknown} text */
export function paragraphs(text) {
  return pick(text).split(/\n\s*\n/).map((part) => html`<p>${part.split("\n").map((line, i) => (i ? html`<br>${line}` : line))}</p>`);
}

/** @param {View} view @param {Local} local @returns {Screen} */
export function noticeScreen(view, local) {
  const { notice, terms } = view;
  const fault = local.faults["agree"];
  return {
    name: "notice",
    step: 0,
    title: t("candidate.notice.title"),
    body: html`
      ${view["room"]?.name ? html`<p data-key="room">${t("candidate.shared.room", { name: pick(view["room"].name) })}</p>` : null}
      ${facts(view, local)}
      <section class="card notice" data-key="notice" tabindex="0" aria-labelledby="notice-title"><h2 id="notice-title">${pick(notice.title)}</h2>${paragraphs(notice.body)}</section>
      ${texts(view).map(ownText)}
      ${terms ? html`<p data-key="terms">${t("candidate.notice.terms")}
        ${terms.url ? html`<a href="${safeUrl(terms.url)}" target="_blank" rel="noopener noreferrer">${pick(terms.title)}<span class="small">${t("common.new_tab")}</span></a>` : pick(terms.title)}</p>` : null}
      <form data-key="agree" data-submit="agree" novalidate>
        <p>${t("candidate.notice.read")}</p>
        <label class="check"><input type="checkbox" name="notice" id="agree-notice" aria-describedby="agree-fault" ?aria-invalid=${Boolean(fault)}><span>${t("candidate.notice.agree")}</span></label>
        ${texts(view).map((text) => html`<label class="check" data-key="agree-${text.id}"><input type="checkbox" name="text" value="${text.id}" aria-describedby="agree-fault"><span>${t("candidate.notice.text_agree", { title: pick(text.title) || text.id })}</span></label>`)}
        ${terms ? html`<label class="check"><input type="checkbox" name="terms" aria-describedby="agree-fault"><span>${t("candidate.notice.terms_agree", { title: pick(terms.title) })}</span></label>` : null}
        <p class="error" id="agree-fault" role="alert" ?hidden=${!fault}>${fault}</p>
        ${trouble(local, "agree")}
        <div class="buttons"><button type="submit" class="button button-primary button-large" ?aria-disabled=${local.busy === "agree"}>${t("candidate.notice.button")}</button></div>
      </form>
      <p class="soft after" data-key="disagree">${t("candidate.notice.disagree")}</p>
      <div data-key="help-box">${help(view, local)}</div>`,
  };
}

/** One of the event's own texts, in full or by its address. @param {any} text */
function ownText(text) {
  const title = pick(text.title) || text.id;
  if (text.body) return html`<section class="card notice" data-key="text-${text.id}" aria-label="${title}" tabindex="0"><h2>${title}</h2>${paragraphs(text.body)}</section>`;
  return html`<p data-key="text-${text.id}">${t("candidate.notice.text")}
    ${text.url ? html`<a href="${safeUrl(text.url)}" target="_blank" rel="noopener noreferrer">${title}<span class="small">${t("common.new_tab")}</span></a>` : title}</p>`;
}

/** Whether they will come: the reply without which the booking is void. @param {View} view @param {Local} local @returns {Screen} */
export function confirmScreen(view, local) {
  return {
    name: "confirm",
    step: 0,
    title: t("candidate.confirm.title"),
    body: html`${banner("warn", "reply", null, `${replyBy(view)} ${t("candidate.confirm.void")}`)}
      ${facts(view, local)}
      ${trouble(local, "confirm")}
      <div class="buttons" data-key="buttons"><button type="button" class="button button-primary button-large" data-action="confirm" ?aria-disabled=${local.busy === "confirm"}>${t("candidate.confirm.button")}</button>
        <button type="button" class="link-button" data-action="later">${t("candidate.confirm.later")}</button></div>
      <p class="soft after" data-key="cannot">${t("candidate.confirm.cannot")} ${telephone(view)}</p>
      <div data-key="help-box">${help(view, local)}</div>`,
  };
}

/** @param {View} view */
function replyBy(view) {
  const by = view["booking"].reply_by;
  if (!by || view["booking"].state === "overdue") return t("candidate.confirm.now");
  return t("candidate.confirm.by", { at: `${date(by, zone(view))} ${time(by, zone(view))}` });
}

/** What has become of the reply, before the day. @param {View} view */
function replied(view) {
  const { booking } = view;
  if (!booking) return null;
  if (booking.state === "confirmed") return html`<p data-key="replied"><span aria-hidden="true">✓ </span>${t("candidate.confirm.done")}</p>`;
  return html`<div class="banner banner-warn" data-key="unreplied"><p>${replyBy(view)} ${t("candidate.confirm.void")}</p>
    <button type="button" class="button" data-action="sooner">${t("candidate.confirm.answer")}</button></div>`;
}

/** The rules' checklist; what was ticked before is ticked. @param {View} view @param {Local} local @returns {Screen} */
export function declareScreen(view, local) {
  const { lines, ticked } = view["declarations"];
  const fault = local.faults["declare"];
  return {
    name: "declare",
    step: 1,
    title: t("candidate.declare.title"),
    body: html`<p data-key="lead">${t("candidate.declare.body")}</p>
      <form data-key="declare" data-submit="declare" novalidate>
        <fieldset class="declarations" aria-describedby="declare-fault"><legend>${t("candidate.declare.legend")}</legend>
          ${lines.map((/** @type {any} */ line) => html`<label class="check" data-key="line-${line.id}"><input type="checkbox" name="line" value="${line.id}" data-required="${line.required ? "yes" : ""}" ?checked=${ticked.includes(line.id)} ?aria-required=${line.required}>
            <span>${pick(line.text)} ${line.required ? html`<span class="required">${t("common.required")}</span>` : html`<span class="tag tag-soft">${t("candidate.declare.advice")}</span>`}</span></label>`)}
        </fieldset>
        <p class="error" id="declare-fault" role="alert" ?hidden=${!fault}>${fault}</p>
        ${trouble(local, "declare")}
        <div class="buttons"><button type="submit" class="button button-primary button-large" ?aria-disabled=${local.busy === "declare"}>${t("candidate.declare.button")}</button></div>
      </form>
      <p class="soft after" data-key="cannot">${t("candidate.declare.cannot")} ${telephone(view)}</p>
      <div data-key="help-box">${help(view, local)}</div>`,
  };
}

/** @param {View} view @param {Local} local @returns {Screen} */
export function checkScreen(view, local) {
  return {
    name: "check",
    step: 1,
    title: t("candidate.check.title"),
    body: html`<p data-key="lead">${t("candidate.check.body")}</p>${pretest(view)}${before(view)}
      <genkan-check data-key="check" camera="${view["camera"] ?? "required"}"></genkan-check>
      <div class="after" data-key="help-box">${help(view, local)}</div>`,
  };
}

/** What the rules say of a test before the day. @param {View} view */
function pretest(view) {
  const { pretest: found, seat } = view;
  if (!found || seat || view["schedule"]?.open) return null;
  if (found.at === null) return html`<p class="strong" data-key="pretest">${t(`candidate.pretest.${found.wanted}`)}</p>`;
  return html`<p data-key="pretest"><span aria-hidden="true">✓ </span>${t("candidate.pretest.done", { at: `${date(found.at, zone(view))} ${time(found.at, zone(view))}` })}</p>`;
}

/** The last check, perhaps of another device or day. @param {View} view */
function before(view) {
  const found = view["devices"];
  if (!found) return null;
  const parts = ["camera", "microphone", "speaker", "network"];
  const at = `${date(found.at, zone(view))} ${time(found.at, zone(view))}`;
  return html`<p class="soft" data-key="before">${t("candidate.check.before", { at })}
    ${parts.map((part, i) => `${i ? " / " : ""}${t(`candidate.check.${part}`)}：${t(`candidate.check.result.${found[part]}`)}`)}</p>`;
}

/** Too early to check in, and nothing else to do. @param {View} view @param {Local} local @returns {Screen} */
export function earlyScreen(view, local) {
  const { opens_at: opens } = view["schedule"];
  return {
    name: "early_days",
    step: 2,
    title: t("candidate.early_days.title"),
    body: html`${banner("ok", "ready", null, t("candidate.early_days.body", { at: `${date(opens, zone(view))} ${time(opens, zone(view))}` }))}
      ${replied(view)}
      ${facts(view, local)}
      <div class="buttons" data-key="buttons"><button type="button" class="button" data-action="recheck">${t("candidate.early_days.retest")}</button></div>
      <div class="after" data-key="help-box">${help(view, local)}</div>`,
  };
}

/** @param {View} view @param {Local} local @returns {Screen} */
export function numberScreen(view, local) {
  const companion = isCompanion(view);
  const wait = Math.max(0, Math.ceil((local.retryAt - Date.now()) / 1000));
  const tried = view["tries"]?.count > 0 || Boolean(local.faults["refused"]);
  const blocked = wait > 0 || local.busy === "check-in";
  return {
    name: "number",
    step: 2,
    title: t(companion ? "candidate.number.title_companion" : "candidate.number.title"),
    body: html`
      ${view["claim"]?.state === "refused" ? banner("fail", "claim", t("candidate.claim.refused.title"), t("candidate.claim.refused.body")) : null}
      ${view["coming_late"] ? banner("warn", "late", null, t(`candidate.late.rule.${view["coming_late"].rule}`)) : null}
      <p data-key="lead">${t(companion ? "candidate.number.body_companion" : "candidate.number.body")}</p>
      ${tried ? html`<div class="banner banner-warn" data-key="refused" id="refused" tabindex="-1"><p class="banner-title">${t("candidate.number.refused.title")}</p>
        <p>${t("candidate.number.refused.body")}</p><p>${t("candidate.number.refused.staff")} ${telephone(view)}</p></div>` : null}
      <form data-key="form" data-submit="check-in" novalidate autocomplete="off">
        ${companion ? null : field("number", local, { inputmode: "text", capitals: "characters" }, pick(view["number_hint"]))}
        ${field("name", local, { inputmode: "text", capitals: "off" })}
        ${trouble(local, "check-in")}
        <p class="nums" data-key="wait" ?hidden=${wait === 0}>${t("candidate.number.wait", { n: wait })}</p>
        <div class="buttons" data-key="buttons"><button type="submit" class="button button-primary button-large" ?aria-disabled=${blocked}>${t(local.busy === "check-in" ? "common.sending" : "candidate.number.button")}</button></div>
      </form>
      ${companion ? null : unknown(view, local)}
      <div data-key="facts-box" class="after">${facts(view, local)}</div>
      <p data-key="recheck"><button type="button" class="link-button" data-action="recheck">${t("candidate.early_days.retest")}</button></p>
      <div data-key="help-box">${help(view, local)}</div>`,
  };
}

/** @param {"number"|"name"} name @param {Local} local @param {{inputmode: string, capitals: string}} how @param {string} [shape] what it looks like, in the office's words */
function field(name, local, { inputmode, capitals }, shape = "") {
  const fault = local.faults[name];
  return html`<div class="field" data-key="field-${name}"><label for="${name}">${t(`candidate.number.${name}`)}<span class="required">${t("common.required")}</span></label>
    <p class="hint" id="${name}-hint">${shape ? `${t("candidate.number.shape", { hint: shape })} ` : ""}${t(`candidate.number.${name}_hint`)}</p>
    <input class="input" id="${name}" name="${name}" maxlength="100" required autocomplete="off" spellcheck="false" inputmode="${inputmode}" autocapitalize="${capitals}"
      aria-describedby="${name}-hint ${name}-fault" aria-invalid="${fault ? "true" : "false"}">
    <p class="error" id="${name}-fault" ?hidden=${!fault}>${fault}</p></div>`;
}

/** @param {View} view @param {Local} local */
function unknown(view, local) {
  return html`<details class="card" id="unknown"><summary>${t("candidate.number.unknown")}</summary><p>${t("candidate.number.unknown_body")} ${telephone(view)}</p>
    ${local.helpSentAt ? html`<p class="banner banner-ok" role="status" data-key="sent">${t("candidate.help.sent", { at: time(local.helpSentAt, zone(view)) })}</p>` : null}
    ${trouble(local, "unknown")}
    <button type="button" class="button" data-action="unknown" ?aria-disabled=${local.busy === "unknown"}>${t("candidate.number.unknown_button")}</button></details>`;
}

/** @param {View} view @param {Local} local @returns {Screen} */
export function claimScreen(view, local) {
  return {
    name: "claim",
    step: 2,
    title: t("candidate.claim.open.title"),
    body: html`${banner("info", "claim", null, t("candidate.claim.open.body"))}
      <p data-key="call">${t("candidate.number.refused.staff")} ${telephone(view)}</p>
      ${facts(view, local)}
      <p data-key="retry"><button type="button" class="button" data-action="retry">${t("candidate.claim.retry")}</button></p>
      ${messages(view)}<div data-key="help-box">${help(view, local)}</div>`,
  };
}
