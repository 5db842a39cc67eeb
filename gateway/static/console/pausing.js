// @ts-check
/** Stopping a room or the whole event, and going on: whose time is moved by how much is looked at before it is done. */

import { actions, html, render } from "../html.js";
import { clock, label, t } from "./words.js";

/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {{interview: string, room: string, number: string, name: string, before: number, after: number}} Shift */
/** @typedef {{room: string|null, on: boolean, minutes: number, shifts: Shift[]|null, fault: string, done: boolean}} Asked */

/** Minutes that a pause is looked at for; how long it lasts is decided by whoever ends it. */
const MINUTES = [5, 10, 15, 30, 60];
/** More lines than this say only how many there are. */
const LINES = 200;

export class PauseDialog {
  /** @type {HTMLDialogElement} */ #dialog;
  /** @type {(command: string, body: Record<string, unknown>) => Promise<any>} */ #post;
  /** @type {() => ConsoleView|null} */ #view;
  /** @type {Asked} */ #asked = { room: null, on: true, minutes: 10, shifts: null, fault: "", done: false };
  #looks = 0;

  /** @param {HTMLDialogElement} dialog @param {(command: string, body: Record<string, unknown>) => Promise<any>} post @param {() => ConsoleView|null} view */
  constructor(dialog, post, view) {
    this.#dialog = dialog;
    this.#post = post;
    this.#view = view;
    actions(dialog, {
      minutes: (element) => void this.#look(Number(/** @type {HTMLSelectElement} */ (element).value)),
      "pause-do": () => void this.#do(),
      close: () => dialog.close(),
    });
  }

  /** @param {string|null} room null: the whole event @param {boolean} on */
  open(room, on) {
    this.#asked = { room, on, minutes: on ? 10 : 0, shifts: null, fault: "", done: false };
    this.#draw();
    this.#dialog.showModal();
    document.getElementById("pause-title")?.focus();
    void this.#look(this.#asked.minutes);
  }

  get #target() {
    const { room } = this.#asked;
    return room === null ? {} : { room };
  }

  /** The last question that was asked is the one whose answer counts. @param {number} minutes */
  async #look(minutes) {
    const look = ++this.#looks;
    Object.assign(this.#asked, { minutes, shifts: null, fault: "" });
    this.#draw();
    try {
      const { shifts } = await this.#post("pause-preview", { ...this.#target, on: this.#asked.on, minutes });
      if (look === this.#looks) this.#asked.shifts = shifts;
    } catch (error) {
      if (look === this.#looks) this.#asked.fault = error instanceof Error ? error.message : String(error);
    }
    this.#draw();
  }

  /** Going on, the dialog stays with what was shifted: somebody will read it out. */
  async #do() {
    const { on } = this.#asked;
    try {
      if (!on) await this.#look(0);
      await this.#post("pause", { ...this.#target, on });
      if (on) return this.#dialog.close();
      this.#asked.done = true;
    } catch (error) {
      this.#asked.fault = error instanceof Error ? error.message : String(error);
    }
    this.#draw();
    document.getElementById("pause-title")?.focus();
  }

  #draw() {
    render(this.#dialog, markup(this.#asked, this.#view()));
  }
}

/** @param {Asked} asked @param {ConsoleView|null} view */
function markup(asked, view) {
  const { room, on, minutes, fault, done } = asked;
  const where = room === null ? t("pause.everywhere") : label(view?.rooms[room]?.name ?? room);
  const key = done ? "done" : on ? "on" : "off";
  return html`<div class="ask">
    <h2 id="pause-title" tabindex="-1">${t(`pause.${key}.title`, { where })}</h2>
    <p class="ask-effect">${t(`pause.${key}.effect`)}</p>
    ${on ? html`<label class="field"><span>${t("pause.minutes")}</span><select data-change="minutes">
      ${MINUTES.map((n) => html`<option value="${n}" ?selected=${n === minutes}>${t("pause.n_minutes", { n })}</option>`)}</select></label>` : ""}
    <div role="status">${shiftsMarkup(asked, view)}</div>
    <p role="alert" class="refusal">${fault}</p>
    <div class="ask-buttons"><button type="button" class="button" data-key="close" data-action="close">${t(done ? "dialog.close" : "form.cancel")}</button>
      ${done ? "" : html`<button type="button" class="button ${on ? "button-danger" : "button-primary"}" data-key="do" data-action="pause-do">${t(`pause.${key}.submit`)}</button>`}</div></div>`;
}

/** @param {Asked} asked @param {ConsoleView|null} view */
function shiftsMarkup({ shifts, fault }, view) {
  if (shifts === null) return fault ? "" : html`<p class="soft">${t("pause.looking")}</p>`;
  if (shifts.length === 0) return html`<p>${t("pause.nobody")}</p>`;
  const most = Math.round(Math.max(...shifts.map((shift) => shift.after - shift.before)) / 60_000);
  return html`<p><strong>${t("pause.count", { n: shifts.length, most })}</strong></p>
    <div class="shifts" tabindex="0" role="region" aria-label="${t("pause.table")}"><table><thead><tr><th scope="col">${t("pause.room")}</th><th scope="col">${t("pause.who")}</th><th scope="col">${t("pause.before")}</th><th scope="col">${t("pause.after")}</th></tr></thead>
    <tbody>${shifts.slice(0, LINES).map((shift) => html`<tr><td>${label(view?.rooms[shift.room]?.name ?? shift.room)}</td><td>${shift.number} ${shift.name}</td><td class="nums">${clock(shift.before)}</td><td class="nums"><strong>${clock(shift.after)}</strong></td></tr>`)}</tbody></table></div>`;
}
