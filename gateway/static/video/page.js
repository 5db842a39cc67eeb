// @ts-check
/** "Video on another device": six digits, then this device's camera and microphone, while the other page keeps the rest. */

import "../call/call.js";
import { Problem, Session } from "../api.js";
import { problemWords } from "../candidate/words.js";
import { keepAwake } from "../candidate/wake.js";
import { actions, html, render } from "../html.js";
import { pick, t } from "../i18n.js";
import { Live } from "../live.js";
import { folded, keyFromAddress, open } from "../session.js";
import { announce, pageTitle, showEvent } from "../shell.js";

/** @typedef {import("../call/call.js").GenkanCall} GenkanCall */

/** A code is good once, so a reload finds the session here. */
const KEPT = "genkan:video";
const OVER = new Set(["finished", "absent", "cancelled", "broken_off"]);

class VideoPage {
  /** @type {Session|null} */ #session = null;
  /** @type {Record<string, any>|null} */ #view = null;
  #wrong = "";
  #wanted = false;
  #over = false;
  #busy = false;
  #shown = "";
  #app = /** @type {HTMLElement} */ (document.getElementById("app"));
  #bar = /** @type {HTMLElement} */ (document.getElementById("line"));

  async start() {
    actions(this.#app, {
      connect: (form) => this.#connect(/** @type {HTMLFormElement} */ (form)),
      start: () => this.#use(),
      anew: () => this.#anew(),
    });
    addEventListener("hashchange", () => location.reload());
    const key = keyFromAddress();
    const kept = recall();
    if (kept) await this.#listen(new Session(kept));
    else if (key) await this.#redeem(key);
    this.#draw();
  }

  /** @param {HTMLFormElement} form */
  async #connect(form) {
    const digits = folded(String(new FormData(form).get("code") ?? ""));
    this.#wrong = /^\d{6}$/.test(digits) ? "" : t("candidate.video.wrong");
    this.#draw();
    if (this.#wrong) document.getElementById("code")?.focus();
    else await this.#redeem({ video: digits });
  }

  /** @param {import("../api.js").Key} key */
  async #redeem(key) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const entered = await open(key);
      showEvent(entered.event);
      history.replaceState(null, "", `${location.pathname}${location.search}`); // the code is spent
      keep(entered.sid);
      await this.#listen(entered.session);
    } catch (error) {
      const unknown = error instanceof Problem && [400, 404, 410].includes(error.status);
      this.#wrong = unknown ? t("candidate.video.unknown") : problemWords(error);
    } finally {
      this.#busy = false;
    }
    this.#draw();
  }

  /** @param {Session} session */
  async #listen(session) {
    this.#session = session;
    const live = new Live({ session });
    live.addEventListener("view", (event) => this.#show(/** @type {CustomEvent} */ (event).detail.view));
    live.addEventListener("line", (event) => this.#line(/** @type {CustomEvent} */ (event).detail.state));
    live.addEventListener("bye", () => this.#bye());
    live.start();
  }

  /** @param {Record<string, any>} view */
  #show(view) {
    this.#view = view;
    showEvent(view["event"]);
    keepAwake(true);
    this.#draw();
  }

  /** @param {string} state */
  #line(state) {
    const words = this.#view && ["offline", "connecting", "unrecorded", "missing"].includes(state) ? t(`common.line.${state}`) : "";
    this.#bar.textContent = words;
    this.#bar.hidden = !words;
  }

  #bye() {
    keep(null);
    keepAwake(false);
    this.#over = this.#view !== null;
    this.#session = null;
    this.#view = null;
    this.#draw();
  }

  #use() {
    this.#wanted = true;
    this.#draw();
  }

  #anew() {
    keep(null);
    location.replace(`${location.pathname}${location.search}`);
  }

  /** Whether the room's door is open for this person. */
  get #open() {
    const view = this.#view;
    if (!view || view["fenced"]) return false;
    if (view["of"] === "staff") return view["call"] !== null;
    const { admission } = view;
    return Boolean(admission?.ready && admission.embedded && !admission.terms_needed);
  }

  /** The provider that has the picture elsewhere, empty where there is none. */
  get #outside() {
    const admission = this.#view?.["admission"];
    return admission?.ready && !admission.embedded ? pick(admission.provider.label) : "";
  }

  get #finished() {
    return this.#over || OVER.has(this.#view?.["phase"]) || Boolean(this.#view?.["fenced"]);
  }

  #draw() {
    const [name, body] = this.#screen();
    render(this.#app, html`<h1 id="heading" tabindex="-1">${t("candidate.video.title")}</h1>${body}`);
    pageTitle(t("candidate.video.title"), name === "call" ? t("candidate.called.badge") : "");
    document.body.dataset["screen"] = name;
    if (this.#shown && this.#shown !== name) {
      document.getElementById("heading")?.focus();
      if (name === "call") announce(t("candidate.called.title"), { urgent: true });
    }
    this.#shown = name;
    const call = /** @type {GenkanCall|null} */ (this.#app.querySelector("genkan-call"));
    if (!call || !this.#session) return;
    call.map = this.#view?.["call"]?.slots ?? null;
    if (call.state === "idle") void call.start(this.#session.signal());
  }

  /** @returns {[string, import("../html.js").Markup]} */
  #screen() {
    if (this.#finished) {
      return ["over", html`<p data-key="over">${t("candidate.video.over")}</p><button type="button" class="button" data-action="anew" data-key="anew">${t("common.again")}</button>`];
    }
    if (!this.#session || !this.#view) return ["code", this.#form()];
    if (!this.#wanted) {
      return ["ready", html`<p data-key="ready">${t("candidate.video.ready")}</p>
        <button type="button" class="button button-primary button-large" data-key="start" data-action="start">${t("candidate.video.start")}</button>`];
    }
    if (this.#outside) return ["outside", html`<p class="banner banner-info" data-key="outside" role="status">${t("candidate.video.outside", { provider: this.#outside })}</p>`];
    if (!this.#open) return ["waiting", html`<p class="banner banner-ok" data-key="waiting">${t("candidate.video.waiting")}</p>`];
    return ["call", html`<genkan-call data-key="call-${this.#view["admission"]?.generation ?? 0}" ?sound-only=${this.#view["camera"] === "forbidden"}></genkan-call>`];
  }

  #form() {
    return html`<p data-key="lead">${t("candidate.video.body")}</p>
      <form data-key="form" data-submit="connect" novalidate autocomplete="off"><div class="field"><label for="code">${t("candidate.video.label")}</label>
        <input class="input code-input" id="code" name="code" inputmode="numeric" maxlength="12" autocomplete="one-time-code" aria-describedby="code-fault" aria-invalid="${this.#wrong ? "true" : "false"}">
        <p class="error" id="code-fault" role="alert" ?hidden=${!this.#wrong}>${this.#wrong}</p></div>
        <button type="submit" class="button button-primary button-large" ?aria-disabled=${this.#busy}>${t("candidate.video.button")}</button></form>`;
  }
}

/** @returns {string|null} */
function recall() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** @param {string|null} sid */
function keep(sid) {
  try {
    if (sid) sessionStorage.setItem(KEPT, sid);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // a reload asks for a new code
  }
}

void new VideoPage().start();
