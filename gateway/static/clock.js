// @ts-check
/** The server's time, and times as the event's zone writes them. */

import { lang } from "./i18n.js";

const LOCALE = lang === "en" ? "en-GB" : "ja-JP";
/** Samples that the offset is judged by; more would only make it slower to follow a corrected clock. */
const SAMPLES = 8;
/** A sample this far (ms) from the present offset means that this device's clock was set. */
const JUMP = 5000;

/**
 * Follows the server's clock by the times in its frames. A frame is late by its way, so the largest difference of the
 * last few is the nearest to the truth.
 */
export class ServerClock {
  /** @type {number[]} */ #samples = [];

  /** @param {number} serverNow ms UTC, from a frame that has just come */
  observe(serverNow) {
    const sample = serverNow - Date.now();
    if (this.#samples.length > 0 && Math.abs(sample - this.offset) > JUMP) this.#samples = [];
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  /** Milliseconds to add to this device's clock. */
  get offset() {
    return this.#samples.length > 0 ? Math.max(...this.#samples) : 0;
  }

  /** @returns {number} ms UTC */
  now() {
    return Date.now() + this.offset;
  }
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {number} at @param {string} zone @param {Intl.DateTimeFormatOptions} options @returns {string} */
function formatted(at, zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: zone });
    formats.set(key, format);
  }
  return format.format(at);
}

/** `14:05` @param {number} at ms UTC @param {string} zone IANA name @returns {string} */
export function time(at, zone) {
  return formatted(at, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `14:05:09` @param {number} at @param {string} zone @returns {string} */
export function timeWithSeconds(at, zone) {
  return formatted(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** `2026年11月22日(日)` @param {number} at @param {string} zone @returns {string} */
export function date(at, zone) {
  return formatted(at, zone, { year: "numeric", month: "long", day: "numeric", weekday: "short" });
}

/** Whether two times fall on the same day there. @param {number} a @param {number} b @param {string} zone */
export function sameDay(a, b, zone) {
  return date(a, zone) === date(b, zone);
}

/** Whole minutes from `from` to `to`, rounded up, at least 0. @param {number} from @param {number} to */
export function minutesUntil(from, to) {
  return Math.max(0, Math.ceil((to - from) / 60_000));
}
