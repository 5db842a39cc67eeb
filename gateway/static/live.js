// @ts-check
/**
 * The live channel (docs/protocol.md §4): one person's view, kept present. WebSocket first, long-poll where a proxy
 * breaks that, on the same frames. Never touches the DOM's elements; listens to the page's life only.
 *
 * Events:
 * - `view`: `detail` `{view, id, now}`; the whole view, rows applied.
 * - `line`: `detail` `{state, transport}`; whether what is shown is present (see LineState).
 * - `bye`: `detail` `{code, again: false}`; the channel has stopped for good (`fenced`, `expired`, `forbidden`, `session_missing` …).
 */

import { Problem, Session } from "./api.js";
import { ServerClock } from "./clock.js";

/**
 * `connecting`: not there yet, or a break of a moment; `online`; `offline`: a try has failed, what is shown may be old;
 * `unrecorded`: online, and the gateway cannot record anything; `missing`: nor will it until somebody has decided what
 * becomes of records that its store has lost; `stopped`: see `bye`.
 * @typedef {"connecting"|"online"|"offline"|"unrecorded"|"missing"|"stopped"} LineState
 * @typedef {"socket"|"poll"} Transport
 * @typedef {Record<string, any>} View
 */

/** No frame for this long (ms): the line is dead, whatever the socket says (the server pings every 15 s). */
const SILENCE = 35_000;
/** "I am here", ms. */
const HERE = 10_000;
/** An upgrade that has not opened by then (ms) has failed. */
const OPENING = 8000;
/** Failures before long-poll takes over. */
const FAILURES = 2;
/** While polling, a WebSocket is tried this often (ms). */
const RETRY = 60_000;
/** How long (s) one poll waits. */
const WAIT = 25;
/** Pauses before connecting anew, ms; half of each is random, so that a hall does not return as one. */
const PAUSES = [250, 1000, 2000, 4000, 8000, 15_000];

/** @param {number} attempt @returns {number} ms */
function pause(attempt) {
  const full = PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 15_000;
  return full / 2 + (Math.random() * full) / 2;
}

export class Live extends EventTarget {
  /** @type {Session} */ #session;
  /** @type {(view: View|null) => boolean} */ #present;
  /** @type {View|null} */ #view = null;
  #id = "";
  /** @type {LineState} */ #line = "connecting";
  /** @type {WebSocket|null} */ #socket = null;
  /** @type {AbortController|null} */ #poll = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #ticker;
  /** @type {AbortController} */ #life = new AbortController();
  #failures = 0;
  #heard = 0;
  #told = 0;
  #tried = 0;
  #started = false;

  /**
   * @param {object} options
   * @param {Session} options.session
   * @param {ServerClock} [options.clock] is told the server's time
   * @param {(view: View|null) => boolean} [options.present] whether to say "here" yet: a candidate who has agreed to
   *   nothing is not there, and neither is a mail scanner that runs the page
   */
  constructor({ session, clock = new ServerClock(), present = () => true }) {
    super();
    this.#session = session;
    this.#present = present;
    this.clock = clock;
  }

  get view() { return this.#view; }
  get id() { return this.#id; }
  get line() { return this.#line; }
  /** @returns {Transport} */
  get transport() { return this.#poll ? "poll" : "socket"; }

  start() {
    if (this.#started) return;
    this.#started = true;
    this.#listen();
    this.#ticker = setInterval(() => this.#tick(), 1000);
    this.#connect();
  }

  /** Stop without a word; `start` is for once. */
  stop() {
    this.#life.abort();
    clearInterval(this.#ticker);
    clearTimeout(this.#timer);
    this.#hangUp();
    this.#poll?.abort();
    this.#poll = null;
    this.#enter("stopped");
  }

  /** Ask for the present view again, whole. */
  refresh() {
    this.#id = "";
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send({ t: "have", id: "" });
    else this.#again(0);
  }

  get #up() { return this.#line === "online" || this.#line === "unrecorded" || this.#line === "missing"; }
  get #over() { return this.#life.signal.aborted; }

  #listen() {
    const { signal } = this.#life;
    const wake = () => this.#woken();
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#here() : wake()), { signal });
    document.addEventListener("freeze", () => this.#send({ t: "asleep" }), { signal });
    document.addEventListener("resume", wake, { signal });
    addEventListener("pagehide", () => this.#send({ t: "asleep" }), { signal });
    addEventListener("pageshow", (event) => event.persisted && wake(), { signal });
    addEventListener("online", wake, { signal });
    addEventListener("offline", () => this.#enter("offline"), { signal });
  }

  /** The page is looked at again, or the network is back: timers may have slept, so look at the clock. */
  #woken() {
    if (this.#over) return;
    const quiet = Date.now() - this.#heard > SILENCE / 2;
    if (this.#up && !quiet) this.#here();
    else this.#again(0);
  }

  #tick() {
    const now = Date.now();
    if (this.#socket && this.#up && now - this.#heard > SILENCE) this.#lost();
    else if (now - this.#told >= HERE) this.#here();
    if (this.#poll && !this.#socket && now - this.#tried > RETRY) this.#dial();
  }

  #connect() {
    if (this.#over) return;
    if (this.#failures < FAILURES) this.#dial();
    else void this.#pollOn();
  }

  #dial() {
    this.#tried = Date.now();
    const address = new URL(`${this.#session.base}/live`, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.#socket = socket;
    const opening = setTimeout(() => socket.close(), OPENING);
    socket.addEventListener("open", () => {
      clearTimeout(opening);
      if (socket !== this.#socket) return;
      this.#send({ t: "have", id: this.#id });
      this.#here();
    });
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#socketFrame(event.data);
    });
    socket.addEventListener("close", (event) => {
      clearTimeout(opening);
      if (socket === this.#socket) this.#closed(event.code, event.reason);
    });
  }

  /** @param {string} data */
  #socketFrame(data) {
    this.#failures = 0;
    this.#poll?.abort();
    this.#poll = null;
    this.#frame(JSON.parse(data));
    this.#reached();
  }

  /** @param {number} code @param {string} reason */
  #closed(code, reason) {
    this.#socket = null;
    if (code >= 4400 && code < 4500) this.#bye(reason || "forbidden");
    else if (!this.#poll) this.#lost();
  }

  #hangUp() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #lost() {
    if (this.#over) return;
    this.#hangUp();
    this.#failures += 1;
    this.#enter(this.#failures > 1 || !navigator.onLine ? "offline" : "connecting");
    this.#again(pause(this.#failures - 1));
  }

  /** @param {number} delay ms */
  #again(delay) {
    if (this.#over) return;
    clearTimeout(this.#timer);
    this.#hangUp();
    this.#poll?.abort();
    this.#poll = null;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  async #pollOn() {
    const poll = new AbortController();
    this.#poll = poll;
    while (!poll.signal.aborted) {
      const path = `view?have=${encodeURIComponent(this.#id)}&wait=${this.#up ? WAIT : 0}`;
      try {
        this.#frame(await this.#session.read(path, { signal: poll.signal }));
        if (poll.signal.aborted) return;
        this.#failures = FAILURES;
        this.#reached();
      } catch (error) {
        if (poll.signal.aborted) return;
        this.#poll = null;
        if (error instanceof Problem && !error.passing) this.#bye(error.code);
        else this.#lost();
        return;
      }
    }
  }

  /** @param {any} frame */
  #frame(frame) {
    this.#heard = Date.now();
    if (frame.now) this.clock.observe(frame.now);
    if (frame.t === "view") this.#show(frame.view, frame);
    else if (frame.t === "rows") this.#apply(frame);
    else if (frame.t === "ping") this.#here();
    else if (frame.t === "bye" && !frame.again) this.#bye(frame.code);
  }

  /** @param {any} frame */
  #apply(frame) {
    if (frame.base !== this.#id || !this.#view) {
      this.refresh();
      return;
    }
    const rows = { ...this.#view["rows"], ...frame.put };
    for (const key of frame.drop) delete rows[key];
    this.#show({ ...frame.head, rows }, frame);
  }

  /** @param {View} view @param {{id: string, now: number}} frame */
  #show(view, { id, now }) {
    const wasThere = this.#present(this.#view);
    this.#view = view;
    this.#id = id;
    if (!wasThere) this.#here(); // as soon as there is somebody to be here, not at the next tick
    this.dispatchEvent(new CustomEvent("view", { detail: { view, id, now } }));
  }

  /** @param {string} code */
  #bye(code) {
    if (this.#over) return;
    this.stop();
    this.dispatchEvent(new CustomEvent("bye", { detail: { code, again: false } }));
  }

  #here() {
    if (this.#over || !this.#present(this.#view)) return;
    this.#told = Date.now();
    if (this.#poll && !this.#socket) {
      if (!document.hidden) void this.#session.command("seen", {}, { tries: 1 }).catch(() => undefined);
    } else {
      this.#send({ t: "here", visible: !document.hidden });
    }
  }

  /** @param {object} frame */
  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** A frame has come. */
  #reached() {
    const { store, loss, missing } = this.#view ?? {};
    this.#enter(store !== "lost" ? "online" : loss || missing ? "missing" : "unrecorded");
  }

  /** @param {LineState} state */
  #enter(state) {
    if (state === this.#line || this.#line === "stopped") return;
    this.#line = state;
    this.dispatchEvent(new CustomEvent("line", { detail: { state, transport: this.transport } }));
  }
}
