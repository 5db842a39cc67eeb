// @ts-check
/** A roster from a spreadsheet: chosen or dropped, looked at by the gateway, imported whole or not at all. */

import { Problem } from "../api.js";
import { LARGEST, base64 } from "./files.js";
import { differencesMarkup, warningsMarkup, withdrawMarkup } from "./differences.js";
import { column, html, t } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {import("./differences.js").Changes} Changes */
/** @typedef {{rows: number, columns: string[], faults: Fault[], warnings?: Fault[], encoding: string, imported?: number, changes?: Changes,
 *   applied?: {added: number, changed: number, withdrawn: number}}} Preview */

/** Faults that are listed; nobody mends more at a time */
const LISTED = 200;

export class Importing {
  /** @type {"empty"|"reading"|"looked"|"importing"|"done"} */ state = "empty";
  /** @type {Preview|null} */ preview = null;
  name = "";
  error = "";
  withdraw = false;
  side = "candidate";
  #csv = "";
  #despite = false;

  /** @param {Session} session @param {() => void} changed */
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
  }

  /** @param {File|undefined} file */
  async look(file) {
    if (!file) return;
    this.preview = null;
    this.name = file.name;
    if (file.size > LARGEST) {
      this.#enter("empty", t("import.too_large"));
      return;
    }
    this.#enter("reading");
    this.#csv = await base64(file);
    await this.#look(false);
  }

  /** The same file, what breaks the event's rules being meant. */
  async despite() {
    await this.#look(true);
  }

  /** @param {boolean} despite */
  async #look(despite) {
    this.#despite = despite;
    this.withdraw = false;
    await this.#ask("roster-preview", "looked", {});
  }

  /** @param {boolean} on whether those who are missing from the file are withdrawn */
  setWithdraw(on) {
    this.withdraw = on;
    this.changed();
  }

  /** @param {string} side */
  setSide(side) {
    this.side = side;
  }

  async send() {
    if (this.state !== "looked" || !this.preview || this.preview.faults.length > 0) return;
    const { changes } = this.preview;
    this.#enter("importing");
    await this.#ask("roster-import", "done", {
      ...(changes ? { token: changes.token } : {}),
      ...(changes && this.withdraw ? { withdraw_missing: changes.withdrawable, withdraw_side: this.side } : {}),
    });
  }

  /** @param {string} command @param {"looked"|"done"} then @param {object} chosen */
  async #ask(command, then, chosen) {
    try {
      this.preview = await this.session.command(command, { csv: this.#csv, update: true, despite_rules: this.#despite, ...chosen });
      this.#enter(then);
    } catch (error) {
      this.#enter(this.preview ? "looked" : "empty", error instanceof Problem && error.detail ? error.detail : t("import.failed"));
    }
  }

  /** @param {Importing["state"]} state @param {string} [error] */
  #enter(state, error = "") {
    this.state = state;
    this.error = error;
    this.changed();
  }
}

/** @param {Importing} importing */
export function importMarkup(importing) {
  const { preview, state } = importing;
  return html`
    ${importing.error ? html`<p class="banner banner-fail" role="alert">${importing.error}</p>` : ""}
    ${state === "reading" ? html`<p role="status">${t("import.reading", { name: importing.name })}</p>` : ""}
    ${preview && state === "done" ? html`<p class="banner banner-ok" role="status"><strong>${done(preview)}</strong></p>` : ""}
    ${preview && state !== "done" ? html`<p><strong>${importing.name}</strong> <span class="soft">${preview.encoding}</span></p>
      ${preview.faults.length > 0 ? html`${faultsMarkup(preview.faults)}${despiteMarkup(preview.faults)}` : ready(importing, preview)}` : ""}`;
}

/** @param {Preview} preview */
function done({ applied, imported, rows }) {
  const added = imported ?? rows;
  return applied && applied.changed + applied.withdrawn > 0 ? t("import.applied", applied) : t("import.done", { n: added });
}

/** Faults that are the office's own rules may be meant. @param {Fault[]} faults */
function despiteMarkup(faults) {
  if (!faults.every((fault) => fault.rule)) return "";
  return html`<p>${t("import.rules_only")}</p><p><button type="button" class="button" data-action="import-despite">${t("import.despite")}</button></p>`;
}

/** @param {Importing} importing @param {Preview} preview */
function ready(importing, preview) {
  const { changes } = preview;
  const busy = importing.state === "importing";
  const known = changes ? changes.counts.moved + changes.counts.changed + changes.counts.missing + changes.counts.unchanged : 0;
  const nothing = changes && changes.counts.added + changes.counts.moved + changes.counts.changed === 0 && !(importing.withdraw && changes.withdrawable);
  return html`${preview.warnings?.length ? warningsMarkup(preview.warnings) : ""}
    ${changes && known ? html`${differencesMarkup(changes)}${changes.withdrawable ? withdrawMarkup(changes, importing) : ""}`
      : html`<div class="banner banner-ok"><p class="banner-title">✓ ${t("import.fine", { n: preview.rows })}</p>
        <p>${t("import.columns")} ${preview.columns.map((name) => html`<span class="tag tag-soft">${name}</span> `)}</p></div>`}
    ${nothing ? html`<p role="status">${t("import.nothing")}</p>`
      : html`<p><button type="button" class="button button-primary button-large" data-action="import" aria-busy="${busy ? "true" : "false"}">${known ? t("import.apply") : t("import.go", { n: preview.rows })}</button></p>`}`;
}

/** What is wrong with a file, by line and column. @param {Fault[]} faults */
export function faultsMarkup(faults) {
  return html`<div class="banner banner-fail" role="alert"><p class="banner-title">✕ ${t("import.faults", { n: faults.length })}</p><p>${t("import.nothing_changed")}</p></div>
    <div class="scroll" tabindex="0" role="region" aria-label="${t("import.fault_list")}"><table class="table faults">
      <thead><tr><th scope="col">${t("import.line")}</th><th scope="col">${t("import.column")}</th><th scope="col">${t("import.what")}</th></tr></thead>
      <tbody>${faults.slice(0, LISTED).map((fault) => html`<tr><td class="nums">${fault.line || t("import.whole_file")}</td><td>${column(fault.column)}</td><td>${fault.sentence}</td></tr>`)}</tbody>
    </table></div>
    ${faults.length > LISTED ? html`<p class="soft">${t("import.more", { n: faults.length - LISTED })}</p>` : ""}`;
}
