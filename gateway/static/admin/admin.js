// @ts-check
/** The administrator's page: enters with the link, keeps the view present, and asks for what an administrator may. */

import { Problem } from "../api.js";
import { renderChanged } from "../console/keyed.js";
import { actions, html, render } from "../html.js";
import { Live } from "../live.js";
import { keyFromAddress, openPatiently } from "../session.js";
import { announce, showEvent } from "../shell.js";
import { Importing, importMarkup } from "./importing.js";
import { Keeping } from "./keeping.js";
import { Losing } from "./losing.js";
import { Mailing } from "./mailing.js";
import { countsMarkup, journalMarkup } from "./overview.js";
import { Rehearsing } from "./rehearsal.js";
import { Rules } from "./rules.js";
import { Pages } from "./pages.js";
import { attendanceMarkup, candidatesMarkup, staffMarkup } from "./people.js";
import { ProviderPage } from "./provider.js";
import { drawPictures, linkFiles, picturesMarkup } from "./record.js";
import { clock, roomNames, t, useZone, word } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("../api.js").Session} Session */

const ROLES = ["interviewer", "reception", "administrator"];
const PHASES = ["expected", "preparing", "waiting", "admitting", "in_session", "finished", "absent", "cancelled", "broken_off"];

/** @param {string} id @returns {HTMLElement} */
function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** @param {HTMLElement} element @param {string} name */
const data = (element, name) => element.dataset[name] ?? "";

class Admin {
  /** @type {AdminView|null} */ view = null;
  /** @type {Record<string, any>[]|null} */ attendance = null;
  filter = { words: "", room: "", phase: "" };

  /** @param {Session} session @param {string} link */
  constructor(session, link) {
    this.session = session;
    this.live = new Live({ session });
    this.pages = new Pages(link);
    this.importing = new Importing(session, () => this.#draw());
    this.rehearsing = new Rehearsing(part("rehearsal-body"), session);
    this.rules = new Rules(part("policy-lines"), session, () => this.view);
    this.keeping = new Keeping(part("keeping"), session, () => this.view, showPurged);
    this.losing = new Losing(part("loss"), this.#dialog(), session, () => this.view);
    this.mailing = new Mailing(part("mailing"), session, () => this.view);
    this.provider = new ProviderPage(session, () => this.live.clock.now(), (section) => this.pages.go(section));
  }

  start() {
    this.live.addEventListener("view", (event) => this.#show(/** @type {CustomEvent} */ (event).detail.view));
    this.live.addEventListener("line", () => this.#line());
    this.live.addEventListener("bye", (event) => showEnd(/** @type {CustomEvent} */ (event).detail.code));
    this.#listen();
    this.live.start();
  }

  /** Another page of the same link, not another link. @param {import("../api.js").Key|null} key */
  has(key) {
    return key !== null && "link" in key && key.link === this.pages.link;
  }

  follow() {
    this.pages.follow(true);
    for (const each of [this.keeping, this.mailing]) if (this.view) each.show(this.view); // they ask only where they are looked at
  }

  /** @param {any} view */
  #show(view) {
    if (view.kind !== "admin") return;
    const first = this.view === null;
    this.view = view;
    useZone(view.event.timezone);
    if (first) this.#first(view);
    this.losing.show(view);
    this.#draw();
    this.provider.show(view);
    if (first) this.pages.follow(false); // when there is something to scroll to
    for (const each of first ? [this.keeping, this.mailing] : []) each.show(view);
    this.rehearsing.show();
  }

  /** @param {AdminView} view */
  #first(view) {
    part("arriving").hidden = true;
    part("desk").hidden = false;
    showEvent(view.event);
    for (const name of ["attendance.csv", "invites.csv", "roster-template.csv", "sheet"]) {
      part(`get-${name.replace(".csv", "")}`).setAttribute("href", this.session.href(name));
    }
    linkFiles(this.session);
    const rooms = Object.entries(roomNames(view));
    render(part("filter-room"), html`<option value="">${t("people.every_room")}</option>${rooms.map(([id, name]) => html`<option value="${id}">${name}</option>`)}`);
    render(part("filter-phase"), html`<option value="">${t("people.every_state")}</option>${PHASES.map((phase) => html`<option value="${phase}">${word("phase", phase)}</option>`)}`);
    render(part("staff-role"), html`${ROLES.map((role) => html`<option value="${role}">${word("role", role)}</option>`)}`);
    render(part("staff-rooms"), html`${rooms.map(([id, name]) => html`<label class="check"><input type="checkbox" name="rooms" value="${id}"> ${name}</label>`)}`);
  }

  #draw() {
    const { view } = this;
    if (!view) return;
    renderChanged(part("me"), html`${view.me.name} <span class="soft">${word("role", view.me.role)}</span>`);
    renderChanged(part("counts"), countsMarkup(view));
    renderChanged(part("import-result"), importMarkup(this.importing));
    renderChanged(part("candidates"), candidatesMarkup(view, this.filter));
    renderChanged(part("attendance-table"), attendanceMarkup(view, this.attendance));
    renderChanged(part("staff-table"), staffMarkup(view));
    this.rules.show(view);
    this.keeping.show(view);
    this.mailing.show(view);
    renderChanged(part("journal-facts"), journalMarkup(view));
  }

  #line() {
    const down = this.live.line === "offline" || (this.live.line === "connecting" && this.view !== null);
    const said = { unrecorded: t("line.unrecorded"), missing: t("line.loss") }[String(this.live.line)] ?? "";
    part("line").hidden = !down && !said;
    part("line").textContent = down ? t("line.down", { at: clock(this.live.clock.now()) }) : said;
  }

  #listen() {
    const file = /** @type {HTMLInputElement} */ (part("csv"));
    file.addEventListener("change", () => {
      void this.importing.look(file.files?.[0]);
      file.value = "";
    });
    const drop = part("drop");
    for (const type of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(type, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", type === "dragover");
        if (type === "drop") void this.importing.look(/** @type {DragEvent} */ (event).dataTransfer?.files[0]);
      });
    }
    actions(part("main"), {
      import: () => this.importing.send(),
      "import-despite": () => this.importing.despite(),
      "import-withdraw": (element) => this.importing.setWithdraw(/** @type {HTMLInputElement} */ (element).checked),
      "import-side": (element) => this.importing.setSide(/** @type {HTMLSelectElement} */ (element).value),
      filter: (element) => this.#narrow(/** @type {HTMLInputElement} */ (element)),
      reissue: (element) => this.#reissue(data(element, "interview")),
      attendance: () => this.#attendance(),
      "staff-link": (element) => this.#staffLink(/** @type {HTMLFormElement} */ (element)),
      revoke: (element) => this.#revoke(data(element, "staff")),
      ...this.provider.handlers(),
      ...this.rules.handlers(),
      ...this.keeping.handlers(),
      ...this.mailing.handlers(),
      ...this.losing.handlers(),
      ...this.rehearsing.handlers(),
      confirm: (element) => this.#confirmed(/** @type {HTMLFormElement} */ (element)),
      cancel: () => this.#dialog().close(),
      copy: (element) => this.#copy(element),
      jump: (element, event) => {
        event.preventDefault();
        this.pages.go(data(element, "to"));
      },
    });
  }

  /** @param {HTMLInputElement} field */
  #narrow(field) {
    this.filter = { ...this.filter, [field.name]: field.value };
    this.#draw();
  }

  async #attendance() {
    const answer = await this.#try(() => this.session.read("attendance"));
    if (answer) {
      this.attendance = answer.rows;
      render(part("attendance-pictures"), picturesMarkup(answer.pictures ?? []));
      drawPictures(part("attendance-pictures"), answer.pictures ?? []);
    }
    this.#draw();
  }

  /** @param {HTMLFormElement} form */
  async #staffLink(form) {
    const fields = new FormData(form);
    const rooms = fields.getAll("rooms").map(String);
    const name = String(fields.get("name") ?? "").trim();
    const body = { name, role: String(fields.get("role")), ...(rooms.length > 0 ? { rooms } : {}) };
    const answer = await this.#try(() => this.session.command("staff-link", body));
    if (!answer) return;
    form.reset();
    this.#once(t("link.for", { name }), answer.link);
  }

  /** What a link is, once, to be copied. @param {string} whose @param {string} link */
  #once(whose, link) {
    const address = new URL(link, location.origin).href;
    render(this.#dialog(), html`<h2 id="confirm-title">${whose}</h2><p>${t("link.once")}</p>
      <p><code class="link" translate="no" id="the-link">${address}</code></p>
      <p class="ask-buttons"><button type="button" class="button button-primary" data-action="copy" data-link="${address}">${t("link.copy")}</button>
        <button type="button" class="button" data-action="cancel">${t("link.close")}</button></p>`);
    this.#dialog().showModal();
  }

  /** @param {HTMLElement} button */
  async #copy(button) {
    try {
      await navigator.clipboard.writeText(data(button, "link"));
      button.textContent = t("link.copied");
      announce(t("link.copied"));
    } catch {
      getSelection()?.selectAllChildren(part("the-link"));
    }
  }

  /** @param {string} interview */
  #reissue(interview) {
    const row = this.view?.rows[interview];
    if (row) this.#ask("invite-reissue", { interview }, t("reissue.title", { who: `${row.number} ${row.name}` }), t("reissue.effect"));
  }

  /** @param {string} staff */
  #revoke(staff) {
    const member = this.view?.staff.find(({ id }) => id === staff);
    if (member) this.#ask("staff-revoke", { staff }, t("revoke.title", { name: member.name }), t("revoke.effect"));
  }

  /** @param {string} command @param {object} body @param {string} title @param {string} effect */
  #ask(command, body, title, effect) {
    render(this.#dialog(), html`<form data-submit="confirm" data-command="${command}" data-body="${JSON.stringify(body)}">
      <h2 id="confirm-title">${title}</h2><p>${effect}</p>
      <p role="alert" class="refusal" id="confirm-refusal"></p>
      <p class="ask-buttons"><button type="button" class="button" data-action="cancel">${t("confirm.cancel")}</button>
        <button type="submit" class="button button-primary">${t("confirm.go")}</button></p></form>`);
    this.#dialog().showModal();
  }

  /** @param {HTMLFormElement} form */
  async #confirmed(form) {
    const command = data(form, "command");
    const body = JSON.parse(data(form, "body"));
    const answer = await this.#try(() => this.session.command(command, body), part("confirm-refusal"));
    if (!answer) return;
    this.#dialog().close();
    const row = this.view?.rows[body.interview ?? ""];
    if (command === "invite-reissue") this.#once(t("link.for", { name: row ? `${row.number} ${row.name}` : "" }), answer.link);
  }

  #dialog() { return /** @type {HTMLDialogElement} */ (part("confirm")); }

  /** @param {() => Promise<any>} ask @param {HTMLElement} [place] where a refusal is said */
  async #try(ask, place = part("refusal-text")) {
    part("refusal").hidden = true;
    try {
      return await ask();
    } catch (error) {
      place.textContent = error instanceof Problem && error.detail ? error.detail : t("failed");
      part("refusal").hidden = place !== part("refusal-text");
      return null;
    }
  }
}

let purged = false;

/** Everybody's session of this event ends with it, this one too. @param {number} kept people on hold */
function showPurged(kept) {
  purged = true;
  part("desk").hidden = true;
  part("arriving").hidden = false;
  render(part("arriving"), html`<h1 tabindex="-1" id="purged">${t("keeping.purged")}</h1><p>${t("keeping.purged_what", { n: kept })}</p>`);
  part("purged").focus();
}

/** @param {string} code @param {string} [detail] */
function showEnd(code, detail = "") {
  if (purged) return;
  part("desk").hidden = true;
  part("arriving").hidden = false;
  render(part("arriving"), html`<h1>${t("gone.title")}</h1><p>${detail || t(code === "no_link" ? "gone.no_link" : "gone.other")}</p>
    <p><a class="button button-primary" href="">${t("gone.reload")}</a></p>`);
}

async function main() {
  const key = keyFromAddress();
  /** @type {Admin|null} */
  let admin = null;
  addEventListener("hashchange", () => (admin?.has(keyFromAddress()) ? admin.follow() : location.reload()));
  if (!key || !("link" in key)) {
    showEnd("no_link");
    return;
  }
  try {
    const entered = await openPatiently(key, () => render(part("arriving"), html`<p>${t("gone.waiting")}</p>`));
    if (entered.kind === "staff" && entered.role === "administrator") {
      admin = new Admin(entered.session, key.link);
      admin.start();
    } else showEnd("forbidden");
  } catch (error) {
    showEnd(error instanceof Problem ? error.code : "other", error instanceof Problem ? error.detail : "");
  }
}

void main();
