// @ts-check
/**
 * The room's call on the console. It is the panel's: joined by one click, kept while candidates come and go, left only
 * by the person. The element is placed once by the shell and never moved.
 */

import "../call/call.js";
import { qrCode } from "../candidate/qr.js";
import { html, safeUrl } from "../html.js";
import { renderChanged } from "./keyed.js";
import { clock, label, t } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("../call/call.js").GenkanCall} GenkanCall */
/** @typedef {import("./types.js").ConsoleView} ConsoleView */

/** States in which the call is not running. */
const OUT = new Set(["idle", "ended"]);

export class Calling {
  /** @type {string|null} the room whose call this page is in, or was last */
  #room = null;
  /** @type {ConsoleView|null} */ #view = null;
  /** @type {string|null} the provider's own room, where the picture is not on this page */
  #outside = null;

  /** @param {HTMLElement} box @param {Session} session @param {(sentence: string) => void} refuse */
  constructor(box, session, refuse) {
    this.box = box;
    this.session = session;
    this.refuse = refuse;
    this.head = /** @type {HTMLElement} */ (box.querySelector("#call-head"));
    this.element = /** @type {GenkanCall} */ (box.querySelector("genkan-call"));
    this.element.nameOf = (seat) => seat.label || t(`role.${seat.role}`);
    box.addEventListener("call-state", () => this.#draw(this.#room));
  }

  get running() { return !OUT.has(this.element.state); }

  /** @param {string} room */
  async join(room) {
    if (this.running) return;
    try {
      const { ticket } = await this.session.command("join", { room });
      this.#room = room;
      this.#outside = ticket.kind === "redirect" ? safeUrl(ticket.url) : null;
      if (this.#outside === null) await this.element.start(this.#signal(room, ticket));
    } catch (error) {
      this.refuse(error instanceof Error ? error.message : String(error));
    }
    this.#draw(room);
  }

  /** The ticket that told whether the room may be joined serves the first offer. @param {string} room @param {any} ticket */
  #signal(room, ticket) {
    const signal = this.session.signal({ name: "join", body: { room } });
    let first = ticket;
    return {
      ...signal,
      ticket: async () => {
        const held = first;
        first = null;
        return held ?? signal.ticket();
      },
    };
  }

  /** Six digits for a telephone or a tablet that carries the picture instead. @param {HTMLDialogElement} dialog */
  async elsewhere(dialog) {
    try {
      const { code, url, expires_at: until } = await this.session.command("video-code", {});
      renderChanged(dialog, html`<h2 id="elsewhere-title">${t("elsewhere.title")}</h2>
        <p>${t("elsewhere.how")}</p>
        <div class="elsewhere-qr">${qrCode(String(url), t("elsewhere.title"))}</div>
        <p class="elsewhere-url" translate="no">${String(url).split("#")[0]}</p>
        <p class="elsewhere-code" translate="no">${String(code).slice(0, 3)} ${String(code).slice(3)}</p>
        <p class="soft">${t("elsewhere.until", { at: clock(until) })}</p>
        <form method="dialog"><button class="button">${t("dialog.close")}</button></form>`);
      dialog.showModal();
    } catch (error) {
      this.refuse(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {ConsoleView} view @param {string|null} room the room that is looked at */
  draw(view, room) {
    this.#view = view;
    if (view.call) this.element.map = view.call.slots;
    this.#draw(room);
  }

  /** @param {string|null} shown */
  #draw(shown) {
    const view = this.#view;
    const room = this.running ? this.#room : shown;
    const named = view?.rooms[room ?? ""];
    this.box.toggleAttribute("hidden", !named && !this.running);
    this.element.toggleAttribute("hidden", !this.running && this.element.state === "idle");
    if (!named) return;
    renderChanged(this.head, html`<h2>${t("call.title", { room: label(named.name) })}</h2>
      ${this.running ? html`<button type="button" class="link-button" data-action="elsewhere">${t("call.elsewhere")}</button>`
        : this.#outside ? html`<a class="button button-primary" href="${this.#outside}" target="_blank" rel="noopener noreferrer">${t("call.open_outside")}</a>`
        : html`<button type="button" class="button button-primary" data-action="join" data-room="${named.id}">${t("call.join")}</button>
          <p class="soft">${t("call.stays")}</p>`}`);
  }
}
