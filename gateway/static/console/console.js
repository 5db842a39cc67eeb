// @ts-check
/** The console's page: enters with the staff link, keeps the view present, draws it, and hands keys and clicks on. */

import { actions, html, render } from "../html.js";
import { Problem } from "../api.js";
import { Live } from "../live.js";
import { keyFromAddress, openPatiently } from "../session.js";
import { showEvent } from "../shell.js";
import { Announcer } from "./announce.js";
import { RoomBoard } from "./board.js";
import { Calling } from "./calling.js";
import { changes } from "./changes.js";
import { Commands } from "./commands.js";
import { CommandDialog } from "./dialog.js";
import { Doing } from "./doing.js";
import { Failover } from "./failover.js";
import { renderChanged, renderItems } from "./keyed.js";
import { keyOf, keysAreOn, mayRepeat, setKeys } from "./keys.js";
import { kindsMarkup, newTasks, tabsMarkup, taskItems } from "./reception.js";
import { PauseDialog } from "./pausing.js";
import { carriersOf, named } from "./providing.js";
import { Ringing } from "./ringing.js";
import { stageNews } from "./stage.js";
import { WhyDialog } from "./why.js";
import { clock, label, t, useZone, who } from "./words.js";
import { walk } from "./zones.js";

/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {import("../api.js").Session} Session */

/** ms between two drawings without news: times in words change by the minute */
const REDRAW = 5000;

/** @param {string} id @returns {HTMLElement} */
function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

class Console {
  /** @type {ConsoleView|null} */ view = null;
  /** @type {string|null} */ selected = null;
  /** @type {string|null} the room that is shown; null: all */ room = null;
  /** @type {Map<string, Set<string>>} what was ticked, by interview: on this page only, until it is confirmed */
  ticks = new Map();
  /** @type {Map<string, RoomBoard>} */ boards = new Map();
  #kind = "";
  #chosen = false;
  #drawn = 0;
  #planned = false;

  /** @param {Session} session */
  constructor(session) {
    this.sid = session.sid;
    this.live = new Live({ session });
    this.commands = new Commands((command, body) => session.command(command, body), () => t("refused.offline"));
    this.announcer = new Announcer(part("polite"), (n) => t("news.many", { n }));
    this.ringing = new Ringing((sentence) => this.announcer.say(sentence));
    this.failover = new Failover(part("failover"));
    this.calling = new Calling(part("call-box"), session, (sentence) => this.refuse(sentence));
    this.dialog = new CommandDialog(/** @type {HTMLDialogElement} */ (part("ask")), (command, body) => this.#fromDialog(command, body));
    this.pausing = new PauseDialog(/** @type {HTMLDialogElement} */ (part("pause")), (command, body) => session.command(command, body), () => this.view);
    this.why = new WhyDialog(/** @type {HTMLDialogElement} */ (part("why")), (path) => session.read(path));
    this.doing = new Doing({
      view: () => this.view,
      selected: () => this.selected,
      room: () => this.room,
      send: (command, body) => this.send(command, body),
      ask: (asking) => this.dialog.open(asking),
      refuse: (sentence) => this.refuse(sentence),
      ticks: () => this.#ticksOf(this.#current()),
    });
  }

  start() {
    this.live.addEventListener("view", (event) => this.#show(/** @type {CustomEvent} */ (event).detail));
    this.live.addEventListener("line", () => this.#line());
    this.live.addEventListener("bye", (event) => showEnd(/** @type {CustomEvent} */ (event).detail.code));
    this.commands.addEventListener("change", () => this.#plan());
    this.#listen();
    setInterval(() => this.#tick(), 1000);
    this.live.start();
  }

  /** @param {string} command @param {Record<string, unknown>} body */
  async send(command, body) {
    this.refuse("");
    const { refusal } = await this.commands.send(command, body);
    if (refusal !== null) this.refuse(refusal);
  }

  /** Say why something was not done; empty: nothing to say. @param {string} sentence */
  refuse(sentence) {
    part("refusal").toggleAttribute("hidden", sentence === "");
    part("refusal-text").textContent = sentence;
  }

  /** @param {string} command @param {Record<string, unknown>} body @returns {Promise<string|null>} */
  async #fromDialog(command, body) {
    return (await this.commands.send(command, body)).refusal;
  }

  /** @param {{view: any, id: string}} detail */
  #show({ view, id }) {
    if (view.kind !== "console") return;
    const before = this.view;
    this.view = view;
    useZone(view.event.timezone);
    if (before === null) this.#first(view);
    if (this.live.line === "missing") this.#line(); // how many may have become more
    this.commands.seen(id);
    this.ringing.view(view, this.live.clock.now());
    this.#news(before, view);
    this.#plan();
  }

  /** @param {ConsoleView} view */
  #first(view) {
    part("arriving").hidden = true;
    part("desk").hidden = false;
    showEvent(view.event);
    const rooms = Object.keys(view.rooms);
    if (!this.#chosen) this.room = rooms.length === 1 || view.me.role === "interviewer" ? (rooms[0] ?? null) : null;
  }

  /** @param {ConsoleView|null} before @param {ConsoleView} view */
  #news(before, view) {
    for (const { what, row } of changes(before?.rows ?? null, view.rows)) {
      this.announcer.say(t(`news.${what}`, { who: who(row) }));
    }
    for (const room of Object.values(view.rooms)) {
      const [was, is] = [before?.rooms[room.id]?.state === "paused", room.state === "paused"];
      if (before && was !== is) this.announcer.say(t(is ? "news.paused" : "news.resumed", { room: label(room.name) }));
    }
    for (const sentence of newTasks(before, view)) this.announcer.say(sentence);
    for (const room of Object.values(view.rooms)) {
      const row = view.rows[room.taken_by ?? ""];
      const was = before?.rows[room.taken_by ?? ""];
      if (before && row && was && row.phase !== was.phase) this.announcer.say(stageNews(row));
    }
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.#draw();
    });
  }

  #draw() {
    const { view } = this;
    if (!view) return;
    const now = this.live.clock.now();
    this.#drawn = now;
    this.#drawTools(view);
    this.failover.draw(view, (command, target) => this.commands.isBusy(command, target));
    this.#drawTasks(view, now);
    this.#drawBoards(view, now);
    this.calling.draw(view, this.room);
    this.#countdowns();
  }

  /** @param {ConsoleView} view */
  #drawTools(view) {
    part("clock").textContent = clock(this.live.clock.now());
    renderChanged(part("me"), html`${view.me.name} <span class="soft">${t(`role.${view.me.role}`)}</span>`);
    renderChanged(part("sound"), html`${t(this.ringing.sounds.enabled ? "sound.on" : "sound.off")}`);
    part("sound").setAttribute("aria-pressed", String(this.ringing.sounds.enabled));
    part("sound").classList.toggle("button-primary", !this.ringing.sounds.enabled);
    part("sound-why").hidden = this.ringing.sounds.enabled;
    part("pause-all").hidden = view.me.role === "interviewer";
    part("pause-all").textContent = t(view.paused_at ? "room.resume_all" : "room.pause_all");
    part("pause-all").setAttribute("data-on", view.paused_at ? "false" : "true");
    part("stopped").hidden = !view.paused_at;
    part("stopped").textContent = view.paused_at ? t("room.all_paused_since", { at: clock(view.paused_at) }) : "";
    const many = Object.keys(view.rooms).length > 1;
    part("tabs").hidden = !many;
    if (many) renderChanged(part("tabs"), tabsMarkup(view, this.room, (room) => this.#count(room)));
  }

  /** @param {string} room */
  #count(room) {
    const rows = Object.values(this.view?.rows ?? {}).filter((row) => row.room === room);
    return { waiting: rows.filter((row) => row.phase === "waiting").length, late: rows.filter((row) => row.overdue).length };
  }

  /** @param {ConsoleView} view @param {number} now */
  #drawTasks(view, now) {
    const shown = view.me.role !== "interviewer";
    part("tasks").hidden = !shown;
    if (!shown) return;
    if (!view.tasks.some((task) => task.code === this.#kind)) this.#kind = ""; // the last of its kind was settled
    part("task-kinds").hidden = view.tasks.length === 0;
    renderChanged(part("task-kinds"), kindsMarkup(view, this.#kind));
    renderItems(part("task-list"), taskItems(view, this.#kind, now, (command, interview) => this.commands.isBusy(command, interview)));
    part("tasks-none").hidden = view.tasks.length > 0;
    part("tasks-count").textContent = view.tasks.length > 0 ? t("tasks.count", { n: view.tasks.length }) : "";
  }

  /** @param {ConsoleView} view @param {number} now */
  #drawBoards(view, now) {
    const rooms = this.room === null ? Object.keys(view.rooms) : [this.room];
    const single = this.room !== null;
    part("columns").classList.toggle("single", single);
    part("stage").hidden = !single;
    for (const [room, board] of this.boards) {
      if (rooms.includes(room) && (board.stage === part("stage")) === single) continue;
      board.element.remove();
      this.boards.delete(room);
    }
    for (const room of rooms) this.#board(room, single).draw(view, {
      now,
      selected: this.selected,
      muted: (id) => this.ringing.knocker.isMuted(id),
      busy: (command, target) => this.commands.isBusy(command, target),
      ticks: this.#ticksOf(view.rooms[room]?.taken_by ?? null),
      overseeing: view.me.role !== "interviewer",
      mirror: (id) => `/api/s/${this.sid}/page/${id}?lang=${document.documentElement.lang}`,
    });
  }

  /** @param {string} room @param {boolean} single */
  #board(room, single) {
    let board = this.boards.get(room);
    if (!board) {
      board = new RoomBoard(room, single ? part("stage") : null);
      this.boards.set(room, board);
      part("boards").append(board.element);
    }
    return board;
  }

  /** The interview that is in the room which is looked at. */
  #current() {
    const chosen = this.view?.rows[this.selected ?? ""]?.room;
    return this.view?.rooms[this.room ?? chosen ?? ""]?.taken_by ?? null;
  }

  /** @param {string|null} interview @returns {Set<string>} */
  #ticksOf(interview) {
    if (interview === null) return new Set();
    const found = this.ticks.get(interview) ?? new Set();
    this.ticks.set(interview, found);
    return found;
  }

  #tick() {
    const now = this.live.clock.now();
    part("clock").textContent = clock(now);
    if (this.view) this.ringing.tick(now);
    this.#countdowns();
    if (now - this.#drawn >= REDRAW) this.#plan();
  }

  #countdowns() {
    const now = this.live.clock.now();
    for (const element of document.querySelectorAll("[data-until]")) {
      const left = Number(element.getAttribute("data-until")) - now;
      const minutes = element.getAttribute("data-countdown") === "minutes";
      const text = minutes ? t(left >= 0 ? "left.minutes" : "left.over", { n: Math.ceil(Math.abs(left) / 60_000) })
        : t("left.seconds", { n: Math.max(0, Math.ceil(left / 1000)) });
      if (element.textContent !== text) element.textContent = text;
    }
  }

  #unrecorded() {
    const loss = this.view?.loss;
    return loss ? t("line.loss", { n: loss.missing, at: loss.kept_at ? clock(loss.kept_at) : "–" }) : t("line.unrecorded");
  }

  #line() {
    const down = this.live.line === "offline" || (this.live.line === "connecting" && this.view !== null);
    const unrecorded = this.live.line === "unrecorded" || this.live.line === "missing";
    part("line").hidden = !down && !unrecorded;
    part("line").textContent = down ? t("line.down", { at: clock(this.#drawn || Date.now()) }) : unrecorded ? this.#unrecorded() : "";
    part("desk").classList.toggle("stale", down);
    part("line-state").textContent = t(down ? "line.off" : "line.on");
    part("line-state").classList.toggle("off", down);
  }

  /** @param {string|null} interview */
  select(interview) {
    this.selected = this.selected === interview ? null : interview;
    this.#draw();
    if (this.selected) this.#reveal(this.selected);
  }

  /** @param {string} interview */
  #reveal(interview) {
    const row = document.querySelector(`.row[data-key="${CSS.escape(interview)}"]`);
    row?.closest("details")?.setAttribute("open", "");
    row?.scrollIntoView({ block: "nearest" });
  }

  /** Up or down the board. @param {number} step */
  #move(step) {
    const ids = [...this.boards.values()].flatMap((board) => walk(board.zones, this.#doneIsOpen(board)));
    if (ids.length === 0) return;
    const at = ids.indexOf(this.selected ?? "");
    const to = at < 0 ? (step > 0 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + step));
    const id = /** @type {string} */ (ids[to]);
    if (id !== this.selected) this.select(id);
    const button = document.querySelector(`.row[data-key="${CSS.escape(id)}"] .row-who`);
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }

  /** @param {RoomBoard} board */
  #doneIsOpen(board) {
    return board.element.querySelector("details.zone")?.hasAttribute("open") ?? false;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const key = keyOf(event);
    if (key === null || !mayRepeat(event, key) || !this.view) return;
    if (key === "?") this.#help();
    else if (!keysAreOn()) return;
    else if (key === "ArrowDown" || key === "J") this.#move(1);
    else if (key === "ArrowUp" || key === "K") this.#move(-1);
    else if (key === "Escape" && this.selected) this.select(this.selected);
    else if (key === "P") this.#accept(this.failover.first(this.view));
    else if (key === "O") this.#open();
    else if (key === "T") this.#toTask();
    else if (!this.doing.key(key)) return;
    event.preventDefault();
  }

  /** To the next task's button, and from the last to the first again. */
  #toTask() {
    const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#tasks:not([hidden]) .task-do button")]);
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[(at + 1) % buttons.length]?.focus();
    if (buttons.length === 0) this.announcer.say(t("tasks.none"));
  }

  /** The room of the provider, in a tab of its own. */
  #open() {
    if (!this.calling.open()) this.refuse(t("refused.no_room"));
  }

  /** Who is inside stays. @param {import("./types.js").Proposal|null} proposal */
  #accept(proposal) {
    if (!proposal?.to) this.refuse(t("refused.no_proposal"));
    else this.send("failover", { provider: proposal.provider, to: proposal.to, open: "stay" });
  }

  /** Those inside come along: asked once more, for it cuts into conversations. @param {import("./types.js").Proposal|null} proposal */
  #acceptAndMove(proposal) {
    if (!this.view || !proposal?.to) return;
    const carriers = carriersOf(this.view);
    const values = { to: named(carriers, proposal.to), n: proposal.inside };
    const about = t("failover.about", { provider: named(carriers, proposal.provider), to: values.to });
    this.dialog.open({ form: "failover-move", about, body: { provider: proposal.provider, to: proposal.to }, values });
  }

  /** @param {string} id */
  #aside(id) {
    this.failover.putAside(id);
    this.#draw();
  }

  #help() {
    const box = /** @type {HTMLInputElement} */ (part("keys-on"));
    box.checked = keysAreOn();
    /** @type {HTMLDialogElement} */ (part("help")).showModal();
  }

  #listen() {
    document.addEventListener("keydown", (event) => this.#key(event));
    const data = (/** @type {HTMLElement} */ element, /** @type {string} */ name) => element.dataset[name] ?? "";
    const proposed = (/** @type {HTMLElement} */ element) => (this.view ? this.failover.find(this.view, data(element, "proposal")) : null);
    actions(part("main"), {
      command: (element) => this.doing.run(data(element, "command"), data(element, "interview"), data(element, "code")),
      failover: (element) => this.#accept(proposed(element)),
      "failover-move": (element) => this.#acceptAndMove(proposed(element)),
      "failover-decline": (element) => this.send("failover-decline", { provider: proposed(element)?.provider ?? "" }),
      "failover-aside": (element) => this.#aside(data(element, "proposal")),
      "to-proposal": (element) => document.getElementById(`failover-${data(element, "proposal")}`)?.focus(),
      select: (element, event) => this.#clicked(element, event),
      why: (element) => this.#why(data(element, "interview")),
      show: (element) => this.#showPerson(data(element, "interview")),
      mute: (element) => this.#mute(data(element, "interview")),
      ready: (element) => this.send("ready", { room: data(element, "room"), ready: data(element, "on") === "true" }),
      pause: (element) => this.pausing.open(data(element, "room") || null, data(element, "on") === "true"),
      "message-room": (element) => this.doing.messageRoom(data(element, "room")),
      claim: (element) => this.doing.claim(/** @type {"accept-claim"|"refuse-claim"} */ (data(element, "form")), data(element, "claim")),
      kind: (element) => this.#showKind(data(element, "kind")),
      room: (element) => this.#toRoom(data(element, "room") || null),
      tick: (element) => this.#ticked(/** @type {HTMLInputElement} */ (element)),
      join: (element) => this.calling.join(data(element, "room")),
      elsewhere: () => this.calling.elsewhere(/** @type {HTMLDialogElement} */ (part("elsewhere"))),
      sound: () => this.#sound(),
      help: () => this.#help(),
      "keys-on": (element) => setKeys(/** @type {HTMLInputElement} */ (element).checked),
      dismiss: () => this.refuse(""),
    });
  }

  /** The line is a large target around the button; its other buttons are their own. @param {HTMLElement} element @param {Event} event */
  #clicked(element, event) {
    const inner = /** @type {Element} */ (event.target).closest("button, a");
    if (inner === null || inner === element) this.select(element.dataset["interview"] ?? null);
  }

  /** @param {string} interview */
  #showPerson(interview) {
    const room = this.view?.rows[interview]?.room;
    if (this.room !== null && room && room !== this.room) this.#toRoom(room);
    if (this.selected !== interview) this.select(interview);
    else this.#reveal(interview);
  }

  /** @param {string} interview */
  #why(interview) {
    const row = this.view?.rows[interview];
    if (row) void this.why.open(interview, who(row));
  }

  /** @param {string} kind */
  #showKind(kind) {
    this.#kind = kind;
    this.#draw();
  }

  /** @param {string} interview */
  #mute(interview) {
    const { knocker } = this.ringing;
    knocker.mute(interview, !knocker.isMuted(interview));
    this.#draw();
  }

  /** @param {string|null} room */
  #toRoom(room) {
    this.#chosen = true;
    this.room = room;
    this.#draw();
  }

  /** @param {HTMLInputElement} box */
  #ticked(box) {
    const ticks = this.#ticksOf(box.dataset["interview"] ?? null);
    if (box.checked) ticks.add(box.dataset["step"] ?? "");
    else ticks.delete(box.dataset["step"] ?? "");
    this.#draw();
  }

  async #sound() {
    if (this.ringing.sounds.enabled) this.ringing.sounds.disable();
    else await this.ringing.enable();
    this.#draw();
  }
}

/** The link does not work, or no longer. @param {string} code @param {string} [detail] */
function showEnd(code, detail = "") {
  part("desk").hidden = true;
  part("line").hidden = true;
  part("arriving").hidden = false;
  const known = ["link_unknown", "link_expired", "link_revoked", "expired", "session_expired", "session_missing", "forbidden", "no_link"];
  render(part("arriving"), html`<h1>${t("gone.title")}</h1>
    <p>${detail || t(`gone.${known.includes(code) ? code : "other"}`)}</p>
    <p><a class="button button-primary" href="">${t("gone.reload")}</a></p>`);
}

async function main() {
  const key = keyFromAddress();
  if (!key) {
    showEnd("no_link");
    return;
  }
  try {
    const entered = await openPatiently(key, () => render(part("arriving"), html`<p>${t("gone.waiting")}</p>`));
    if (entered.kind === "staff") new Console(entered.session).start();
    else showEnd("forbidden");
  } catch (error) {
    showEnd(error instanceof Problem ? error.code : "other", error instanceof Problem ? error.detail : "");
  }
}

addEventListener("hashchange", () => location.reload());
void main();
