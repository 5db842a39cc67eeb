// @ts-check
/** A rehearsal of the event: what it would be, the click that makes it, and the links of whoever plays a part. */

import { renderChanged } from "../console/keyed.js";
import { announce } from "../shell.js";
import { clock, html, label, t } from "./words.js";

/** @typedef {{provider: string, label: import("./types.js").Label}} GivenUp */
/** @typedef {{interviews: number, invented: number, minutes: number, slot: {from: number, to: number}, given_up: GivenUp[]}} Plan */
/** @typedef {{link: string, exam_number: string, name: string, room: string, start: string, companion_link?: string}} Part */
/**
 * @typedef {{event: string, title: string, admin: string, reception: string, consoles: {room: string, link: string, name: string}[],
 *   candidates: Part[], rooms: Record<string, string>, starts_at: number, ends_at: number, given_up: GivenUp[]}} Rehearsal
 */
/** @typedef {{event: string, of: string, plan: Plan|null, rehearsal: Rehearsal|null}} Answer */

export class Rehearsing {
  /** @type {Answer|null} */ #answer = null;
  #said = "";
  #busy = false;
  #asked = false;

  /** @param {HTMLElement} place @param {import("../api.js").Session} session */
  constructor(place, session) {
    this.place = place;
    this.session = session;
    addEventListener("hashchange", () => {
      if (!this.#answer) this.#asked = false;
      this.show();
    });
  }

  handlers() {
    return { rehearse: () => void this.#make(false), "rehearse-anew": () => void this.#make(true), "rehearse-remove": () => void this.#remove() };
  }

  /** Read once the page is looked at, and after each change. */
  show() {
    const page = this.place.closest("[data-page]");
    if (page instanceof HTMLElement && page.hidden) return;
    if (!this.#asked) void this.#read();
    this.draw();
  }

  async #read() {
    this.#asked = true;
    try {
      this.#answer = await this.session.read("rehearsal");
    } catch (error) {
      this.#said = saidBy(error);
    }
    this.draw();
  }

  /** @param {boolean} replace */
  async #make(replace) {
    await this.#do(() => this.session.command("rehearse", replace ? { replace } : {}), "");
    document.getElementById("rehearsal-there")?.focus();
  }

  async #remove() {
    await this.#do(() => this.session.command("rehearse-remove", {}), t("rehearsal.removed"));
    document.getElementById("rehearsal-title")?.focus();
  }

  /** @param {() => Promise<unknown>} ask @param {string} done */
  async #do(ask, done) {
    if (this.#busy) return;
    this.#busy = true;
    this.#said = "";
    this.draw();
    try {
      await ask();
      this.#said = done;
      if (done) announce(done);
    } catch (error) {
      this.#said = saidBy(error);
    }
    this.#busy = false;
    await this.#read();
  }

  draw() {
    renderChanged(this.place, markup(this.#answer, this.#said, this.#busy));
  }
}

/** @param {unknown} error */
function saidBy(error) {
  return error instanceof Error && error.message ? error.message : t("rehearsal.failed");
}

/** @param {Answer|null} answer @param {string} said @param {boolean} busy */
function markup(answer, said, busy) {
  if (!answer) return html`<p role="status">${said || t("rehearsal.loading")}</p>`;
  const { plan, rehearsal, of, event } = answer;
  if (!plan) return html`<p>${of ? t("rehearsal.itself", { of }) : t("rehearsal.itself_file", { id: event })}</p>`;
  return html`<p>${t("rehearsal.lead")}</p>
    <p role="status">${busy ? t("rehearsal.busy") : said}</p>
    ${rehearsal ? there(rehearsal, busy) : proposal(plan, busy)}`;
}

/** @param {Plan} plan @param {boolean} busy */
function proposal(plan, busy) {
  const { interviews, invented, minutes, slot } = plan;
  return html`<h3>${t("rehearsal.what")}</h3><dl class="kv">
      <div><dt>${t("rehearsal.people")}</dt><dd>${t(interviews ? "rehearsal.people_n" : "rehearsal.people_none", { invented, interviews })}</dd></div>
      <div><dt>${t("rehearsal.slot")}</dt><dd>${t("rehearsal.slot_n", slot)}</dd></div>
      <div><dt>${t("rehearsal.day")}</dt><dd>${t("rehearsal.day_n", { minutes })}</dd></div>
      ${givenUp(plan.given_up)}</dl>
    <p class="admin-tools"><button type="button" class="button button-primary" data-action="rehearse" ?aria-disabled=${busy}>${t("rehearsal.make")}</button></p>`;
}

/** @param {GivenUp[]} providers */
function givenUp(providers) {
  if (providers.length === 0) return null;
  const names = providers.map((one) => label(one.label)).join(" / ");
  return html`<div><dt>${t("rehearsal.given_up")}</dt><dd>${t("rehearsal.given_up_n", { names })}</dd></div>`;
}

/** @param {Rehearsal} made @param {boolean} busy */
function there(made, busy) {
  return html`<h3 id="rehearsal-there" tabindex="-1">${t("rehearsal.there")}</h3>
    <p><strong>${made.title}</strong> <span class="nums">${t("rehearsal.when", { from: clock(made.starts_at), until: clock(made.ends_at) })}</span></p>
    <p>${t("rehearsal.how")}</p><dl class="kv">${givenUp(made.given_up)}</dl>
    <p class="admin-tools"><button type="button" class="button" data-action="rehearse-anew" ?aria-disabled=${busy}>${t("rehearsal.again")}</button>
      <button type="button" class="button button-danger" data-action="rehearse-remove" ?aria-disabled=${busy}>${t("rehearsal.remove")}</button></p>
    <h4>${t("rehearsal.staff")}</h4><ul class="rehearsal-parts">
      ${made.consoles.map((one) => html`<li>${link(one.link, `${t("rehearsal.interviewer")} ${made.rooms[one.room] ?? one.room}`)}</li>`)}
      <li>${link(made.reception, t("rehearsal.role.reception"))}</li>
      <li>${link(made.admin, t("rehearsal.role.administrator"))}</li></ul>
    <h4 id="rehearsal-candidates">${t("rehearsal.candidates")}</h4><p>${t("rehearsal.type")}</p>
    ${Object.entries(made.rooms).map(([room, name]) => roomTable(name, made.candidates.filter((one) => one.room === room)))}`;
}

/** @param {string} name @param {Part[]} parts */
function roomTable(name, parts) {
  if (parts.length === 0) return null;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table class="table"><caption>${name}</caption>
    <thead><tr><th scope="col">${t("rehearsal.start")}</th><th scope="col">${t("rehearsal.number")}</th><th scope="col">${t("rehearsal.name")}</th><th scope="col">${t("rehearsal.page")}</th></tr></thead>
    <tbody>${parts.map((one) => html`<tr><td class="nums">${one.start.slice(11, 16)}</td><td translate="no">${one.exam_number}</td><th scope="row">${one.name}</th>
      <td>${link(one.link, one.exam_number)}${one.companion_link ? html` ${link(one.companion_link, t("rehearsal.companion"))}` : ""}</td></tr>`)}</tbody></table></div>`;
}

/** In a tab of its own: each part is somebody else. @param {string} address @param {string} who */
function link(address, who) {
  return html`<a href="${address}" target="_blank" rel="noopener">${t("rehearsal.open", { who })}</a>`;
}
