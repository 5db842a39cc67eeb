// @ts-check
/**
 * Asking the gateway for something. Nothing is shown as done before the view that contains it has arrived: until then
 * the button is busy, and a second press of it asks nothing.
 *
 * Event: `change` (what is busy changed).
 */

/** How many view ids are remembered: an answer may come after the view that it names. */
const REMEMBERED = 64;
/** ms after the answer that a button waits for its view at most: a later view may have overtaken it */
const PATIENCE = 2000;

/** @typedef {Record<string, unknown>} Body */
/** @typedef {(command: string, body: Body) => Promise<Record<string, unknown>>} Post */

export class Commands extends EventTarget {
  /** @type {Post} */ #post;
  /** @type {() => string} */ #offline;
  /** @type {Map<string, string|null>} target of a busy button → the view it waits for, once known */
  #busy = new Map();
  /** @type {string[]} */ #seen = [];

  /**
   * @param {Post} post rejects with an error whose `message` is the sentence for the person
   * @param {() => string} offline the sentence when no answer came
   */
  constructor(post, offline) {
    super();
    this.#post = post;
    this.#offline = offline;
  }

  /** @param {string} command @param {string} target */
  isBusy(command, target) { return this.#busy.has(`${command} ${target}`); }

  /** A view has arrived. @param {string} id */
  seen(id) {
    this.#seen.push(id);
    if (this.#seen.length > REMEMBERED) this.#seen.shift();
    for (const [key, wanted] of this.#busy) {
      if (wanted === id) this.#free(key);
    }
  }

  /**
   * @param {string} command @param {Body} body
   * @returns {Promise<{answer: Record<string, unknown>|null, refusal: string|null}>} neither when it is already under way
   */
  async send(command, body) {
    const key = `${command} ${target(command, body)}`;
    if (this.#busy.has(key)) return { answer: null, refusal: null };
    this.#busy.set(key, null);
    this.#tell();
    try {
      const answer = await this.#post(command, body);
      this.#settle(key, typeof answer.view === "string" ? answer.view : "");
      return { answer, refusal: null };
    } catch (error) {
      this.#free(key);
      return { answer: null, refusal: this.#sentence(error) };
    }
  }

  /** @param {unknown} error */
  #sentence(error) {
    if (!(error instanceof Error)) return String(error);
    return "code" in error && error.code === "offline" ? this.#offline() : error.message;
  }

  /** @param {string} key @param {string} view */
  #settle(key, view) {
    if (view === "" || this.#seen.includes(view)) {
      this.#free(key);
      return;
    }
    this.#busy.set(key, view);
    setTimeout(() => {
      if (this.#busy.get(key) === view) this.#free(key);
    }, PATIENCE);
  }

  /** @param {string} key */
  #free(key) {
    this.#busy.delete(key);
    this.#tell();
  }

  #tell() { this.dispatchEvent(new Event("change")); }
}

/** What a command is about: the button that asks for it. Of an interview's alarms each is a matter of its own. @param {string} command @param {Body} body */
function target(command, body) {
  if (command === "settle-alarm") return `${body.interview}:${body.code}`;
  return String(body.interview ?? body.claim ?? body.room ?? body.staff ?? body.provider ?? "");
}
