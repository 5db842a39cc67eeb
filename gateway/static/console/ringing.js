// @ts-check
/** The knock on this page: sound, the tab's title, one line for a screen reader, a notice of the desktop when allowed. */

import { pageTitle } from "../shell.js";
import { Knocker } from "./knock.js";
import { Sounds } from "./sound.js";
import { label, t, who } from "./words.js";
import { knocking } from "./zones.js";

/** @typedef {import("./types.js").ConsoleView} ConsoleView */

export class Ringing {
  sounds = new Sounds();
  knocker = new Knocker((sound) => this.#ring(sound));
  #title = document.title;
  #interviewing = false;

  /** @param {(sentence: string) => void} say */
  constructor(say) {
    this.say = say;
  }

  /** @param {ConsoleView} view @param {number} now */
  view(view, now) {
    const rows = knocking(view);
    const rooms = Object.values(view.rooms);
    this.#title = rooms.length === 1 && rooms[0] ? label(rooms[0].name) : label(view.event.title);
    this.#interviewing = rooms.length === 1 && view.rows[rooms[0]?.taken_by ?? ""]?.phase === "in_session";
    const fresh = this.knocker.update(rows.map((row) => ({ id: row.id, since: row.knock?.since ?? now })), now);
    for (const row of rows) if (fresh.includes(row.id)) this.say(t("news.knock", { who: who(row) }));
    this.#badge(now);
  }

  /** Once a second. @param {number} now */
  tick(now) {
    this.knocker.tick(now);
    this.#badge(now);
  }

  /** By a click: browsers keep a page silent until then. */
  async enable() {
    await this.sounds.enable();
    if (globalThis.Notification?.permission === "default") void Notification.requestPermission();
  }

  /** @param {"knock"|"urgent"} sound */
  #ring(sound) {
    this.sounds.play(sound, this.#interviewing);
    if (document.hidden && globalThis.Notification?.permission === "granted") {
      // No name: a desktop notice is seen by whoever stands beside.
      new Notification(t("knock.notice", { n: this.knocker.count }), { tag: "genkan-knock", body: this.#title });
    }
  }

  /** @param {number} now */
  #badge(now) {
    const { count } = this.knocker;
    const badge = count === 0 ? "" : t(this.knocker.isUrgent(now) ? "knock.badge_urgent" : "knock.badge", { n: count });
    if (document.title !== (badge ? `${badge} ${this.#title}` : this.#title)) pageTitle(this.#title, badge);
  }
}
