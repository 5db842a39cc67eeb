// @ts-check
/** The rules in sentences, and how they and the notice are changed: a file, a look at what it changes, then the change. */

import { renderChanged } from "../console/keyed.js";
import { clock, html, t } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {{key: string, sentence: string}} Line */
/** @typedef {{changed: boolean, gone: Line[], new: Line[], version?: string, asked_again?: number}} Difference */
/** @typedef {{command: "policy"|"notice", name: string, file: object, found: Difference|null, faults: {path: string, sentence: string}[], trouble: string, done: boolean}} Change */

/** Bytes; an event's file of a city has some 10 KB. */
const LARGEST = 60_000;

export class Rules {
  /** @type {{lines: Line[], changed_at: number|null}|null} */ #rules = null;
  /** @type {Change|null} */ #change = null;
  #policy = "";
  #busy = false;

  /** @param {HTMLElement} place @param {import("../api.js").Session} session @param {() => AdminView|null} view */
  constructor(place, session, view) {
    this.place = place;
    this.session = session;
    this.view = view;
    place.addEventListener("change", (event) => {
      const input = event.target;
      if (!(input instanceof HTMLInputElement) || input.type !== "file") return;
      const file = input.files?.[0];
      if (file) void this.#look(input.name === "notice" ? "notice" : "policy", file);
      input.value = "";
    });
  }

  /** The sentences are asked for again when the rules are others. @param {AdminView} view */
  show(view) {
    const policy = JSON.stringify(view.settings.policy);
    if (policy !== this.#policy) {
      this.#policy = policy;
      void this.session.read("rules").then((rules) => {
        this.#rules = rules;
        this.draw();
      }, () => undefined); // the next view asks again
    }
    this.draw();
  }

  handlers() {
    return { "rules-do": () => void this.#do(), "rules-drop": () => this.#drop() };
  }

  #drop() {
    this.#change = null;
    this.draw();
    document.getElementById("rules-title")?.focus();
  }

  /** @param {"policy"|"notice"} command @param {File} file */
  async #look(command, file) {
    /** @type {Change} */
    const change = { command, name: file.name, file: {}, found: null, faults: [], trouble: "", done: false };
    this.#change = change;
    try {
      if (file.size > LARGEST) throw new Error(t("rules.too_large"));
      change.file = JSON.parse(await file.text());
      change.found = /** @type {any} */ (await this.session.command(`${command}-preview`, { file: change.file }));
    } catch (error) {
      refused(change, error);
    }
    this.draw();
    document.getElementById("rules-change")?.focus();
  }

  async #do() {
    const change = this.#change;
    if (!change || this.#busy) return;
    this.#busy = true;
    this.draw();
    try {
      change.found = /** @type {any} */ (await this.session.command(`${change.command}-set`, { file: change.file }));
      change.done = true;
    } catch (error) {
      refused(change, error);
    }
    this.#busy = false;
    this.draw();
    document.getElementById("rules-change")?.focus();
  }

  draw() {
    renderChanged(this.place, markup(this.#rules, this.#change, this.#busy, this.view()));
  }
}

/** @param {Change} change @param {any} error */
function refused(change, error) {
  change.found = null;
  change.faults = error?.faults ?? [];
  change.trouble = error instanceof SyntaxError ? t("rules.malformed") : error instanceof Error ? error.message : String(error);
}

/** @param {{lines: Line[], changed_at: number|null}|null} rules @param {Change|null} change @param {boolean} busy @param {AdminView|null} view */
function markup(rules, change, busy, view) {
  return html`<p class="soft">${t("rules.lead")}${rules?.changed_at ? html` <strong>${t("rules.changed", { at: clock(rules.changed_at) })}</strong>` : ""}</p>
    ${rules ? html`<ul class="rules">${rules.lines.map((line) => html`<li>${line.sentence}</li>`)}</ul>` : html`<p class="soft">${t("rules.loading")}</p>`}
    ${agreements(view)}
    <div class="admin-tools" data-key="choose">
      <label class="button">${t("rules.choose")}<input class="visually-hidden" type="file" name="policy" accept=".json,application/json"></label>
      <label class="button">${t("rules.choose_notice")}<input class="visually-hidden" type="file" name="notice" accept=".json,application/json"></label>
    </div>
    ${change ? difference(change, busy) : ""}`;
}

/** Who agreed to which version. @param {AdminView|null} view */
function agreements(view) {
  const present = String(view?.settings.notice?.["version"] ?? "");
  const agreed = Object.values(view?.rows ?? {}).map((row) => row.agreed_to).filter(Boolean);
  const now = agreed.filter((version) => version === present).length;
  return html`<p>${t("rules.notice", { version: present, now, before: agreed.length - now })}</p>`;
}

/** @param {Change} change @param {boolean} busy */
function difference(change, busy) {
  const { found, faults, trouble, done, name, command } = change;
  return html`<div class="rules-change" id="rules-change" tabindex="-1" role="group" aria-labelledby="rules-change-title">
    <h3 id="rules-change-title">${t(done ? "rules.done" : "rules.look", { name })}</h3>
    ${trouble ? html`<div role="alert"><p><strong>${trouble}</strong></p><ul>${faults.map((fault) => html`<li><code>${fault.path}</code> ${fault.sentence}</li>`)}</ul></div>` : ""}
    ${found && !found.changed && !done ? html`<p>${t("rules.same")}</p>` : ""}
    ${found ? html`<ul class="rules-diff">${found.gone.map((line) => html`<li><del>${line.sentence}</del></li>`)}${found.new.map((line) => html`<li><ins>${line.sentence}</ins></li>`)}</ul>` : ""}
    ${found?.changed && command === "notice" ? html`<p>${t("rules.asked_again", { n: found.asked_again ?? 0 })}</p>` : ""}
    <div class="admin-tools">${found?.changed && !done ? html`<button type="button" class="button button-danger" data-action="rules-do" aria-busy="${busy ? "true" : "false"}">${t(`rules.do_${command}`)}</button>` : ""}
      <button type="button" class="button" data-action="rules-drop">${t(done || !found?.changed ? "rules.close" : "rules.drop")}</button></div></div>`;
}
