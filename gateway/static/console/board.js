// @ts-check
/** The board of one room on the page: its head, whom it has, what has to be settled, and everybody by zone. */

import { html, render } from "../html.js";
import { renderChanged, renderItems } from "./keyed.js";
import { claimItems } from "./reception.js";
import { carriersOf } from "./providing.js";
import { roombarMarkup } from "./roombar.js";
import { rowItem } from "./row.js";
import { stageMarkup } from "./stage.js";
import { label, t } from "./words.js";
import { ZONES, zones } from "./zones.js";

/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./zones.js").Zone} Zone */
/**
 * What a board is drawn with besides the view.
 * @typedef {object} Desk
 * @property {number} now ms, the server's clock
 * @property {string|null} selected
 * @property {(id: string) => boolean} muted
 * @property {(command: string, target: string) => boolean} busy
 * @property {ReadonlySet<string>} ticks
 * @property {(interview: string) => string} mirror
 * @property {boolean} overseeing
 */

export class RoomBoard {
  /** @type {Record<Zone, Row[]>} */ zones = { now: [], waiting: [], late: [], coming: [], done: [] };

  #compact = false;

  /**
   * @param {string} room
   * @param {HTMLElement|null} stage where whom the room has is shown, when not on the board itself
   */
  constructor(room, stage) {
    this.room = room;
    this.element = document.createElement("section");
    this.element.className = "board";
    this.element.setAttribute("data-board", room);
    render(this.element, skeleton(room, stage === null));
    this.#compact = stage === null;
    this.stage = stage ?? this.#part(".board-stage");
  }

  /** @param {ConsoleView} view @param {Desk} desk */
  draw(view, desk) {
    const room = view.rooms[this.room];
    if (!room) return;
    this.zones = zones(view, this.room, desk.now);
    const mayPause = view.me.role !== "interviewer";
    const busy = (/** @type {string} */ command) => desk.busy(command, this.room);
    renderChanged(this.#part(".roombar"), roombarMarkup(room, view, { mayPause, mayReady: true, busy, origin: location.origin }));
    const current = (room.taken_by && view.rows[room.taken_by]) || (this.zones.now[0] ?? null);
    const next = (room.next && view.rows[room.next]) || null;
    const stageContext = {
      now: desk.now, ticks: desk.ticks, compact: this.#compact, paused: room.state === "paused", waiting: this.zones.waiting.length, office: label(view.event.office.name),
      carriers: carriersOf(view, this.room),
      busy: (/** @type {string} */ command, /** @type {Row} */ row) => desk.busy(command, row.id),
    };
    renderChanged(this.stage, stageMarkup(room, current, next, stageContext));
    this.#claims(view, desk);
    for (const zone of ZONES) this.#zone(zone, desk, { next: room.next, staged: current?.id ?? null, carriers: carriersOf(view, this.room) });
  }

  /** @param {ConsoleView} view @param {Desk} desk */
  #claims(view, desk) {
    const items = claimItems(view, this.room, desk.now);
    this.#part(".claims").toggleAttribute("hidden", items.length === 0);
    renderItems(this.#part(".claims ol"), items);
  }

  /** @param {Zone} zone @param {Desk} desk @param {{next: string|null, staged: string|null, carriers: import("./providing.js").Carriers}} room */
  #zone(zone, desk, { next, staged, carriers }) {
    const rows = this.zones[zone];
    const section = this.#part(`[data-zone="${zone}"]`);
    section.toggleAttribute("hidden", rows.length === 0 && zone !== "waiting");
    renderChanged(this.#part(`[data-zone="${zone}"] .zone-title`), html`${t(`zone.${zone}`)} <span class="zone-count">${t("zone.count", { n: rows.length })}</span>`);
    this.#part(`[data-zone="${zone}"] .zone-empty`).toggleAttribute("hidden", rows.length > 0);
    renderItems(this.#part(`[data-zone="${zone}"] ol`), rows.map((row) => rowItem(row, {
      now: desk.now, zone, selected: desk.selected === row.id, next: next === row.id, staged: staged === row.id, muted: desk.muted(row.id), room: "",
      busy: (command) => desk.busy(command, row.id), carriers, mirror: desk.mirror, overseeing: desk.overseeing,
    })));
  }

  /** @param {string} selector @returns {HTMLElement} */
  #part(selector) {
    const found = this.element.querySelector(selector);
    if (!(found instanceof HTMLElement)) throw new Error(`the board has no ${selector}`);
    return found;
  }
}

/** @param {string} room @param {boolean} withStage */
function skeleton(room, withStage) {
  return html`<div class="roombar"></div>
    ${withStage ? html`<div class="board-stage stage"></div>` : ""}
    <section class="claims panel" hidden aria-labelledby="claims-${room}">
      <h3 id="claims-${room}">${t("claims.title")}</h3><p class="soft">${t("claims.explain")}</p><ol></ol>
    </section>
    ${ZONES.map((zone) => zone === "done"
      ? html`<details class="zone" data-zone="done"><summary><h3 class="zone-title"></h3></summary><p class="zone-empty soft">${t("zone.done.empty")}</p><ol></ol></details>`
      : html`<section class="zone" data-zone="${zone}"><h3 class="zone-title"></h3><p class="zone-empty soft">${t(`zone.${zone}.empty`)}</p><ol></ol></section>`)}`;
}
