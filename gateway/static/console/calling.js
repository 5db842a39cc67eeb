// @ts-check
/**
 * The room's call on the console. It is the panel's: joined by one click, kept while candidates come and go, left only
 * by the person. The element is placed once by the shell and never moved.
 */

import "../call/call.js";
import { qrCode } from "../candidate/qr.js";
import { html, safeUrl } from "../html.js";
import { renderChanged } from "./keyed.js";
import { carriersOf, isOutside, named } from "./providing.js";
import { clock, label, t, who } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("../call/call.js").GenkanCall} GenkanCall */
/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {import("./types.js").Room} Room */

/** States in which the call is not running. */
const OUT = new Set(["idle", "ended"]);

export class Calling {
  /** @type {string|null} the room whose call this page is in, or was last */
  #room = null;
  /** @type {ConsoleView|null} */ #view = null;
  /** @type {{room: string, url: string}|null} the provider's own room, as a press of the button came to */
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
      this.#outside = ticket.kind === "redirect" ? { room, url: safeUrl(ticket.url) } : null;
      if (this.#outside === null) await this.element.start(this.#signal(room, ticket));
    } catch (error) {
      this.refuse(error instanceof Error ? error.message : String(error));
    }
    this.#draw(room);
    if (this.#outside?.room === room) this.open();
  }

  /** Go to the provider's own room by its link on the page, or join the call, as a press would. @returns {boolean} whether there is one */
  open() {
    const door = this.head.querySelector("a[data-outside], [data-action=join]");
    if (door instanceof HTMLElement) door.click();
    return door !== null || this.running;
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
    const shownRoom = view?.rooms[room ?? ""];
    this.box.toggleAttribute("hidden", !shownRoom && !this.running);
    this.element.toggleAttribute("hidden", !this.running && this.element.state === "idle");
    if (!view || !shownRoom) return;
    const outside = this.#door(view, shownRoom);
    renderChanged(this.head, html`<h2>${t("call.title", { room: label(shownRoom.name) })}</h2>
      ${this.running ? html`<button type="button" class="link-button" data-action="elsewhere">${t("call.elsewhere")}</button>` : ""}
      ${outside ?? (this.running ? "" : html`<button type="button" class="button button-primary" data-action="join" data-room="${shownRoom.id}" aria-keyshortcuts="O">${t("call.join")} <kbd aria-hidden="true">O</kbd></button>
          <p class="soft">${t("call.stays")}</p>`)}`);
  }

  /** Where the one who is in the room, or comes next, is with a provider of its own pages. @param {ConsoleView} view @param {Room} room */
  #door(view, room) {
    const carriers = carriersOf(view, room.id);
    const row = view.rows[room.taken_by ?? room.next ?? ""];
    if (row && isOutside(carriers, row)) {
      const provider = named(carriers, row.provider);
      if (!row.ready && row.session?.state !== "open") return html`<p class="soft" role="status">${t("call.not_yet", { provider })}</p>`;
      return html`${link(this.session.href(`open/${encodeURIComponent(row.id)}`), t("call.open_of", { provider, who: who(row) }))}
        <p class="soft">${t("call.outside", { provider })}</p>`;
    }
    if (this.#outside?.room === room.id) return link(this.#outside.url, t("call.open_outside"));
    if (!row && carriers.providers[carriers.usual]?.embedded === false) return html`<p class="soft">${t("call.nobody", { provider: named(carriers, carriers.usual) })}</p>`;
    return null;
  }
}

/** A plain link: no script opens windows here. @param {string} url @param {string} words */
function link(url, words) {
  return html`<a class="button button-primary" data-outside data-key="outside" href="${url}" target="_blank" rel="noopener noreferrer" aria-keyshortcuts="O">${words} <kbd aria-hidden="true">O</kbd></a>`;
}
