// @ts-check
/** A roster from a spreadsheet: chosen or dropped, looked at by the gateway, imported whole or not at all. */

import { Problem } from "../api.js";
import { LARGEST, base64 } from "./files.js";
import { column, html, t } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {{rows: number, columns: string[], faults: Fault[], encoding: string, imported?: number}} Preview */

/** Faults that are listed; nobody mends more at a time */
const LISTED = 200;

export class Importing {
  /** @type {"empty"|"reading"|"looked"|"importing"|"done"} */ state = "empty";
  /** @type {Preview|null} */ preview = null;
  name = "";
  error = "";
  #csv = "";

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
    await this.#ask("roster-preview", "looked");
  }

  async send() {
    if (this.state !== "looked" || !this.preview || this.preview.faults.length > 0) return;
    this.#enter("importing");
    await this.#ask("roster-import", "done");
  }

  /** @param {string} command @param {"looked"|"done"} then */
  async #ask(command, then) {
    try {
      this.preview = await this.session.command(command, { csv: this.#csv });
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
    ${preview && state === "done" ? html`<p class="banner banner-ok" role="status"><strong>${t("import.done", { n: preview.imported ?? preview.rows })}</strong></p>` : ""}
    ${preview && state !== "done" ? html`<p><strong>${importing.name}</strong> <span class="soft">${preview.encoding}</span></p>
      ${preview.faults.length > 0 ? faultsMarkup(preview.faults) : ready(preview, state === "importing")}` : ""}`;
}

/** @param {Preview} preview @param {boolean} busy */
function ready(preview, busy) {
  return html`<div class="banner banner-ok"><p class="banner-title">✓ ${t("import.fine", { n: preview.rows })}</p>
    <p>${t("import.columns")} ${preview.columns.map((name) => html`<span class="tag tag-soft">${name}</span> `)}</p></div>
    <p><button type="button" class="button button-primary button-large" data-action="import" aria-busy="${busy ? "true" : "false"}">${t("import.go", { n: preview.rows })}</button></p>`;
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
