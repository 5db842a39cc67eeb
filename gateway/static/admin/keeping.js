// @ts-check
/** How long personal data is kept, who is on hold and why, one person's record for them, and the end before its time. */

import { Problem } from "../api.js";
import { renderChanged } from "../console/keyed.js";
import { announce } from "../shell.js";
import { html, t, when } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {{interview: string|null, number: string, name: string, at: number, by: string, reason: string}} Said */
/** @typedef {{event: string, stage: string, due_at: number|null, days: number|null, last_at: number|null, over: boolean, interviews: number,
 *   kept: string[], verdicts: Record<string, number>, held: Said|null, people: Said[], disclosures: Said[]}} Kept */
/** @typedef {{who: string, page: string, data: string, name: string}} Made addresses of two files in memory */

export class Keeping {
  /** @type {Kept|null} */ #kept = null;
  /** @type {Made|null} */ #made = null;
  /** @type {Record<string, string>} by form */ #trouble = {};
  #asked = 0;
  #busy = "";

  /** @param {HTMLElement} place @param {import("../api.js").Session} session @param {() => AdminView|null} view @param {(kept: number) => void} purged */
  constructor(place, session, view, purged) {
    this.place = place;
    this.session = session;
    this.view = view;
    this.purged = purged;
  }

  /** What was said is asked for again when the journal has moved on. @param {AdminView} view */
  show(view) {
    if (this.place.closest("[hidden]") === null && view.journal.offset !== this.#asked) void this.#ask(view.journal.offset);
    this.draw();
  }

  handlers() {
    return {
      "keeping-hold": (/** @type {HTMLElement} */ form) => void this.#hold(/** @type {HTMLFormElement} */ (form)),
      "keeping-person": (/** @type {HTMLElement} */ form, /** @type {Event} */ event) => void this.#person(/** @type {HTMLFormElement} */ (form), /** @type {SubmitEvent} */ (event)),
      "keeping-purge": (/** @type {HTMLElement} */ form) => void this.#purge(/** @type {HTMLFormElement} */ (form)),
    };
  }

  draw() {
    const view = this.view();
    if (view) renderChanged(this.place, this.#kept ? markup(view, this.#kept, this.#made, this.#trouble, this.#busy) : html`<p class="soft">${t("keeping.loading")}</p>`);
  }

  /** @param {number} offset */
  async #ask(offset) {
    this.#asked = offset;
    try {
      this.#kept = /** @type {any} */ (await this.session.read("retention"));
    } catch {
      this.#asked = 0; // the next view asks again
    }
    this.draw();
  }

  /** Of the event, or of one person in the table of those on hold. @param {HTMLFormElement} form */
  async #hold(form) {
    const { interview, on } = form.dataset;
    const body = { on: on === "true", reason: textOf(form, "reason"), ...(interview ? { interview } : {}) };
    if (await this.#do(form, "legal-hold", body)) this.#said(body.on);
  }

  /** @param {HTMLFormElement} form @param {SubmitEvent} event which of the two buttons */
  async #person(form, event) {
    const body = { interview: textOf(form, "interview"), reason: textOf(form, "reason") };
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "disclose";
    if (button === "hold") {
      if (await this.#do(form, "legal-hold", { ...body, on: true })) this.#said(true);
      return;
    }
    const answer = await this.#do(form, "disclose", body);
    if (!answer) return;
    const row = this.view()?.rows[body.interview];
    this.#forget();
    this.#made = {
      who: row ? `${row.number} ${row.name}` : body.interview,
      page: address(answer.html, "text/html"),
      data: address(JSON.stringify(answer.record, null, 2), "application/json"),
      name: `disclosure-${answer.event}-${body.interview}`,
    };
    this.draw();
    document.getElementById("kept-made")?.focus();
  }

  /** @param {HTMLFormElement} form */
  async #purge(form) {
    const answer = await this.#do(form, "purge-now", { typed: textOf(form, "typed") });
    if (answer) this.purged(answer.kept.length);
  }

  /** @param {HTMLFormElement} form @param {string} command @param {object} body @returns {Promise<any>} null: refused, and said */
  async #do(form, command, body) {
    if (this.#busy) return null;
    this.#busy = form.id;
    this.#trouble = {};
    this.draw();
    try {
      const answer = await this.session.command(command, body);
      form.reset();
      return answer;
    } catch (error) {
      this.#trouble = { [form.id]: error instanceof Problem && error.detail ? error.detail : t("failed") };
      return null;
    } finally {
      this.#busy = "";
      this.draw();
    }
  }

  /** @param {boolean} on */
  #said(on) {
    announce(t(on ? "keeping.done_hold" : "keeping.done_lift"));
    void this.#ask(this.#asked);
  }

  #forget() {
    for (const file of this.#made ? [this.#made.page, this.#made.data] : []) URL.revokeObjectURL(file);
  }
}

/** @param {HTMLFormElement} form @param {string} name */
function textOf(form, name) {
  return String(new FormData(form).get(name) ?? "").trim();
}

/** A file in memory, which ends with the page. @param {string} text @param {string} type */
function address(text, type) {
  return URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
}

/** @param {AdminView} view @param {Kept} kept @param {Made|null} made @param {Record<string, string>} trouble @param {string} busy */
function markup(view, kept, made, trouble, busy) {
  return html`<section aria-labelledby="kept-time"><h2 id="kept-time">${t("keeping.time")}</h2>${facts(kept)}</section>
    <section aria-labelledby="kept-hold"><h2 id="kept-hold">${t("keeping.held")}</h2><p>${t("keeping.held_lead")}</p>
      <p>${kept.held ? html`<strong>${t("keeping.held_since", { by: kept.held.by || "—", reason: kept.held.reason })}</strong> ${when(kept.held.at)}` : t("keeping.not_held")}</p>
      ${holdForm("kept-event", null, kept.held === null, trouble, busy)}</section>
    <section aria-labelledby="kept-person"><h2 id="kept-person">${t("keeping.person")}</h2><p>${t("keeping.person_lead")}</p>
      ${personForm(view, trouble, busy)}
      ${made ? html`<div class="kept-made" id="kept-made" tabindex="-1" role="group" aria-label="${t("keeping.disclose")}"><p>${t("keeping.made", { who: made.who })}</p>
        <div class="admin-tools"><a class="button button-primary" href="${made.page}" download="${made.name}.html">${t("keeping.as_page")}</a>
        <a class="button" href="${made.data}" download="${made.name}.json">${t("keeping.as_json")}</a></div></div>` : ""}
      <h3>${t("keeping.people")}</h3>${saidList(kept.people, t("keeping.people"), (one) => holdForm(`kept-${one.interview}`, one.interview, false, trouble, busy))}
      <h3>${t("keeping.disclosures")}</h3>${saidList(kept.disclosures, t("keeping.disclosures"), null)}</section>
    <section class="kept-end" aria-labelledby="kept-end"><h2 id="kept-end">${t("keeping.now")}</h2><p>${t("keeping.now_lead")}</p>${purgeForm(kept, trouble, busy)}</section>`;
}

/** @param {Kept} kept */
function facts(kept) {
  const verdicts = Object.entries(kept.verdicts).map(([verdict, count]) => `${verdict} ${count}`).join("、");
  return html`<dl class="kept-facts"><dt>${t("keeping.stage")}</dt><dd><strong>${t(`keeping.stage.${kept.stage}`)}</strong></dd>
    <dt>${t("keeping.days")}</dt><dd>${kept.days === null ? t("keeping.days_none") : t("keeping.days_of", { n: kept.days })}</dd>
    <dt>${t("keeping.last")}</dt><dd>${kept.last_at === null ? "—" : when(kept.last_at)}</dd>
    <dt>${t("keeping.due")}</dt><dd>${kept.due_at === null ? "—" : html`${when(kept.due_at)} <span class="soft">${t("keeping.due_after")}</span>`}</dd></dl>
    <h3>${t("keeping.left")}</h3><p>${t("keeping.left_what")}</p><p>${t("keeping.verdicts")}: ${verdicts || "—"}</p>`;
}

/** @param {string} id @param {string|null} interview @param {boolean} on @param {Record<string, string>} trouble @param {string} busy */
function holdForm(id, interview, on, trouble, busy) {
  return html`<form class="kept-form" id="${id}" data-key="${id}" data-submit="keeping-hold" data-on="${on ? "true" : "false"}" data-interview="${interview ?? ""}">
    <label><span>${t("keeping.reason")}</span><input class="input" name="reason" required maxlength="500" autocomplete="off"></label>${said(trouble[id])}
    <div><button class="button" aria-busy="${busy === id ? "true" : "false"}">${t(on ? "keeping.hold" : "keeping.lift")}</button></div></form>`;
}

/** @param {AdminView} view @param {Record<string, string>} trouble @param {string} busy */
function personForm(view, trouble, busy) {
  const rows = Object.values(view.rows).sort((a, b) => (a.number < b.number ? -1 : 1));
  const waits = busy === "kept-one" ? "true" : "false";
  return html`<form class="kept-form" id="kept-one" data-submit="keeping-person">
    <label><span>${t("keeping.who")}</span><select class="select" name="interview" required><option value="">${t("keeping.choose")}</option>${rows.map((row) => html`<option value="${row.id}">${row.number} ${row.name}</option>`)}</select></label>
    <label><span>${t("keeping.reason")}</span><input class="input" name="reason" required maxlength="500" autocomplete="off"></label>${said(trouble["kept-one"])}
    <div class="admin-tools"><button class="button button-primary" value="disclose" aria-busy="${waits}">${t("keeping.disclose")}</button>
      <button class="button" value="hold" aria-busy="${waits}">${t("keeping.hold_person")}</button></div></form>`;
}

/** @param {Kept} kept @param {Record<string, string>} trouble @param {string} busy */
function purgeForm(kept, trouble, busy) {
  if (kept.held) return html`<p><strong>${t("keeping.now_held")}</strong></p>`;
  if (!kept.over) return html`<p><strong>${t("keeping.now_not_over")}</strong></p>`;
  return html`<form class="kept-form" id="kept-purge" data-submit="keeping-purge">
    <label><span>${t("keeping.typed", { event: kept.event })}</span><input class="input" name="typed" required maxlength="40" autocomplete="off" autocapitalize="off" spellcheck="false" translate="no"></label>${said(trouble["kept-purge"])}
    <div><button class="button button-danger" aria-busy="${busy === "kept-purge" ? "true" : "false"}">${t("keeping.go")}</button></div></form>`;
}

/** @param {string|undefined} trouble */
function said(trouble) {
  return trouble ? html`<p role="alert"><strong>${trouble}</strong></p>` : "";
}

/** @param {Said[]} rows @param {string} title @param {((one: Said) => unknown)|null} action */
function saidList(rows, title, action) {
  if (rows.length === 0) return html`<p class="soft">${t("keeping.none")}</p>`;
  return html`<ul class="kept-list" aria-label="${title}">${rows.map((one) => html`<li data-key="${one.interview}-${one.at}"><p><strong>${one.number} ${one.name}</strong><br>
    ${when(one.at)} ${one.by}<br>${t("keeping.why")}: ${one.reason}</p>${action ? action(one) : ""}</li>`)}</ul>`;
}
