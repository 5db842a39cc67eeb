// @ts-check
/** The page of a candidate, a companion, or somebody with a room's shared link. */

import "../call/call.js";
import "./check.js";
import { Problem } from "../api.js";
import { actions, html, render } from "../html.js";
import { t } from "../i18n.js";
import { Live } from "../live.js";
import { keyFromAddress, openPatiently, rememberedOffice } from "../session.js";
import { announce, officeLines, pageTitle, showEvent } from "../shell.js";
import { changes } from "./changes.js";
import { handlers } from "./doing.js";
import { follow, linkCame, linkFailed, linkIsStale, linkWanted, stand } from "./door.js";
import { steps } from "./parts.js";
import { screenFor } from "./screens.js";
import { chime, ping, unlock } from "./sound.js";
import { keepAwake } from "./wake.js";
import { problemWords } from "./words.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */
/** @typedef {import("../call/call.js").GenkanCall} GenkanCall */

/** Phases in which a phone's screen should stay on. */
const AWAKE = new Set(["waiting", "admitting", "in_session"]);
/** States of a call that has ended. */
const OVER = new Set(["replaced", "removed", "ended"]);
/** Refusals of the channel that a fresh entry with the same link may mend. */
const MENDABLE = new Set(["session_missing", "session_expired", "expired"]);

/** @returns {Local} */
function blankLocal() {
  return {
    agreed: "", declared: "", later: false, coming: false, checked: false, busy: null, trouble: null, faults: {}, retryAt: 0, retrying: false, voice: "", cancelling: null, helpSentAt: 0,
    code: null, returned: false, admission: 0, generation: 0, moved: false, inside: 0, enterAt: 0, entered: false, here: false,
    url: null, browserUrl: null, urlAt: 0, askAt: 0, termsFirst: false, pressed: false, receipt: null, now: Date.now(),
  };
}

/** Whoever agreed to the notice, or has the seat, is here; terms of another provider do not make them absent. @param {View|null} view */
function isPresent(view) {
  return view !== null && !view["fenced"] && (view["notice"]?.agreed !== false || Boolean(view["seat"]));
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
    document.addEventListener("visibilitychange", () => this.#woken());
    addEventListener("pageshow", () => this.#woken());
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
    const live = new Live({ session: this.session, present: isPresent });
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
    this.#tell(changes(before, view));
    keepAwake(AWAKE.has(view["phase"]) && !view["fenced"]);
  }

  /** One announcement each, so that none takes the other's place. @param {import("./changes.js").Change[]} found */
  #tell(found) {
    for (const urgent of [false, true]) {
      const words = found.filter((change) => Boolean(change.urgent) === urgent).map((change) => change.words);
      if (words.length > 0) announce(words.join(" "), { urgent });
    }
    if (found.some((change) => change.sound === "chime")) chime();
    else if (found.some((change) => change.sound === "ping")) ping();
  }

  /** What this page alone knows, brought along with the view. @param {View|null} before @param {View} view */
  #follow(before, view) {
    const { local } = this;
    const { phase, admission } = view;
    if (!before && view["seat"]) local.checked = true; // past it, on this device or another
    if (phase === "waiting" && (before?.["phase"] === "in_session" || before?.["phase"] === "admitting")) local.returned = true;
    if (view["claim"]?.state !== "open") local.retrying = false;
    if (admission) local.returned = false;
    follow(view, local);
  }

  /** Server time, ms. */
  now() {
    return this.#live?.clock.now() ?? Date.now();
  }

  /** The page is looked at again: a link that was given out before the sleep may have ended. */
  #woken() {
    if (document.hidden) return;
    if (linkIsStale(this.local)) void this.#fetchLink();
    this.draw();
  }

  /** Ask for the provider's link; what comes for a door that is no more is dropped. */
  async #fetchLink() {
    if (this.#fetching || !this.session) return;
    const { local, session } = this;
    const { admission, generation } = local;
    const stands = () => local.admission === admission && local.generation === generation;
    this.#fetching = true;
    try {
      const { ticket } = await session.command("ticket");
      if (stands()) linkCame(local, ticket);
    } catch (error) {
      if (stands()) this.#noTicket(error);
    } finally {
      this.#fetching = false;
    }
    this.draw();
  }

  /** @param {any} error */
  #noTicket(error) {
    const { local } = this;
    linkFailed(local, error?.retryAfter ?? 0);
    if (error?.code === "terms_needed") Object.assign(local, { termsFirst: true, entered: false, inside: 0 });
    else local.trouble = { action: "ticket", words: problemWords(error) };
  }

  draw() {
    const { view, local } = this;
    if (!view) return;
    local.now = this.now();
    stand(view, local);
    if (linkWanted(view, local)) void this.#fetchLink();
    this.#say(screenFor(view, local));
    this.#connect(view);
  }

  /** @param {Screen} screen */
  #say(screen) {
    const changed = this.#shown !== screen.name;
    render(this.#app, html`${screen.step >= 0 ? steps(screen.step) : null}<h1 id="heading" tabindex="-1">${screen.title}</h1>${screen.body}`);
    for (const check of this.#app.querySelectorAll("genkan-check")) Object.assign(check, { session: this.session });
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
    if (!this.local.entered || call.state !== "idle") return;
    this.local.inside = this.local.generation;
    void call.start(this.#signal(this.session));
  }

  /** A call whose door is another by now, or has terms before it, is over here: the view says what comes. @param {import("../api.js").Session} session */
  #signal(session) {
    const signal = session.signal();
    const { generation } = this.local;
    return {
      ...signal,
      ticket: async () => {
        try {
          const ticket = await signal.ticket();
          if (ticket.kind !== "redirect") return ticket;
        } catch (error) {
          if (/** @type {any} */ (error)?.code !== "terms_needed") throw error;
          if (generation === this.local.generation) this.#noTicket(error);
          this.draw();
        }
        throw new Problem({ status: 410, code: "moved" });
      },
    };
  }

  /** @param {string} state */
  #callState(state) {
    const { local } = this;
    const old = local.inside !== local.generation; // the one that they come from
    if (state === "replaced" && !old) local.here = false;
    else if (old && OVER.has(state)) local.inside = 0;
    else return;
    this.draw();
  }

  /** @param {string} state */
  #line(state) {
    const talking = this.view?.["phase"] === "in_session" && this.view["admission"]?.embedded;
    const broken = state === "offline" || state === "connecting";
    const key = talking && broken ? "candidate.room.line" : `common.line.${state}`; // a call lives without this line
    const words = broken || state === "unrecorded" || state === "missing" ? t(key) : "";
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
