// @ts-check
/**
 * The knock: a person who waits is heard until somebody has handled them. A first sound at once, then every 20 s, more
 * urgent after a minute; a person can be muted for this page only, which handles nothing.
 *
 * Pure but for what it is given: it is told who knocks and what time it is, and says when to make which sound.
 */

/** ms between two sounds for the same people; a re-knock with a cooldown, so a full waiting room is one sound */
const REPEAT = 20_000;
/** ms of knocking after which the sound becomes urgent */
const URGENT = 60_000;

/** @typedef {"knock"|"urgent"} Sound */
/** @typedef {{id: string, since: number}} Knock */

export class Knocker {
  /** @type {Map<string, Knock>} */ #knocks = new Map();
  /** @type {Set<string>} */ #muted = new Set();
  /** @type {(sound: Sound) => void} */ #ring;
  #last = Number.NEGATIVE_INFINITY;

  /** @param {(sound: Sound) => void} ring */
  constructor(ring) {
    this.#ring = ring;
  }

  /**
   * Those who knock now, muted or not.
   * @param {Knock[]} knocks @param {number} now ms, the server's clock
   * @returns {string[]} ids of those who were not knocking before
   */
  update(knocks, now) {
    const fresh = knocks.filter(({ id, since }) => this.#knocks.get(id)?.since !== since).map(({ id }) => id);
    for (const id of fresh) this.#muted.delete(id);
    this.#knocks = new Map(knocks.map((knock) => [knock.id, knock]));
    for (const id of this.#muted) if (!this.#knocks.has(id)) this.#muted.delete(id);
    if (fresh.length > 0) this.#sound(now);
    return fresh;
  }

  /** Call about once a second. @param {number} now ms, the server's clock */
  tick(now) {
    if (this.#audible().length > 0 && now - this.#last >= REPEAT) this.#sound(now);
  }

  /** @param {string} id @param {boolean} on */
  mute(id, on) {
    if (on) this.#muted.add(id);
    else this.#muted.delete(id);
  }

  /** @param {string} id */
  isMuted(id) { return this.#muted.has(id); }

  get count() { return this.#knocks.size; }

  /** Whether somebody who is not muted has knocked for a minute. @param {number} now ms */
  isUrgent(now) { return this.#audible().some(({ since }) => now - since >= URGENT); }

  #audible() { return [...this.#knocks.values()].filter(({ id }) => !this.#muted.has(id)); }

  /** @param {number} now */
  #sound(now) {
    this.#last = now;
    this.#ring(this.isUrgent(now) ? "urgent" : "knock");
  }
}
