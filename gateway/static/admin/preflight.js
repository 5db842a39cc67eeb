// @ts-check
/** Whether a provider will carry the day: asked of the provider, and of people for what no program can see. */

import { Problem } from "../api.js";
import { said } from "./switching.js";
import { t } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").Finding} Finding */
/** @typedef {{busy: boolean, at: number|null, findings: Finding[]|null, error: string}} Run */
/** @typedef {{at: number, by: string}} Confirmed */

/** A provider is asked many things, one after the other (ms). */
const PATIENCE = 120_000;
/** @type {Run} */
const NEVER = { busy: false, at: null, findings: null, error: "" };

export class Preflight {
  provider = "";
  /** @type {Map<string, Run>} */ #runs = new Map();
  /** By `provider check`. @type {Map<string, {busy: boolean, error: string}>} */ #confirming = new Map();
  /** What this page has confirmed, until the view tells it. @type {Map<string, Confirmed>} */ #confirmed = new Map();

  /** @param {Session} session @param {() => number} now ms @param {(announcement?: string) => void} changed */
  constructor(session, now, changed) {
    this.session = session;
    this.now = now;
    this.changed = changed;
  }

  /** @returns {Run} of the provider that is looked at */
  get run() {
    return this.#runs.get(this.provider) ?? NEVER;
  }

  /** @param {string} provider */
  choose(provider) {
    this.provider = provider;
    this.changed();
  }

  async check() {
    const { provider, run } = this;
    if (!provider || run.busy) return;
    this.#set(provider, { ...run, busy: true, error: "" });
    try {
      const answer = await this.session.command("provider-check", { provider }, { tries: 1, patience: PATIENCE });
      this.#set(provider, { busy: false, at: this.now(), findings: answer.findings, error: "" }, finished(answer.findings));
    } catch (error) {
      const silent = error instanceof Problem && error.status === 0;
      this.#set(provider, { ...run, busy: false, error: silent ? t("check.no_answer") : said(error, "check.no_answer") });
    }
  }

  /** @param {string} check @param {string} note @param {string} by who says so */
  async confirm(check, note, by) {
    const { provider } = this;
    const key = `${provider} ${check}`;
    if (this.#confirming.get(key)?.busy) return;
    this.#confirming.set(key, { busy: true, error: "" });
    this.changed();
    try {
      await this.session.command("provider-confirm", { provider, check, ...(note ? { note } : {}) });
      this.#confirming.delete(key);
      this.#confirmed.set(key, { at: this.now(), by });
      this.changed(t("check.confirmed_now"));
    } catch (error) {
      this.#confirming.set(key, { busy: false, error: said(error, "check.confirm_no_answer") });
      this.changed();
    }
  }

  /** @param {string} check */
  confirming(check) {
    return this.#confirming.get(`${this.provider} ${check}`) ?? { busy: false, error: "" };
  }

  /**
   * Who said so last: as the check, the view or this page knows it.
   * @param {AdminView} view @param {string} check @param {Confirmed|null} [found] @returns {Confirmed|null}
   */
  confirmation(view, check, found = null) {
    const seen = (view.confirmations ?? []).filter((one) => one.provider === this.provider && one.check === check);
    const own = this.#confirmed.get(`${this.provider} ${check}`);
    const all = [...seen, ...(found ? [found] : []), ...(own && seen.length === 0 ? [own] : [])];
    return all.sort((a, b) => b.at - a.at)[0] ?? null;
  }

  /** @param {string} provider @param {Run} run @param {string} [announcement] */
  #set(provider, run, announcement) {
    this.#runs.set(provider, run);
    this.changed(announcement);
  }
}

/** @param {Finding[]} findings */
function finished(findings) {
  const count = (/** @type {string} */ verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  return t("check.finished", { failed: count("failed"), ask: count("ask"), warning: count("warning"), ok: count("ok") });
}
