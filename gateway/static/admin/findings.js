// @ts-check
/** What a preflight found: what failed first, then what a person has to look at, then warnings, then what is well. */

import { html, label, providerName, roomNames, t, time, when, wordOf } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").Finding} Finding */
/** @typedef {import("./preflight.js").Preflight} Preflight */

/** @type {["failed"|"ask"|"warning"|"ok", string][]} */
const GROUPS = [["failed", "✕"], ["ask", "？"], ["warning", "！"], ["ok", "✓"]];
/** Slots that are shown at once; more are folded away. */
const SLOTS = 5;

/** @param {AdminView} view @param {Preflight} preflight */
export function preflightMarkup(view, preflight) {
  const { run, provider } = preflight;
  return html`<form class="admin-tools" data-submit="check">
      <label><span>${t("check.which")}</span><select class="select" name="provider" data-change="check-choose">
        ${view.providers.map(({ id, label: name }) => html`<option value="${id}" ?selected=${id === provider}>${label(name)}</option>`)}</select></label>
      <button type="submit" class="button button-primary" aria-busy="${run.busy ? "true" : "false"}">${run.busy ? t("check.busy") : t("check.go")}</button>
      <p class="soft">${run.at ? html`${t("check.last")} ${when(run.at)}` : t("check.never")}</p></form>
    ${run.busy ? html`<p role="status" data-key="busy">${t("check.waiting", { name: providerName(view, provider) })}</p>` : ""}
    ${run.error ? html`<div class="banner banner-fail" role="alert" data-key="error"><p class="banner-title">✕ ${t("check.failed", { name: providerName(view, provider) })}</p><p>${run.error}</p></div>` : ""}
    ${run.findings ? groupsMarkup(view, preflight, run.findings) : recordMarkup(view, preflight)}`;
}

/** @param {AdminView} view @param {Preflight} preflight @param {Finding[]} findings */
function groupsMarkup(view, preflight, findings) {
  return html`${GROUPS.map(([verdict, sign]) => {
    const found = findings.filter((finding) => finding.verdict === verdict);
    if (found.length === 0) return "";
    const heading = html`<span aria-hidden="true">${sign}</span> ${t(`check.group.${verdict}`)} <span class="group-count">${t("check.n", { n: found.length })}</span>`;
    const list = html`<ul class="findings">${verdict === "ask" ? found.map((finding) => askMarkup(view, preflight, finding)) : together(found).map((same) => findingMarkup(view, same))}</ul>`;
    if (verdict === "ok") return html`<details class="group found-ok" data-key="found-ok"><summary>${heading}</summary>${list}</details>`;
    return html`<section class="found found-${verdict}" data-key="found-${verdict}"><h3>${heading}</h3>${list}</section>`;
  })}`;
}

/** Findings of one check about slots stand together. @param {Finding[]} found @returns {Finding[][]} */
function together(found) {
  /** @type {Map<string, Finding[]>} */
  const groups = new Map();
  for (const [i, finding] of found.entries()) {
    const key = finding.interview ? finding.check : `${finding.check} ${i}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}

/** @param {AdminView} view @param {Finding[]} same */
function findingMarkup(view, same) {
  const [first] = same;
  if (!first) return "";
  if (!first.interview) return html`<li>${first.sentence}</li>`;
  const list = html`<ul class="slots">${same.map((finding) => html`<li>${slotMarkup(view, finding)}<span class="slot-why">${finding.sentence}</span></li>`)}</ul>`;
  const heading = html`${wordOf("check.name", first.check) ?? t("check.slots")} <strong>${t("check.n_slots", { n: same.length })}</strong>`;
  return same.length <= SLOTS ? html`<li>${heading}${list}</li>` : html`<li><details data-key="slots-${first.check}"><summary>${heading}</summary>${list}</details></li>`;
}

/** @param {AdminView} view @param {Finding} finding */
function slotMarkup(view, finding) {
  const row = view.rows[finding.interview ?? ""];
  const room = row ? roomNames(view)[row.room] : "";
  return html`<span class="slot"><span class="nums">${time(finding.starts_at ?? row?.starts_at)}</span> ${room} <span class="nums">${finding.number ?? row?.number ?? ""}</span> <strong>${finding.name ?? row?.name ?? ""}</strong></span>`;
}

/** What only a person can see. @param {AdminView} view @param {Preflight} preflight @param {Finding} finding */
function askMarkup(view, preflight, finding) {
  const { check } = finding;
  const confirmed = preflight.confirmation(view, check, finding.confirmed);
  const { busy, error } = preflight.confirming(check);
  return html`<li class="ask" data-key="ask-${preflight.provider}-${check}">
    <p class="ask-what">${finding.sentence}</p>
    <p>${confirmed ? confirmedMarkup(confirmed) : html`<span class="tag tag-warn">？ ${t("check.not_confirmed")}</span>`}</p>
    <form class="ask-form" data-submit="check-confirm" data-check="${check}">
      <label><span>${t("check.note")} <span class="may">${t("check.optional")}</span></span><input class="input" name="note" maxlength="500" autocomplete="off"></label>
      <button type="submit" class="button" aria-busy="${busy ? "true" : "false"}" aria-label="${t(confirmed ? "check.confirm_again" : "check.confirm")}: ${finding.sentence}">${t(confirmed ? "check.confirm_again" : "check.confirm")}</button>
    </form>${error ? html`<p role="alert" class="refusal">${error}</p>` : ""}</li>`;
}

/** @param {{at: number, by: string}} confirmed */
function confirmedMarkup({ at, by }) {
  return html`<span class="tag tag-ok">✓ ${t("check.is_confirmed")}</span> ${by ? t("how.by", { name: by }) : ""} ${when(at)}`;
}

/** What people have confirmed before, without asking the provider anything. @param {AdminView} view @param {Preflight} preflight */
function recordMarkup(view, preflight) {
  const before = (view.confirmations ?? []).filter(({ provider }) => provider === preflight.provider);
  if (before.length === 0) return html`<p class="soft" data-key="record">${t("check.explain")}</p>`;
  return html`<p class="soft" data-key="record">${t("check.explain")}</p><section class="found" data-key="before"><h3>${t("check.before")}</h3>
    <ul class="findings">${before.map((one) => html`<li data-key="${one.check}">${wordOf("check.name", one.check) ?? html`<code translate="no">${one.check}</code>`}<br>${confirmedMarkup(one)}</li>`)}</ul></section>`;
}
