// @ts-check
/** What needs a person: claims to settle and the exceptions of all rooms, each with one thing to do about it. */

import { chip } from "./chip.js";
import { roomName } from "./row.js";
import { ago, clock, html, t, who, word } from "./words.js";

/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {import("./types.js").Claim} Claim */
/** @typedef {import("./types.js").Task} Task */

/** An action that the page can start at once; any other means "look at it first", a difference of names for one. */
const STARTABLE = new Set([
  "admit", "hold", "message", "send-back", "finish", "stop", "acknowledge", "contact", "no-show", "check-in-for", "arrived", "confirm-booking",
]);

/** @param {ConsoleView} view @param {string|null} room null: all @param {number} now @returns {import("./keyed.js").Item[]} */
export function claimItems(view, room, now) {
  return view.claims
    .filter((claim) => room === null || claim.room === room)
    .map((claim) => ({ key: claim.id, className: "claim", content: claimMarkup(claim, view, now) }));
}

/** @param {Claim} claim @param {ConsoleView} view @param {number} now */
function claimMarkup(claim, view, now) {
  const row = claim.interview ? view.rows[claim.interview] : undefined;
  return html`<div><strong>${word("claim", claim.code)}</strong> ${chip("quiet", "⌂", roomName(view.rooms[claim.room]))} <span class="soft">${ago(claim.at, now)}</span></div>
    <dl class="kv">
      ${row ? html`<div><dt>${t("claim.link")}</dt><dd>${clock(row.starts_at)} ${who(row)} (${word("phase", row.phase)})</dd></div>` : ""}
      <div><dt>${t("typed.number")}</dt><dd>${claim.number || t("claim.nothing")}</dd></div>
      <div><dt>${t("typed.name")}</dt><dd>${claim.name || t("claim.nothing")}</dd></div>
      <div><dt>${t("claim.first")}</dt><dd>${clock(claim.first_attempt_at ?? claim.at)}</dd></div>
    </dl>
    <div class="actions">
      <button type="button" class="button button-primary" data-action="claim" data-form="accept-claim" data-claim="${claim.id}">${t("claim.accept")}</button>
      <button type="button" class="button" data-action="claim" data-form="refuse-claim" data-claim="${claim.id}">${t("claim.refuse")}</button>
    </div>`;
}

/**
 * The interviews that a claim may mean: those that the gateway thinks likely first, then the room's, by time.
 * @param {Claim} claim @param {ConsoleView} view
 */
export function claimChoices(claim, view) {
  const likely = claim.interview ? [claim.interview, ...claim.candidates] : claim.candidates;
  const over = new Set(["finished", "cancelled"]);
  const others = Object.values(view.rows)
    .filter((row) => row.room === claim.room && !over.has(row.phase) && !likely.includes(row.id))
    .sort((a, b) => a.starts_at - b.starts_at)
    .map(({ id }) => id);
  return [...new Set([...likely, ...others])].flatMap((id) => {
    const row = view.rows[id];
    return row ? [{ value: id, text: `${clock(row.starts_at)} ${who(row)} (${word("phase", row.phase)})` }] : [];
  });
}

/**
 * The tasks in the gateway's order, which is by urgency. @param {ConsoleView} view @param {string} kind "": all
 * @param {number} now @param {(command: string, interview: string) => boolean} busy
 */
export function taskItems(view, kind, now, busy) {
  return view.tasks
    .filter((task) => kind === "" || task.code === kind)
    .map((task) => ({ key: task.id, className: `task urgency-${task.urgency ?? "later"}`, content: taskMarkup(task, view, now, busy) }));
}

/** How many of each kind; pressing one shows those only. @param {ConsoleView} view @param {string} kind */
export function kindsMarkup(view, kind) {
  const codes = [...new Set(view.tasks.map((task) => task.code))];
  const count = (/** @type {string} */ code) => view.tasks.filter((task) => task.code === code).length;
  const button = (/** @type {string} */ code, /** @type {string} */ words, /** @type {number} */ n) => html`<button type="button" class="kind" data-key="kind-${code}" data-action="kind" data-kind="${code}"
    aria-pressed="${code === kind ? "true" : "false"}">${words} <span class="kind-count">${n}</span></button>`;
  return html`${button("", t("tasks.all"), view.tasks.length)}${codes.map((code) => button(code, word("task", code), count(code)))}`;
}

/** Kinds whose row says the same by itself, so that nobody hears it twice. */
const TOLD = new Set(["overdue", "dropped", "late_notice", "cannot_connect", "cancelled", "alarm_recording", "alarm_settings", "ended_there", "provider"]);

/** Tasks that are new since, as sentences. @param {ConsoleView|null} before @param {ConsoleView} view @returns {string[]} */
export function newTasks(before, view) {
  if (before === null || view.me.role === "interviewer") return [];
  const known = new Set(before.tasks.map(({ id }) => id));
  return view.tasks.filter((task) => !known.has(task.id) && !TOLD.has(task.code)).map((task) => {
    const row = view.rows[task.interview ?? ""];
    const about = row ? who(row) : roomName(view.rooms[task.room ?? ""]);
    return t("news.task", { what: word("task", task.code), about });
  });
}

/** @param {Task} task @param {ConsoleView} view @param {number} now @param {(command: string, interview: string) => boolean} busy */
function taskMarkup(task, view, now, busy) {
  const row = task.interview ? view.rows[task.interview] : undefined;
  const room = view.rooms[task.room ?? row?.room ?? ""];
  return html`<span class="task-what">${urgency(task)}<strong>${word("task", task.code)}</strong> ${row ? html`<span class="task-who"><span class="row-number">${row.number}</span> ${row.name}</span>` : ""}</span>
    <span class="task-where">${room ? chip("quiet", "⌂", roomName(room)) : ""} <span class="soft">${ago(task.since, now)}</span></span>
    <span class="task-do">${taskButton(task, row, view, busy)}</span>`;
}

/** A shape and a word; the colour only repeats it. @param {Task} task */
function urgency(task) {
  const shape = { now: "‼", soon: "！", later: "・" }[task.urgency ?? "later"];
  return html`<span class="urgency"><span aria-hidden="true">${shape}</span><span class="visually-hidden">${word("urgency", task.urgency ?? "later")}</span></span> `;
}

/** @param {Task} task @param {import("./types.js").Row|undefined} row @param {ConsoleView} view @param {(command: string, interview: string) => boolean} busy */
function taskButton(task, row, view, busy) {
  const command = task.action ?? "";
  const proposed = view.failover?.find((one) => one.kind === "failover" && one.provider === row?.session?.provider);
  if (command === "settle-claim") {
    return html`<button type="button" class="button button-primary" data-action="claim" data-form="accept-claim" data-claim="${task.id.split(":").at(-1)}">${t("task.settle")}</button>`;
  }
  const ours = command === "no-show" && Boolean(row?.held_back?.length); // the cause may be ours: look first
  if (row && command === "settle-alarm" && row.can.includes(command)) {
    return html`<button type="button" class="button button-primary" data-action="command" data-command="${command}" data-code="${task.code.replace("alarm_", "")}" data-interview="${row.id}"
      aria-label="${t("action.settle-alarm")} ${who(row)}">${t("action.settle-alarm")}</button>`;
  }
  if (row && command === "switch-provider" && proposed) {
    return html`<button type="button" class="button button-primary" data-action="to-proposal" data-proposal="${proposed.id}">${t("task.proposal")}</button>`;
  }
  if (row && !ours && STARTABLE.has(command) && row.can.includes(command)) {
    return html`<button type="button" class="button ${command === "no-show" ? "button-danger" : "button-primary"}" data-action="command" data-command="${command}" data-interview="${row.id}"
      aria-busy="${busy(command, row.id) ? "true" : "false"}" aria-label="${t(`action.${command}`)} ${who(row)}">${t(`action.${command}`)}</button>`;
  }
  if (row) return html`<button type="button" class="button" data-action="show" data-interview="${row.id}" aria-label="${t("task.show")} ${who(row)}">${t("task.show")}</button>`;
  if (!task.room) return "";
  const tell = command === "message" ? "message-room" : "room";
  return html`<button type="button" class="button" data-action="${tell}" data-room="${task.room}">${t(tell === "room" ? "task.show_room" : "room.message_all")}</button>`;
}

/**
 * One tab per room, with what is going on in it.
 * @param {ConsoleView} view @param {string|null} shown @param {(room: string) => {waiting: number, late: number}} count
 */
export function tabsMarkup(view, shown, count) {
  const rooms = Object.values(view.rooms);
  return html`<button type="button" class="tab" data-action="room" data-room="" data-key="tab-all" aria-pressed="${shown === null ? "true" : "false"}">${t("tabs.all")}</button>
    ${rooms.map((room) => {
      const { waiting, late } = count(room.id);
      return html`<button type="button" class="tab" data-action="room" data-room="${room.id}" data-key="tab-${room.id}" aria-pressed="${shown === room.id ? "true" : "false"}">${roomName(room)}
        <span class="tab-count">${t("tabs.count", { waiting, late })}</span></button>`;
    })}`;
}
