// @ts-check
/**
 * What a screen reader is told. News is gathered for a moment and said in one go; when there is much of it, how much
 * rather than each: a hall that comes back from a cut must not speak for a minute.
 */

/** ms to gather */
const GATHER = 1200;
/** more lines than this become one */
const LINES = 3;

export class Announcer {
  /** @type {HTMLElement} */ #polite;
  /** @type {(count: number) => string} */ #summary;
  /** @type {string[]} */ #lines = [];
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /** @param {HTMLElement} polite an aria-live region @param {(count: number) => string} summary */
  constructor(polite, summary) {
    this.#polite = polite;
    this.#summary = summary;
  }

  /** @param {string} line */
  say(line) {
    if (!this.#lines.includes(line)) this.#lines.push(line);
    this.#timer ??= setTimeout(() => this.#speak(), GATHER);
  }

  #speak() {
    const lines = this.#lines;
    this.#lines = [];
    this.#timer = undefined;
    this.#polite.textContent = lines.length > LINES ? this.#summary(lines.length) : lines.join(" ");
  }
}
