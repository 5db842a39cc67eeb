// @ts-check
/** Mail: the letters as an invented person gets them, sending after a look at the recipients, and what was sent. */

import { Problem } from "../api.js";
import { renderChanged } from "../console/keyed.js";
import { announce } from "../shell.js";
import { html, roomNames, t, when, word } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {{number: string, name: string, code?: string}} Person */
/** @typedef {{recipients: Person[], already: number, without_address: Person[], refused: Person[], queued?: number}} Plan */
/** @typedef {{subject: string, text: string, name: string, page: string, calendar: string|null}} Letter two addresses of files in memory */
/** @typedef {{configured: boolean, rehearsal: boolean, trouble: {code: string}|null}} State */

const WHATS = ["invitation", "changed", "reminder", "ready", "absence", "cancelled"];
/** Trouble of the mail server is in no journal: it is asked for this often (ms) where somebody looks. */
const AGAIN = 20_000;
/** Mails that are drawn; the record and a disclosure have the others. */
const SHOWN = 200;

export class Mailing {
  /** @type {State|null} */ #state = null;
  /** @type {Letter|null} */ #letter = null;
  /** @type {{plan: Plan, body: object}|null} */ #planned = null;
  #said = "";
  #trouble = "";
  #asked = 0;
  #busy = false;

  /** @param {HTMLElement} place @param {import("../api.js").Session} session @param {() => AdminView|null} view */
  constructor(place, session, view) {
    this.place = place;
    this.session = session;
    this.view = view;
    setInterval(() => { if (!document.hidden) this.#lookAgain(); }, AGAIN);
  }

  /** Whether the server takes mail is asked for again when the journal has moved on. @param {AdminView} view */
  show(view) {
    if (view.journal.offset !== this.#asked) this.#lookAgain();
    this.draw();
  }

  #lookAgain() {
    const view = this.view();
    if (view === null || this.place.closest("[hidden]") !== null) return;
    this.#asked = view.journal.offset;
    void this.session.command("mail-status", {}).then((found) => {
      this.#state = /** @type {any} */ (found);
      this.draw();
    }, () => { this.#asked = 0; }); // the next view asks again
  }

  handlers() {
    return {
      "mail-sample": (/** @type {HTMLElement} */ form) => void this.#sample(new FormData(/** @type {HTMLFormElement} */ (form))),
      "mail-look": (/** @type {HTMLElement} */ form) => void this.#look(new FormData(/** @type {HTMLFormElement} */ (form))),
      "mail-go": () => void this.#go(),
      "mail-forget": () => { this.#planned = null; this.draw(); },
      "mail-resend": (/** @type {HTMLElement} */ button) => void this.#resend(button.dataset["interview"] ?? "", button.dataset["what"] ?? ""),
    };
  }

  /** @param {FormData} fields */
  async #sample(fields) {
    const body = { what: String(fields.get("what")), language: String(fields.get("language")) };
    const answer = await this.#do("mail-sample", body);
    if (!answer) return;
    for (const file of this.#letter ? [this.#letter.page, this.#letter.calendar] : []) if (file) URL.revokeObjectURL(file);
    this.#letter = {
      subject: answer.subject, text: answer.text, name: `${body.what}.${body.language}`,
      page: address([answer.html], "text/html;charset=utf-8"),
      calendar: answer.calendar ? address([Uint8Array.from(atob(answer.calendar), (c) => c.charCodeAt(0))], "text/calendar") : null,
    };
    this.draw();
    document.getElementById("mail-letter")?.focus();
  }

  /** @param {FormData} fields */
  async #look(fields) {
    const room = String(fields.get("room") ?? "");
    const body = { what: String(fields.get("what")), ...(room ? { room } : { all: true }), ...(fields.get("again") ? { again: true } : {}) };
    this.#planned = null;
    this.#said = "";
    const plan = await this.#do("mail-preview", body);
    if (!plan) return;
    this.#planned = { plan, body };
    this.draw();
    document.getElementById("mail-plan")?.focus();
  }

  async #go() {
    if (!this.#planned) return;
    const done = await this.#do("mail-send", this.#planned.body);
    if (done) this.#queued(done.queued);
  }

  /** @param {string} interview @param {string} what */
  async #resend(interview, what) {
    const done = await this.#do("mail-send", { what, interviews: [interview], again: true });
    if (done) this.#queued(done.queued);
  }

  /** @param {number} count */
  #queued(count) {
    this.#planned = null;
    this.#said = t("mail.queued", { n: count });
    announce(this.#said);
    this.draw();
  }

  /** @param {string} command @param {object} body @returns {Promise<any>} null: refused, and said */
  async #do(command, body) {
    if (this.#busy) return null;
    this.#busy = true;
    this.#trouble = "";
    this.draw();
    try {
      return await this.session.command(command, body);
    } catch (error) {
      this.#trouble = error instanceof Problem && error.detail ? error.detail : t("failed");
      return null;
    } finally {
      this.#busy = false;
      this.draw();
    }
  }

  draw() {
    const view = this.view();
    if (!view) return;
    renderChanged(this.place, html`${this.#trouble ? html`<p class="banner banner-fail" role="alert"><strong>${this.#trouble}</strong></p>` : ""}
      <section aria-labelledby="mail-state"><h2 id="mail-state">${t("mail.state")}</h2>${stateMarkup(this.#state)}<p role="status">${this.#said}</p></section>
      ${sampleMarkup(this.#letter)}${sendMarkup(view, this.#planned?.plan ?? null, this.#busy, this.#state)}
      <section aria-labelledby="mail-merge"><h2 id="mail-merge">${t("mail.merge")}</h2><p>${t("mail.merge_lead")}</p>
        <a class="button" href="${this.session.href("invites.csv")}" download>${t("mail.merge_get")}</a></section>
      ${historyMarkup(view)}`);
  }
}

/** A file in memory, which ends with the page. @param {BlobPart[]} parts @param {string} type */
function address(parts, type) {
  return URL.createObjectURL(new Blob(parts, { type }));
}

/** @param {State|null} state */
function stateMarkup(state) {
  if (state === null) return "";
  if (state.rehearsal) return html`<p>${t("mail.practice")}</p>`;
  if (!state.configured) return html`<p>${t("mail.off")}</p>`;
  return state.trouble ? html`<p role="alert"><strong>✕ ${t("mail.trouble", { code: state.trouble.code })}</strong></p>` : html`<p>${t("mail.fine")}</p>`;
}

function whatField() {
  return html`<label><span>${t("mail.what")}</span><select class="select" name="what">${WHATS.map((what) => html`<option value="${what}">${word("mail_what", what)}</option>`)}</select></label>`;
}

/** @param {Letter|null} letter */
function sampleMarkup(letter) {
  return html`<section aria-labelledby="mail-sample"><h2 id="mail-sample">${t("mail.sample")}</h2><p>${t("mail.sample_lead")}</p>
    <form class="admin-tools" data-submit="mail-sample">${whatField()}
      <label><span>${t("mail.language")}</span><select class="select" name="language"><option value="ja">${t("mail.ja")}</option><option value="en">${t("mail.en")}</option></select></label>
      <button class="button">${t("mail.show")}</button></form>
    ${letter ? html`<div id="mail-letter" tabindex="-1" role="group" aria-label="${t("mail.sample")}"><p><strong>${t("mail.subject")}: ${letter.subject}</strong></p>
      <pre class="letter" tabindex="0">${letter.text}</pre>
      <div class="admin-tools"><a class="button" href="${letter.page}" download="${letter.name}.html">${t("mail.as_html")}</a>
        ${letter.calendar ? html`<a class="button" href="${letter.calendar}" download="${letter.name}.ics">${t("mail.as_calendar")}</a>` : ""}</div></div>` : ""}</section>`;
}

/** @param {AdminView} view @param {Plan|null} plan @param {boolean} busy @param {State|null} state */
function sendMarkup(view, plan, busy, state) {
  const rooms = Object.entries(roomNames(view));
  const able = state !== null && state.configured && !state.rehearsal;
  return html`<section aria-labelledby="mail-send"><h2 id="mail-send">${t("mail.send")}</h2><p>${t("mail.send_lead")}</p>
    <form class="admin-tools" data-submit="mail-look" data-input="mail-forget">${whatField()}
      <label><span>${t("mail.room")}</span><select class="select" name="room"><option value="">${t("mail.everybody")}</option>${rooms.map(([id, name]) => html`<option value="${id}">${name}</option>`)}</select></label>
      <label class="check"><input type="checkbox" name="again"> ${t("mail.again")}</label>
      <button class="button" aria-busy="${busy ? "true" : "false"}">${t("mail.look")}</button></form>
    ${plan ? html`<div class="kept-made" id="mail-plan" tabindex="-1" role="group" aria-labelledby="mail-found"><p id="mail-found"><strong>${t("mail.found", { n: plan.recipients.length, already: plan.already })}</strong></p>
      ${names(t("mail.without"), plan.without_address)}${names(t("mail.refused"), plan.refused)}
      ${able && plan.recipients.length > 0 ? html`<button type="button" class="button button-primary" data-action="mail-go" aria-busy="${busy ? "true" : "false"}">${t("mail.go", { n: plan.recipients.length })}</button>` : ""}</div>` : ""}</section>`;
}

/** @param {string} title @param {Person[]} people */
function names(title, people) {
  if (people.length === 0) return "";
  return html`<details><summary>${title} (${people.length})</summary><ul>${people.map((one) => html`<li>${one.number} ${one.name} ${one.code ? html`<code>${one.code}</code>` : ""}</li>`)}</ul></details>`;
}

/** @param {AdminView} view */
function historyMarkup(view) {
  const sent = Object.values(view.rows).flatMap((row) => (row.mails ?? []).map((mail) => ({ row, mail })));
  sent.sort((a, b) => b.mail.at - a.mail.at);
  return html`<section aria-labelledby="mail-history"><h2 id="mail-history">${t("mail.history")}</h2>
    ${sent.length === 0 ? html`<p class="soft">${t("mail.none")}</p>` : html`<ul class="kept-list">${sent.slice(0, SHOWN).map(({ row, mail }) => html`<li data-key="${row.id}-${mail.what}-${mail.person}-${mail.at}">
      <p><strong>${row.number} ${row.name}</strong> ${mail.person === "candidate" ? "" : mail.person}<br>${word("mail_what", mail.what)} <strong>${word("mail_state", mail.state)}</strong><br>${when(mail.at)} ${mail.by || t("mail.by_itself")}</p>
      <button type="button" class="button button-small" data-action="mail-resend" data-interview="${row.id}" data-what="${mail.what}" aria-label="${t("mail.resend")} ${row.number} ${row.name} ${word("mail_what", mail.what)}">${t("mail.resend")}</button></li>`)}</ul>`}</section>`;
}
