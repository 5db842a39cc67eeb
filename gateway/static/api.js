// @ts-check
/** The gateway's HTTP API: entering, commands and reads. Never touches the DOM. */

/**
 * @typedef {{name?: unknown, telephone?: string, hours?: unknown}} Office `name` and `hours` may be per language
 * @typedef {{link: string}|{code: string}|{video: string}} Key what a person comes with
 * @typedef {{sid: string, kind: "candidate"|"companion"|"shared"|"staff"|"video", role?: string, event: any}} Entered
 * @typedef {{status?: number, code?: string, title?: string, detail?: string, field?: string, office?: Office, retry_after?: number,
 *   faults?: {path: string, sentence: string}[]}} ProblemBody
 */

/** Tries of one command while the line is bad; the id stays, so the gateway does it once. */
const TRIES = 4;
/** Pauses between them, ms. */
const PAUSES = [400, 1200, 3000];
/** An answer that takes longer (ms) is given up; the gateway's slowest command, a ticket, is bounded well below. */
const PATIENCE = 20_000;

/** A refusal (application/problem+json), or `code` "offline" with status 0 when no answer came. */
export class Problem extends Error {
  /** @param {ProblemBody} body */
  constructor(body) {
    super(body.detail || body.title || body.code || "problem");
    this.name = "Problem";
    this.status = body.status ?? 0;
    this.code = body.code ?? "unknown";
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.field = body.field ?? null;
    this.office = body.office ?? null;
    /** @type {{path: string, sentence: string}[]} what is wrong with a file, each with its place */
    this.faults = body.faults ?? [];
    /** @type {number} seconds */
    this.retryAfter = body.retry_after ?? 0;
  }

  /** No answer, or one that says to come again. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** A fresh id for a command. @returns {string} */
export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {number} ms @returns {Promise<void>} */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * One request. @param {string} path @param {RequestInit} [init] @param {number} [patience] ms @returns {Promise<any>} the answer's JSON
 * @throws {Problem}
 */
export async function request(path, init = {}, patience = PATIENCE) {
  const timeout = AbortSignal.timeout(patience + (init.method ? 0 : 25_000));
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  const language = globalThis.document?.documentElement.lang || "ja";
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      credentials: "same-origin",
      cache: "no-store",
      ...init,
      signal,
      headers: { Accept: "application/json", "Accept-Language": language, ...init.headers },
    });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new Problem({ status: 0, code: "offline" });
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Problem({ status: response.status, code: `http_${response.status}`, ...body });
  return body;
}

/** @param {string} path @param {object} body @param {number} [patience] ms */
function post(path, body, patience) {
  return request(
    path,
    { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
    patience,
  );
}

/**
 * `POST /api/enter`. Changes nothing but the browser's session.
 * @param {Key} key @param {string|null} [sid] one that this browser had for the same key
 * @returns {Promise<Entered>}
 */
export function enter(key, sid = null) {
  return post("/api/enter", sid ? { ...key, sid } : key);
}

/** What one browser session may say and read. */
export class Session {
  /** @param {string} sid */
  constructor(sid) {
    this.sid = sid;
    this.base = `/api/s/${encodeURIComponent(sid)}`;
  }

  /**
   * A command; it is sent again with the same id while no answer comes. Pass `id` to repeat one of before,
   * `patience` (ms) where the answer may take longer than the gateway's own.
   * @param {string} name @param {object} [body] @param {{id?: string, tries?: number, patience?: number}} [options]
   * @returns {Promise<any>} @throws {Problem}
   */
  async command(name, body = {}, { id = freshId(), tries = TRIES, patience = PATIENCE } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await post(`${this.base}/${name}`, { id, ...body }, patience);
      } catch (error) {
        const again = error instanceof Problem && (error.status === 0 || error.status === 502 || error.status === 503);
        if (!again || attempt >= tries) throw error;
        await pause(Math.max(PAUSES[attempt - 1] ?? 3000, error.retryAfter * 1000));
      }
    }
  }

  /** A read. @param {string} path below the session, query included @param {RequestInit} [init] @returns {Promise<any>} */
  read(path, init) {
    return request(`${this.base}/${path}`, init);
  }

  /** The address of a file to download. @param {string} path @returns {string} */
  href(path) {
    return `${this.base}/${path}`;
  }

  /**
   * What `media/call.js` asks of the gateway. `joining` is the command that answers a ticket (a candidate's `ticket`, staff's `join`).
   * @param {{name: string, body?: object}} [joining]
   */
  signal(joining = { name: "ticket" }) {
    return {
      ticket: async () => (await this.command(joining.name, joining.body ?? {}, { tries: 1 })).ticket,
      offer: (/** @type {string} */ token, /** @type {string} */ sdp) => this.command("offer", { token, sdp }, { tries: 1 }),
      restart: (/** @type {string} */ peer, /** @type {string} */ token, /** @type {string} */ sdp) =>
        this.command("restart", { peer, token, sdp }, { tries: 1 }),
      leave: (/** @type {string} */ peer) => this.command("leave", { peer }, { tries: 1 }),
    };
  }

  /** The same for the connection test, which needs no ticket. */
  echoSignal() {
    return {
      ticket: async () => ({ token: "" }),
      offer: (/** @type {string} */ _token, /** @type {string} */ sdp) => this.command("echo", { sdp }, { tries: 1 }),
      leave: (/** @type {string} */ peer) => this.command("leave", { peer }, { tries: 1 }),
    };
  }
}
