// @ts-check
/** From a key or a click to a command: which person is meant, whether words are needed first, what is sent. */

import { FORMS } from "./forms.js";
import { carriersOf, named } from "./providing.js";
import { claimChoices } from "./reception.js";
import { label, t, who } from "./words.js";

/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {import("./types.js").Row} Row */
/**
 * @typedef {object} Hands
 * @property {() => ConsoleView|null} view
 * @property {() => string|null} selected
 * @property {() => string|null} room the room that keys are about
 * @property {(command: string, body: Record<string, unknown>) => unknown} send
 * @property {(asking: import("./dialog.js").Asking) => void} ask
 * @property {(sentence: string) => void} refuse
 * @property {() => ReadonlySet<string>} ticks
 */

/** Commands that a button or a form stands for under another name. @type {Record<string, string>} */
const MEANS = { "not-same-person": "same-person", doubt: "identity", "already-there": "check-in-for" };
const KEYS = /** @type {Record<string, string>} */ ({
  A: "admit", H: "hold", M: "message", B: "send-back", F: "finish", U: "finish-undo", I: "arrived",
});
const IN_ROOM = new Set(["admitting", "in_session"]);
const BEFORE_ROOM = new Set(["expected", "preparing", "waiting"]);

export class Doing {
  /** @param {Hands} hands */
  constructor(hands) {
    this.hands = hands;
  }

  /** @param {string} key upper case @returns {boolean} whether it meant something */
  key(key) {
    const command = KEYS[key];
    if (command === undefined) return false;
    const row = this.#meant(command);
    if (row) this.run(command, row.id);
    else this.hands.refuse(t("refused.nobody", { action: t(`action.${command}`) }));
    return true;
  }

  /** @param {string} command or the name of a form @param {string} interview @param {string} [code] which alarm */
  run(command, interview, code = "") {
    const view = this.hands.view();
    const row = view?.rows[interview];
    if (!view || !row) return;
    if (!row.can.includes(MEANS[command] ?? command)) {
      const unclear = command === "admit" && row.can.includes("same-person");
      this.hands.refuse(t(unclear ? "refused.compare_first" : "refused.not_now", { who: who(row), action: t(`action.${command}`) }));
    } else if (FORMS[command]) {
      const form = command === "no-show" && row.arrived_at ? "not-there" : command; // checked in: another verdict
      const values = { provider: named(carriersOf(view), row.coming) };
      this.hands.ask({ form, about: who(row), body: { ...this.#body(command, row), ...(code ? { code } : {}) }, values, row });
    } else this.#send(command, row);
  }

  /** To everybody who waits in a room. @param {string} room */
  messageRoom(room) {
    const found = this.hands.view()?.rooms[room];
    if (found) this.hands.ask({ form: "message", about: t("message.to_all", { room: label(found.name) }), body: { room } });
  }

  /** @param {"accept-claim"|"refuse-claim"} form @param {string} id */
  claim(form, id) {
    const view = this.hands.view();
    const claim = view?.claims.find((each) => each.id === id);
    if (!view || !claim) return;
    const about = t("claim.about", { number: claim.number || "—", name: claim.name || "—" });
    this.hands.ask({ form, about, body: { claim: id }, choices: claimChoices(claim, view) });
  }

  /** @param {string} command @param {Row} row */
  #send(command, row) {
    if (command === "identity" && !(row.steps ?? []).every((step) => this.hands.ticks().has(step))) {
      this.hands.refuse(t("refused.tick_first"));
      return;
    }
    this.hands.send(command, this.#body(command, row));
  }

  /** @param {string} command @param {Row} row @returns {Record<string, unknown>} */
  #body(command, row) {
    const interview = row.id;
    switch (command) {
      case "hold":
        return { interview, on: !row.held };
      case "finish":
        return row.closing ? { interview, now: true } : { interview };
      case "same-person":
        return { interview, same: true };
      case "identity":
        return { interview, steps: row.steps ?? [], confirmed: true };
      case "doubt":
        return { interview, steps: [...this.hands.ticks()] };
      default:
        return { interview };
    }
  }

  /** Whom a key means: the one in the room for what is done there, else the chosen one, else the room's next. @param {string} command @returns {Row|null} */
  #meant(command) {
    const view = this.hands.view();
    if (!view) return null;
    const chosen = view.rows[this.hands.selected() ?? ""] ?? null;
    const room = view.rooms[this.hands.room() ?? chosen?.room ?? ""];
    const current = view.rows[room?.taken_by ?? ""] ?? null;
    const next = view.rows[room?.next ?? ""] ?? null;
    if (["finish", "finish-undo", "send-back", "arrived"].includes(command)) return chosen && IN_ROOM.has(chosen.phase) ? chosen : current;
    if (command === "message") return chosen ?? current ?? next;
    if (chosen && BEFORE_ROOM.has(chosen.phase)) return chosen;
    return next ?? (command === "hold" ? onlyHeld(view, room?.id ?? "") : null);
  }
}

/** Who is held while nobody is next: the same key lets them go. Null when it could be either of two. @param {import("./types.js").ConsoleView} view @param {string} room @returns {Row|null} */
function onlyHeld(view, room) {
  const held = Object.values(view.rows).filter((row) => row.room === room && row.held && BEFORE_ROOM.has(row.phase));
  return held.length === 1 ? held[0] ?? null : null;
}
