// @ts-check
/** The page of a candidate, a companion, or somebody with a room's shared link. */

import "../call/call.js";
import "./check.js";
import { actions, html, render } from "../html.js";
import { t } from "../i18n.js";
import { Live } from "../live.js";
import { keyFromAddress, openPatiently, rememberedOffice } from "../session.js";
import { announce, officeLines, pageTitle, showEvent } from "../shell.js";
import { changes } from "./changes.js";
import { handlers } from "./doing.js";
import { steps } from "./parts.js";
import { videoElsewhere } from "./room.js";
import { screenFor } from "./screens.js";
import { chime, ping, unlock } from "./sound.js";
import { keepAwake } from "./wake.js";
import { agreed } from "./arriving.js";
import { problemWords } from "./words.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */
/** @typedef {import("../call/call.js").GenkanCall} GenkanCall */

/** How long (ms) the person may collect themselves before the call opens by itself. */
const COUNTDOWN = 5000;
/** Phases in which a phone's screen should stay on. */
const AWAKE = new Set(["waiting", "admitting", "in_session"]);
/** Refusals of the channel that a fresh entry with the same link may mend. */
const MENDABLE = new Set(["session_missing", "session_expired", "expired"]);

/** @returns {Local} */
function blankLocal() {
  return {
    agreed: "", checked: false, busy: null, trouble: null, faults: {}, retryAt: 0, retrying: false, helpSentAt: 0,
    code: null, returned: false, admission: 0, enterAt: 0, entered: false, here: false, url: null, pressed: false, now: Date.now(),
  };
}

class CandidatePage {
  /** @type {import("../api.js").Session|null} */ session = null;
  /** @type {View|null} */ view = null;
  local = blankLocal();
  /** @type {Live|null} */ #live = null;
  #key = keyFromAddress();
  #shown = "";
  #mended = false;
  #fetching = false;
  #app = /** @type {HTMLElement} */ (document.getElementById("app"));
  #bar = /** @type {HTMLElement} */ (document.getElementById("line"));

  async start() {
    actions(this.#app, handlers(this));
    for (const type of ["pointerdown", "keydown"]) addEventListener(type, unlock, { passive: true });
    addEventListener("hashchange", () => location.reload());
    this.#app.addEventListener("check-done", (event) => void this.checkDone(/** @type {CustomEvent} */ (event).detail));
    this.#app.addEventListener("call-state", (event) => this.#callState(/** @type {CustomEvent} */ (event).detail.state));
    setInterval(() => this.draw(), 1000);
    await this.#enter();
  }

  async #enter() {
    if (!this.#key) {
      this.#say({ name: "nokey", step: -1, title: t("candidate.nokey.title"), body: html`<p>${t("candidate.nokey.body")}</p><p><a href="/">${t("candidate.nokey.code")}</a></p>` });
      return;
    }
    try {
      const entered = await openPatiently(this.#key, (problem) => void this.#problem(problem, true));
      showEvent(entered.event);
      this.session = entered.session;
      this.local.checked = this.#remembered();
      this.listen();
    } catch (error) {
      await this.#problem(error, false);
    }
  }

  /** Follow the view; again after the channel was stopped. */
  listen() {
    if (!this.session) return;
    this.#live?.stop();
    const live = new Live({ session: this.session, present: (view) => view !== null && !view["fenced"] && agreed(view) });
    this.#live = live;
    live.addEventListener("view", (event) => this.#show(/** @type {CustomEvent} */ (event).detail.view));
    live.addEventListener("line", (event) => this.#line(/** @type {CustomEvent} */ (event).detail.state));
    live.addEventListener("bye", (event) => void this.#bye(/** @type {CustomEvent} */ (event).detail.code));
    live.start();
  }

  /** @param {View} view */
  #show(view) {
    const before = this.view;
    this.view = view;
    showEvent(view["event"]);
    this.#follow(before, view);
    this.draw();
    for (const change of changes(before, view)) {
      announce(change.words, { urgent: change.urgent ?? false });
      if (change.sound === "chime") chime();
      else if (change.sound === "ping") ping();
    }
    keepAwake(AWAKE.has(view["phase"]) && !view["fenced"]);
  }

  /** What this page alone knows, brought along with the view. @param {View|null} before @param {View} view */
  #follow(before, view) {
    const { local } = this;
    const { phase, admission } = view;
    if (!before && phase === "waiting") local.checked = true;
    if (phase === "waiting" && (before?.["phase"] === "in_session" || before?.["phase"] === "admitting")) local.returned = true;
    if (view["claim"]?.state !== "open") local.retrying = false;
    if (!admission?.ready || admission.number !== local.admission) {
      Object.assign(local, { admission: admission?.ready ? admission.number : 0, enterAt: 0, entered: false, here: false, url: null, pressed: false });
    }
    if (!admission?.ready || view["fenced"]) return;
    local.returned = false;
    if (admission.embedded) this.#door(view);
    else void this.fetchLink();
  }

  /** The built-in room's door: by itself after a countdown, at once after a reload. @param {View} view */
  #door(view) {
    const { local } = this;
    if (videoElsewhere(view, local)) return;
    if (view["phase"] === "in_session") local.entered = true;
    else local.enterAt ||= this.now() + COUNTDOWN;
  }

  /** Server time, ms. */
  now() {
    return this.#live?.clock.now() ?? Date.now();
  }

  /** Ask for the provider's link, once per admission. */
  async fetchLink() {
    if (this.local.url || this.#fetching || !this.session) return;
    this.#fetching = true;
    try {
      const { ticket } = await this.session.command("ticket");
      this.local.url = ticket.url ?? null;
      this.local.trouble = null;
    } catch (error) {
      this.local.trouble = { action: "ticket", words: problemWords(error) };
    } finally {
      this.#fetching = false;
    }
    this.draw();
  }

  draw() {
    const { view, local } = this;
    if (!view) return;
    local.now = this.now();
    if (view["phase"] === "admitting" && local.enterAt && local.now >= local.enterAt) local.entered = true;
    this.#say(screenFor(view, local));
    this.#connect(view);
  }

  /** @param {Screen} screen */
  #say(screen) {
    const changed = this.#shown !== screen.name;
    render(this.#app, html`${screen.step >= 0 ? steps(screen.step) : null}<h1 id="heading" tabindex="-1">${screen.title}</h1>${screen.body}`);
    for (const check of this.#app.querySelectorAll("genkan-check")) /** @type {import("./check.js").GenkanCheck} */ (check).session = this.session;
    pageTitle(screen.title, screen.badge ?? "");
    if (!changed) return;
    document.body.dataset["screen"] = screen.name;
    if (this.#shown) {
      document.getElementById("heading")?.focus({ preventScroll: true });
      scrollTo({ top: 0 });
    }
    this.#shown = screen.name;
  }

  /** Give the call on the page its map, and open it when it is time. @param {View} view */
  #connect(view) {
    const call = /** @type {GenkanCall|null} */ (this.#app.querySelector("genkan-call"));
    if (!call || !this.session) return;
    const slots = view["call"]?.slots ?? null;
    if (JSON.stringify(call.map) !== JSON.stringify(slots)) call.map = slots;
    if (this.local.entered && call.state === "idle") void call.start(this.session.signal());
  }

  /** @param {string} state */
  #callState(state) {
    if (state === "replaced") {
      this.local.here = false;
      this.draw();
    }
  }

  /** @param {string} state */
  #line(state) {
    const talking = this.view?.["phase"] === "in_session" && this.view["admission"]?.embedded;
    const broken = state === "offline" || state === "connecting";
    const words = broken ? t(talking ? "candidate.room.line" : `common.line.${state}`) : ""; // a call lives without this line
    if (this.#bar.textContent === words) return;
    if (!words && !this.#bar.hidden) announce(t("common.line.online"));
    this.#bar.textContent = words;
    this.#bar.hidden = !words || !this.view;
  }

  /** @param {string} code */
  async #bye(code) {
    this.#bar.hidden = true;
    if (code === "fenced") {
      this.#show({ ...this.view, fenced: this.view?.["fenced"] ?? "taken_over" });
    } else if (MENDABLE.has(code) && !this.#mended) {
      this.#mended = true;
      await this.#enter();
    } else {
      await this.#problem({ code, status: 403 }, false);
    }
  }

  /** @param {any} problem @param {boolean} again */
  async #problem(problem, again) {
    this.view = null;
    const office = problem.office ?? (await rememberedOffice(this.#key));
    if (office) showEvent({ office });
    const [title, detail] = problemWords.parts(problem);
    this.#say({
      name: `problem-${problem.code}`,
      step: -1,
      title,
      body: html`<div class="banner banner-warn" data-key="problem"><p>${detail || title}</p>${again ? html`<p role="status">${t("candidate.again.retrying")}</p>` : null}</div>
        <div class="card" data-key="office">${officeLines(office)}</div>
        <div class="buttons" data-key="buttons"><button type="button" class="button" data-action="reload">${t("common.again")}</button></div>`,
    });
  }

  /** Past the device check; staff see what was found. @param {object} detail */
  async checkDone(detail) {
    this.local.checked = true;
    this.#remember();
    this.draw();
    await this.session?.command("devices", detail).catch(() => undefined); // evidence; the person goes on without it
  }

  #remembered() {
    try {
      return localStorage.getItem(`genkan:checked:${this.session?.sid}`) !== null;
    } catch {
      return false;
    }
  }

  #remember() {
    try {
      localStorage.setItem(`genkan:checked:${this.session?.sid}`, "1");
    } catch {
      // the check is offered again after a reload
    }
  }
}

/** @typedef {CandidatePage} Page */

void new CandidatePage().start();
