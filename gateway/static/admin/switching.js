// @ts-check
/**
 * Another provider, for the event, a room or an interview: chosen, looked at in a dry run, then applied with a reason.
 *
 * What is applied is what the preview was asked with, word for word. Another choice drops the preview; a change of what
 * is in use by somebody else makes it stale, and a stale one cannot be applied.
 */

import { freshId, Problem } from "../api.js";
import { t } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").DryRun} DryRun */
/** @typedef {import("./types.js").SwitchBody} SwitchBody */
/** @typedef {"choosing"|"looking"|"looked"|"applying"} State */
/**
 * @typedef {object} Wanted what the form says
 * @property {string|null} provider null: not chosen yet; "": as the wider scope has it
 * @property {"event"|"room"|"interview"} kind
 * @property {string} room
 * @property {string} interview
 * @property {"stay"|"move"} open
 * @property {boolean} narrower
 */

/** @returns {Wanted} */
const nothing = () => ({ provider: null, kind: "event", room: "", interview: "", open: "stay", narrower: false });

export class Switching {
  /** @type {State} */ state = "choosing";
  /** @type {Wanted} */ wanted = nothing();
  /** @type {{body: SwitchBody, answer: DryRun, at: number, stale: boolean}|null} */ preview = null;
  /** @type {{scope: string, to: string, n: number, at: number}|null} what was done last */ done = null;
  /** Something was refused. */ error = "";
  /** Something changed, and what is shown is new. */ notice = "";
  #asked = 0;
  #witness = "";
  #attempt = { id: "", reason: "" };

  /** @param {Session} session @param {() => number} now ms @param {(focus?: "preview"|"result") => void} changed */
  constructor(session, now, changed) {
    this.session = session;
    this.now = now;
    this.changed = changed;
  }

  /** @returns {string} */
  get scope() {
    if (this.wanted.kind === "room") return this.wanted.room ? `r:${this.wanted.room}` : "";
    if (this.wanted.kind === "interview") return this.wanted.interview ? `i:${this.wanted.interview}` : "";
    return "event";
  }

  /** @param {Partial<Wanted>} change */
  choose(change) {
    if (this.state === "applying") return;
    const had = this.preview !== null || this.state === "looking";
    this.wanted = { ...this.wanted, ...change };
    this.#asked += 1; // an answer that is still on its way is for another choice
    this.preview = null;
    this.done = null;
    this.#enter("choosing", "", had ? t("switch.dropped") : "");
  }

  /** Leave it at that; what was chosen stays chosen. */
  drop() {
    if (this.state === "applying") return;
    this.choose({});
    this.#enter("choosing");
  }

  /** @param {AdminView} view what is in use by now */
  see(view) {
    const witness = JSON.stringify([
      (view.switches ?? []).map(({ scope, provider, open_sessions: open, at }) => [scope, provider, open, at]),
      view.providers.map(({ id, down }) => [id, down?.code]),
      view.coverage,
    ]);
    if (witness === this.#witness) return;
    this.#witness = witness;
    if (this.preview && this.state === "looked") this.preview = { ...this.preview, stale: true };
  }

  /** The dry run of what is chosen. */
  async look() {
    const { provider, open, narrower } = this.wanted;
    if (this.state === "looking" || this.state === "applying") return;
    if (provider === null || !this.scope) {
      this.#enter("choosing", t(provider === null ? "switch.choose_provider" : "switch.choose_scope"));
      return;
    }
    await this.#look({ provider, scope: this.scope, open, with_narrower: narrower });
  }

  /** @param {SwitchBody} body @param {string} [notice] */
  async #look(body, notice = "") {
    const asked = (this.#asked += 1);
    const witness = this.#witness;
    this.done = null;
    this.preview = null;
    this.#enter("looking", "", notice);
    try {
      const answer = await this.session.command("switch-preview", body);
      if (asked !== this.#asked) return;
      this.preview = { body, answer, at: this.now(), stale: witness !== this.#witness };
      this.#attempt = { id: "", reason: "" };
      this.#enter("looked", "", notice);
      this.changed("preview");
    } catch (error) {
      if (asked === this.#asked) this.#enter("choosing", said(error, "switch.no_answer"));
    }
  }

  /** @param {string} reason */
  async apply(reason) {
    const { preview } = this;
    if (this.state !== "looked" || !preview || preview.stale || !reason) return;
    // The same words are the same command, however often its answer was lost.
    if (!this.#attempt.id || this.#attempt.reason !== reason) this.#attempt = { id: freshId(), reason };
    this.#enter("applying");
    try {
      const { body, answer } = preview;
      await this.session.command("switch-provider", { ...body, reason, expects: answer.from }, { id: this.#attempt.id });
      this.preview = null;
      this.wanted = nothing();
      this.done = { scope: body.scope, to: answer.to, n: changing(answer), at: this.now() };
      this.#enter("choosing");
      this.changed("result");
    } catch (error) {
      if (error instanceof Problem && error.code === "changed_meanwhile") await this.#look(preview.body, t("switch.changed_meanwhile"));
      else this.#enter("looked", said(error, "switch.unknown_outcome"));
    }
  }

  /** @param {State} state @param {string} [error] @param {string} [notice] */
  #enter(state, error = "", notice = "") {
    this.state = state;
    this.error = error;
    this.notice = notice;
    this.changed();
  }
}

/** Interviews for which something will be different. @param {DryRun} answer */
export function changing(answer) {
  return ["follows", "reopens", "moves"].reduce((sum, effect) => sum + (answer.counts[effect] ?? 0), 0);
}

/** @param {unknown} error @param {string} unanswered the key of what to say when no answer came @returns {string} */
export function said(error, unanswered) {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 0) return t(unanswered);
  return error.detail || t("failed");
}
