// @ts-check
/**
 * What the store has lost of this event, and the decision that only an administrator may take: a better copy is
 * restored, which needs no word of theirs, or the event goes on with what is there.
 */

import { Problem } from "../api.js";
import { renderChanged } from "../console/keyed.js";
import { render } from "../html.js";
import { announce } from "../shell.js";
import { html, label, t, time, when, word } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").Loss} Loss */
/** @typedef {{interview: string, number: string, name: string, room: string, starts_at: number, entries: number, before: string, now: string|null}} Person */
/** @typedef {{event: number, rooms: number, interviews: Person[], unknown: number}} Missing */

/** People that are drawn at once; the command line says the others. */
const SHOWN = 200;

export class Losing {
  /** @type {Loss|null} */ #loss = null;
  /** @type {Missing|null} */ #missing = null;
  #asked = "";
  #reason = "";
  #trouble = "";
  #busy = false;

  /**
   * @param {HTMLElement} place @param {HTMLDialogElement} dialog @param {import("../api.js").Session} session
   * @param {() => AdminView|null} view
   */
  constructor(place, dialog, session, view) {
    this.place = place;
    this.dialog = dialog;
    this.session = session;
    this.view = view;
  }

  /** @param {AdminView} view */
  show(view) {
    const before = this.#loss;
    this.#loss = view.loss ?? null;
    if (this.#loss === null) {
      if (before !== null) this.#over();
      return;
    }
    const asked = JSON.stringify(this.#loss);
    if (asked !== this.#asked) void this.#ask(asked);
    this.place.hidden = false;
    if (before === null) announce(t("line.loss"), { urgent: true });
    this.#draw();
  }

  handlers() {
    return {
      "loss-ask": (/** @type {HTMLElement} */ form) => this.#confirm(/** @type {HTMLFormElement} */ (form)),
      "loss-go": () => void this.#accept(),
    };
  }

  /** Whose entries they are, which no view says. @param {string} asked */
  async #ask(asked) {
    this.#asked = asked;
    try {
      const answer = await this.session.command("loss-show", {});
      this.#missing = answer.missing;
    } catch {
      this.#asked = ""; // the next view asks again
    }
    this.#draw();
  }

  #over() {
    this.#missing = null;
    this.#asked = this.#trouble = this.#reason = "";
    const mine = this.dialog.open && this.dialog.querySelector("[data-submit=loss-go]") !== null;
    if (mine) this.dialog.close();
    const here = mine || this.place.contains(document.activeElement);
    renderChanged(this.place, html`<div class="banner banner-ok"><h2 class="banner-title" id="loss-title" tabindex="-1">✓ ${t("loss.over")}</h2><p>${t("loss.over_what")}</p></div>`);
    if (here) document.getElementById("loss-title")?.focus();
    announce(t("loss.over"));
  }

  /** @param {HTMLFormElement} form */
  #confirm(form) {
    const loss = this.#loss;
    if (!loss) return;
    this.#reason = String(new FormData(form).get("reason") ?? "").trim();
    this.#trouble = "";
    this.#draw();
    if (!this.#reason) return;
    this.#askOnceMore(loss);
  }

  /** @param {Loss} loss */
  #askOnceMore(loss) {
    render(this.dialog, html`<form data-submit="loss-go">
      <h2 id="confirm-title">${t("loss.confirm", { n: loss.missing })}</h2>
      <p>${t("loss.confirm_what", { n: loss.missing, first: loss.kept + 1, last: loss.offset })}</p>
      <dl class="kept-facts"><dt>${t("loss.reason_said")}</dt><dd>${this.#reason}</dd></dl>
      ${this.#trouble ? html`<p role="alert" class="refusal">${this.#trouble}</p>` : ""}
      <p class="ask-buttons"><button type="button" class="button" data-action="cancel">${t("confirm.cancel")}</button>
        <button type="submit" class="button button-danger" aria-busy="${this.#busy ? "true" : "false"}">${t("loss.go", { n: loss.missing })}</button></p></form>`);
    if (!this.dialog.open) this.dialog.showModal();
  }

  async #accept() {
    const loss = this.#loss;
    if (!loss || this.#busy) return;
    this.#busy = true;
    this.#trouble = "";
    this.#askOnceMore(loss);
    try {
      await this.session.command("loss-accept", { offset: loss.offset, reason: this.#reason });
      this.dialog.close();
      announce(t("loss.accepted"));
    } catch (error) {
      const moved = error instanceof Problem && (error.code === "moved_on" || error.code === "nothing_lost");
      this.#trouble = moved ? t("loss.moved_on") : error instanceof Problem && error.detail ? error.detail : t("failed");
      if (moved) this.dialog.close();
    } finally {
      this.#busy = false;
      if (this.dialog.open && this.#loss) this.#askOnceMore(this.#loss);
      this.#draw();
    }
  }

  #draw() {
    const view = this.view();
    if (view && this.#loss) renderChanged(this.place, markup(view, this.#loss, this.#missing, this.#trouble));
  }
}

/** @param {AdminView} view @param {Loss} loss @param {Missing|null} missing @param {string} trouble */
function markup(view, loss, missing, trouble) {
  return html`<h2 id="loss-title" tabindex="-1">${t("loss.title")}</h2>
    <p>${t(loss.gone ? "loss.lead_gone" : "loss.lead", { n: loss.missing })}</p>
    ${trouble ? html`<p role="alert" class="refusal">${trouble}</p>` : ""}
    <dl class="kept-facts">
      <dt>${t("loss.missing")}</dt><dd><strong>${t("loss.entries", { n: loss.missing })}</strong> <span class="soft">${t("loss.numbers", { first: loss.kept + 1, last: loss.offset })}</span></dd>
      <dt>${t("loss.since")}</dt><dd>${loss.kept_at ? when(loss.kept_at) : t("loss.from_the_start")}</dd>
      <dt>${t("loss.until")}</dt><dd>${when(loss.at)}</dd></dl>
    ${whose(view, missing)}
    <div class="ways"><section aria-labelledby="loss-restore"><h3 id="loss-restore">${t("loss.restore")}</h3><p>${t("loss.restore_what")}</p></section>
      <section aria-labelledby="loss-go-on"><h3 id="loss-go-on">${t("loss.go_on")}</h3>${loss.gone ? html`<p>${t("loss.go_on_gone")}</p>` : goOn()}</section></div>`;
}

function goOn() {
  return html`<p>${t("loss.go_on_what")}</p>
    <form class="kept-form" id="loss-form" data-submit="loss-ask">
      <label><span>${t("loss.reason")}</span><input class="input" name="reason" required pattern=".*[^ 　].*" maxlength="500" autocomplete="off"></label>
      <div><button class="button">${t("loss.next")}</button></div></form>`;
}

/** @param {AdminView} view @param {Missing|null} missing */
function whose(view, missing) {
  if (missing === null) return html`<p class="soft">${t("loss.looking")}</p>`;
  const rooms = Object.fromEntries(view.settings.rooms.map((room) => [room.id, label(room.name)]));
  const { interviews } = missing;
  return html`<div><h3>${t("loss.whose")}</h3>
    ${interviews.length === 0 ? html`<p>${t("loss.nobody")}</p>` : html`<ul class="lost" aria-label="${t("loss.whose")}">${interviews.slice(0, SHOWN).map((one) => html`<li data-key="${one.interview}">
      <p><strong>${one.number} ${one.name}</strong> <span class="soft">${time(one.starts_at)} ${rooms[one.room] ?? one.room}</span></p>
      <p>${t("loss.entries", { n: one.entries })}<span class="change">${change(one)}</span></p></li>`)}</ul>`}
    ${rest(interviews.length - SHOWN, "loss.more")}
    ${rest(missing.rooms, "loss.of_rooms")}${rest(missing.event, "loss.of_event")}${rest(missing.unknown, "loss.unknown")}</div>`;
}

/** @param {Person} one */
function change(one) {
  const before = word("phase", one.before);
  if (one.now === null) return t("loss.change_none", { before });
  return one.now === one.before ? t("loss.change_same", { before }) : t("loss.change", { before, now: word("phase", one.now) });
}

/** @param {number} n @param {string} key */
function rest(n, key) {
  return n > 0 ? html`<p>${t(key, { n })}</p>` : "";
}
