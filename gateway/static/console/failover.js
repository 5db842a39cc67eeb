// @ts-check
/**
 * A provider has failed, or is back: what is proposed, above the boards and never over them. It is said aloud once; one
 * key accepts the first. Who is inside stays where they are unless a person says otherwise.
 */

import { tel } from "../candidate/parts.js";
import { html } from "../html.js";
import { announce } from "../shell.js";
import { chip } from "./chip.js";
import { renderChanged } from "./keyed.js";
import { carriersOf, named } from "./providing.js";
import { clock, label, t, word } from "./words.js";

/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {import("./types.js").Proposal} Proposal */
/** @typedef {(command: string, target: string) => boolean} Busy */

/** Word groups: `failover` and `back`. @param {Proposal} proposal @param {ConsoleView} view */
function words({ kind, provider, to, since }, view) {
  const carriers = carriersOf(view);
  const values = { provider: named(carriers, provider), to: named(carriers, to), at: clock(since) };
  return { title: t(`failover.${kind}.title`, values), what: t(to ? `failover.${kind}.what` : "failover.none", values) };
}

export class Failover {
  /** @type {Set<string>} */ #told = new Set();
  /** @type {Set<string>} put aside on this page; the proposal stands */ #aside = new Set();

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
  }

  /** The one that a key accepts. @param {ConsoleView} view @returns {Proposal|null} */
  first(view) {
    return this.#open(view).find(({ to }) => to !== null) ?? null;
  }

  /** @param {ConsoleView} view @param {string} id @returns {Proposal|null} */
  find(view, id) {
    return (view.failover ?? []).find((proposal) => proposal.id === id) ?? null;
  }

  /** @param {string} id */
  putAside(id) {
    this.#aside.add(id);
  }

  /** Those that ask for an answer of this person. @param {ConsoleView} view */
  #open(view) {
    return (view.failover ?? []).filter((proposal) => !this.#isAside(proposal));
  }

  /** @param {Proposal} proposal */
  #isAside({ id, declined }) {
    return declined || this.#aside.has(id);
  }

  /** @param {ConsoleView} view @param {Busy} busy */
  draw(view, busy) {
    const all = view.failover ?? [];
    const first = this.first(view);
    this.place.toggleAttribute("hidden", all.length === 0);
    renderChanged(this.place, html`${all.map((proposal) => this.#isAside(proposal)
      ? html`<details class="failover-aside" data-key="${proposal.id}"><summary>${chip("care", "!", t(`failover.${proposal.kind}.aside`, { provider: named(carriersOf(view), proposal.provider) }))}</summary>${body(proposal, view, busy, false)}</details>`
      : html`<section class="failover failover-${proposal.kind}" data-key="${proposal.id}" aria-labelledby="failover-${proposal.id}">
          <h2 id="failover-${proposal.id}" tabindex="-1">${words(proposal, view).title}</h2>${body(proposal, view, busy, proposal === first, true)}</section>`)}`);
    this.#tell(view);
  }

  /** Each once, while it stands. @param {ConsoleView} view */
  #tell(view) {
    const open = this.#open(view);
    const fresh = open.filter(({ id }) => !this.#told.has(id));
    const standing = new Set((view.failover ?? []).map(({ id }) => id));
    for (const id of [...this.#told, ...this.#aside]) {
      if (standing.has(id)) continue; // gone: were it to come again, it would be news
      this.#told.delete(id);
      this.#aside.delete(id);
    }
    for (const { id } of fresh) this.#told.add(id);
    if (fresh.length > 0) announce(fresh.map((proposal) => Object.values(words(proposal, view)).join(" ")).join(" "), { urgent: true });
  }
}

/** @param {Proposal} proposal @param {ConsoleView} view @param {Busy} busy @param {boolean} keyed @param {boolean} [asks] */
function body(proposal, view, busy, keyed, asks = false) {
  const { id, kind, provider, to, inside, ahead, code } = proposal;
  if (to === null) return html`<p><strong>${words(proposal, view).what}</strong></p>${whom(view, provider)}${asks ? later(proposal, view) : ""}`;
  const away = busy("failover", provider);
  return html`<p>${code ? html`${word("down", code)} ` : ""}<strong>${words(proposal, view).what}</strong> ${t("failover.counts", { ahead, inside })}</p>
    <div class="actions">
      <button type="button" class="button button-primary" data-action="failover" data-proposal="${id}" aria-busy="${away ? "true" : "false"}" aria-keyshortcuts="${keyed ? "P" : ""}">${t(`failover.${kind}.accept`, { to: named(carriersOf(view), to) })}${keyed ? html` <kbd aria-hidden="true">P</kbd>` : ""}</button>
      ${inside > 0 ? html`<button type="button" class="button" data-action="failover-move" data-proposal="${id}">${t("failover.move", { n: inside })}</button>` : ""}
      ${asks ? later(proposal, view) : ""}
    </div>`;
}

/** Not now: for all where one may say so, else on this page. @param {Proposal} proposal @param {ConsoleView} view */
function later({ id, kind, to }, view) {
  const forAll = kind === "failover" && to !== null && view.me.role !== "interviewer";
  return html`<button type="button" class="button" data-action="${forAll ? "failover-decline" : "failover-aside"}" data-proposal="${id}">${t(forAll ? "failover.decline" : "failover.later")}</button>`;
}

/** Whom to call where there is nothing to switch to. @param {ConsoleView} view @param {string} provider */
function whom(view, provider) {
  const desk = view.providers?.[provider]?.support;
  const { office } = view.event;
  return html`<ul class="failover-whom">
    <li>${label(office.name)} <a href="${tel(office.telephone)}">${office.telephone}</a></li>
    ${desk?.telephone ? html`<li>${desk.name} <a href="${tel(desk.telephone)}">${desk.telephone}</a> <span class="soft">${label(desk.hours ?? "")}</span></li>` : ""}
  </ul>`;
}
