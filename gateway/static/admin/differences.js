// @ts-check
/** What a roster would change of the one that is there: old and new beside each other, and who is missing from the file. */

import { clock, column, html, t } from "./words.js";

/** @typedef {import("./types.js").Fault} Fault */
/**
 * @typedef {"added"|"moved"|"changed"|"missing"|"unchanged"} Kind
 * @typedef {{column: string, title: string, old: string, new: string}} Field
 * @typedef {{kind: Kind, line: number|null, interview: string|null, number: string, name: string, room: string, starts_at: number,
 *   phase: string|null, withdrawable: boolean, resits?: string, fields: Field[]}} Row
 * @typedef {{counts: Record<Kind, number>, withdrawable: number, rows: Row[], more: number, token: string}} Changes
 */

/** @type {Kind[]} */
const KINDS = ["added", "moved", "changed", "missing", "unchanged"];
const SIDES = ["candidate", "staff"];

/** @param {Changes} changes */
export function differencesMarkup({ counts, rows, more }) {
  return html`<div class="banner banner-ok"><p class="banner-title">${t("import.compared")}</p>
      <ul class="tags">${KINDS.filter((kind) => counts[kind] > 0).map((kind) => html`<li><span class="tag tag-soft">${t(`import.kind.${kind}`)} <strong class="nums">${counts[kind]}</strong></span></li>`)}</ul></div>
    ${rows.length ? html`<div class="scroll" tabindex="0" role="region" aria-label="${t("import.compared")}"><table class="table faults differences">
      <thead><tr><th scope="col">${t("import.kind")}</th><th scope="col">${t("import.who")}</th><th scope="col">${t("import.difference")}</th></tr></thead>
      <tbody>${rows.map((row) => html`<tr><td>${t(`import.kind.${row.kind}`)}</td><th scope="row"><span class="nums">${row.number}</span> ${row.name}</th><td>${what(row)}</td></tr>`)}</tbody>
    </table></div>` : ""}
    ${more ? html`<p class="soft">${t("import.more_differences", { n: more })}</p>` : ""}`;
}

/** @param {Row} row */
function what(row) {
  const place = html`<span class="nums">${clock(row.starts_at)}</span> ${row.room}`;
  if (row.kind === "added") return row.resits ? html`${place} <span class="tag tag-soft">${t("import.resit", { number: row.resits })}</span>` : place;
  if (row.kind === "missing") return html`${place} ${t(row.withdrawable ? "import.stays" : "import.stays_seated")}`;
  return html`<ul class="plain">${row.fields.map((field) => html`<li>${column(field.column)}: <del>${field.old || t("import.empty_cell")}</del> <span aria-hidden="true">→</span><span class="visually-hidden">${t("import.becomes")}</span> <ins>${field.new || t("import.empty_cell")}</ins></li>`)}</ul>`;
}

/** @param {Changes} changes @param {{withdraw: boolean, side: string}} chosen */
export function withdrawMarkup({ withdrawable }, { withdraw, side }) {
  return html`<div class="withdraw"><label class="check"><input type="checkbox" name="withdraw" data-change="import-withdraw" ?checked=${withdraw}><span><strong>${t("import.withdraw", { n: withdrawable })}</strong><span class="hint">${t("import.withdraw_hint")}</span></span></label>
    ${withdraw ? html`<label class="under"><span>${t("import.side")}</span> <select class="select" name="side" data-change="import-side">
      ${SIDES.map((one) => html`<option value="${one}" ?selected=${one === side}>${t(`import.side.${one}`)}</option>`)}</select></label>` : ""}</div>`;
}

/** What stops nothing, and is worth a look. @param {Fault[]} warnings */
export function warningsMarkup(warnings) {
  return html`<div class="banner banner-warn" role="status"><p class="banner-title">！ ${t("import.warnings", { n: warnings.length })}</p>
    <div class="scroll-short" tabindex="0" role="region" aria-label="${t("import.warnings_list")}"><ul class="plain">${warnings.map((one) => html`<li><span class="nums">${t("import.line")} ${one.line}</span> ${column(one.column)}: ${one.sentence}</li>`)}</ul></div></div>`;
}
