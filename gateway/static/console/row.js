// @ts-check
/** One candidate on the board: a line that can be read from an arm's length, and, when chosen, what there is to know. */

import { chip } from "./chip.js";
import { carrierChips, mayBeThere, named, notices } from "./providing.js";
import { dueAt, ORDER } from "./zones.js";
import { ago, clock, dated, day, html, label, mailWords, marked, minutesSince, t, time, verdict, who, word } from "./words.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./zones.js").Zone} Zone */
/**
 * @typedef {object} RowContext
 * @property {number} now ms
 * @property {Zone} zone
 * @property {boolean} selected
 * @property {boolean} next the room's next
 * @property {boolean} staged what there is to do or to know now stands above the board
 * @property {(command: string) => boolean} busy
 * @property {boolean} muted
 * @property {string} room the room's name, where several are shown together
 * @property {import("./providing.js").Carriers} carriers
 * @property {(interview: string) => string} mirror where what their page shows can be read
 */

/** The key that does it, shown on the button. @type {Record<string, string>} */
export const KEYS = {
  admit: "A", hold: "H", message: "M", "send-back": "B", finish: "F", "finish-undo": "U", arrived: "I",
};
/** Phases in which a page of the candidate ought to be open; a check-in by telephone has none. */
const EXPECTED_HERE = new Set(["waiting", "admitting", "in_session"]);
const GRAVE = new Set(["stop", "no-show", "call-off"]);

/** Whether somebody has to see to this person. @param {Row} row */
function isKnocking(row) {
  return Boolean(row.knock && !row.knock.handled && row.phase === "waiting");
}

/** @param {Row} row @param {RowContext} context @returns {import("./keyed.js").Item} */
export function rowItem(row, context) {
  const { zone, selected } = context;
  const names = ["row", `zone-${zone}`, selected ? "selected" : "", isKnocking(row) ? "knocks" : ""];
  return { key: row.id, className: names.filter(Boolean).join(" "), content: line(row, context) };
}

/** @param {Row} row @param {RowContext} context */
function line(row, context) {
  const { selected } = context;
  return html`<div class="row-line" data-action="select" data-interview="${row.id}">
      <span class="row-time">${time(row.starts_at)}${dueAt(row) && dueAt(row) !== row.starts_at ? html`<span class="row-shift"><span aria-hidden="true">→</span><span class="visually-hidden">${t("row.shifted_word")}</span>${time(dueAt(row))}</span>` : ""}</span>
      <button type="button" class="row-who" data-action="select" data-interview="${row.id}" aria-expanded="${selected ? "true" : "false"}">
        <span class="row-number">${row.number}</span>
        <span class="row-name">${row.name}</span>
        ${row.kana ? html`<span class="row-kana">${row.kana}</span>` : ""}
      </button>
      <span class="row-state">${stateChips(row, context)}</span>
      <span class="row-quick">${quick(row, context)}</span>
    </div>
    ${selected ? detail(row, context) : ""}`;
}

/** @param {Row} row @param {RowContext} context */
function stateChips(row, context) {
  const byZone = { now: nowChips, waiting: waitingChips, late: lateChips, coming: comingChips, done: doneChips };
  return [
    context.room ? chip("quiet", "⌂", context.room) : "",
    context.next && context.zone === "waiting" ? chip("info", "▶", t("row.next")) : "",
    ...byZone[context.zone](row, context.now),
    ...carrierChips(row, context.carriers),
    ...careChips(row),
  ];
}

/** @param {Row} row @param {number} now */
export function presenceChip(row, now) {
  switch (row.presence) {
    case "here":
      return chip("good", "●", t("presence.here"));
    case "asleep":
      return chip("care", "◐", t("presence.asleep", { since: ago(row.since, now) }));
    case "away":
      return chip("bad", "○", t("presence.away", { since: ago(row.since, now) }));
    default:
      return EXPECTED_HERE.has(row.phase) ? chip("care", "○", t("presence.never")) : "";
  }
}

/** @param {Row} row @param {number} now */
function nowChips(row, now) {
  const admitting = row.phase === "admitting";
  const grace = row.grace_until ? chip("care", "…", t("row.grace", { at: clock(row.grace_until) })) : "";
  return [chip("info", admitting ? "⇥" : "■", word("phase", row.phase)), timeChip(row), presenceChip(row, now), grace];
}

/** How the time of whoever is in the room stands; nothing where the rules do not bound it. @param {Row|undefined} row */
export function timeChip(row) {
  const bound = row?.time;
  if (!bound || row.closing) return "";
  if (bound.state === "stopped" || bound.ends_at === null) return chip("quiet", "Ⅱ", t("time.stopped"));
  const left = html`<span data-until="${bound.ends_at}" data-countdown="minutes"></span>`;
  switch (bound.state) {
    case "up":
      return chip("bad", "!", html`${t("time.up")} ${left}`);
    case "almost_up":
      return chip("care", "◔", html`${t("time.almost_up")} ${left}`);
    default:
      return chip("quiet", "○", html`${t("time.running")} ${left}`);
  }
}

/** @param {Row} row @param {number} now */
function waitingChips(row, now) {
  return [
    row.place ? chip("quiet", "↳", t("row.place", { place: row.place })) : "",
    verdictChip(row),
    presenceChip(row, now),
    row.held ? chip("care", "Ⅱ", t("row.held")) : "",
    isAsked(row) ? chip("info", "?", word("early", String(row.early))) : "",
    row.lapse ? chip("bad", "↩", word("lapse", row.lapse)) : "",
  ];
}

/** Whether an earlier start was asked about. @param {Row} row */
export function isAsked(row) {
  return Boolean(row.early && row.early !== "none");
}

/** @param {Row} row */
function verdictChip(row) {
  if (!row.verdict || !row.arrived_at) return "";
  const tone = row.verdict === "late" ? "bad" : row.verdict === "after_arrive_by" ? "care" : "good";
  const shape = { good: "✓", care: "△", bad: "!" }[tone];
  const arrived = row.arrived_at ? t("row.arrived", { at: clock(row.arrived_at) }) : "";
  return chip(/** @type {"good"|"care"|"bad"} */ (tone), shape, html`${arrived} ${verdict(row)}`);
}

/** @param {Row} row @param {number} now */
function lateChips(row, now) {
  const due = dueAt(row);
  const minutes = minutesSince(due, now);
  return [
    due !== null && due <= now ? chip("bad", "!", t(minutes < 1 ? "row.due" : "row.not_here", { minutes })) : "",
    row.contacted_at ? chip("info", "✓", t("row.contacted", { at: clock(row.contacted_at) })) : "",
    ...(row.held_back ?? []).map((code) => chip("care", "Ⅱ", word("held_back", code))),
    row.attempts ? chip("care", "×", t("row.attempts", { count: row.attempts })) : "",
    presenceChip(row, now),
  ];
}

/** @param {Row} row */
function noticeText(row) {
  const notice = row.late_notice;
  if (!notice) return "";
  return notice.minutes ? t("notice.late_by", { minutes: notice.minutes }) : word("notice", notice.code);
}

/** @param {Row} row @param {number} now */
function comingChips(row, now) {
  return [
    row.phase === "preparing" ? chip("info", "…", word("phase", row.phase)) : "",
    row.attempts ? chip("care", "×", t("row.attempts", { count: row.attempts })) : "",
    presenceChip(row, now),
  ];
}

/** @param {Row} row */
function doneChips(row) {
  const shape = { finished: "✓", absent: "×", cancelled: "—", broken_off: "⚡" }[String(row.phase)] ?? "・";
  const tone = row.phase === "finished" ? "quiet" : "care";
  return [chip(tone, shape, word("phase", row.phase)), row.end?.side ? chip("quiet", "", word("side", row.end.side)) : ""];
}

/** What a person should see of anyone, wherever they stand. @param {Row} row */
function careChips(row) {
  const over = ["finished", "absent", "cancelled", "broken_off"].includes(row.phase);
  const broken = over ? [] : Object.entries(row.devices ?? {}).filter(([, outcome]) => outcome === "fail");
  return [
    row.difference === "open" || row.can.includes("same-person") ? chip("care", "≠", t("row.differs")) : "",
    row.arrived_at && row.declared && !row.declared.done ? chip("care", "×", t("row.undeclared")) : "",
    ...broken.map(([device]) => chip("care", "×", t("row.device", { device: word("device", device) }))),
    row.late_notice && !over ? chip(row.late_notice.seen ? "quiet" : "care", "☎", noticeText(row)) : "",
    row.earlier_absences && !over ? chip("care", "↺", t("row.earlier_absences", { n: row.earlier_absences })) : "",
    row.resits ? chip("info", "↻", t("row.resit")) : "",
    row.companions?.length ? chip("quiet", "＋", t("row.companions", { count: row.companions.length })) : "",
    row.note ? chip("quiet", "✎", t("row.note")) : "",
  ];
}

/** The one thing to do next, without opening the row. @param {Row} row @param {RowContext} context */
function quick(row, context) {
  const mute = isKnocking(row)
    ? html`<button type="button" class="button button-small" data-action="mute" data-interview="${row.id}" aria-pressed="${context.muted ? "true" : "false"}"
        aria-label="${t("knock.mute_for", { who: who(row) })}">${context.muted ? t("knock.muted") : t("knock.mute")}</button>`
    : "";
  return html`${mute} ${context.selected ? "" : shortcut(row, context)}`;
}

/** Admit at once; a difference is decided after it was looked at. @param {Row} row @param {RowContext} context */
function shortcut(row, context) {
  if (row.can.includes("admit")) return action(row, "admit", context);
  if (!row.can.includes("same-person")) return "";
  return html`<button type="button" class="button" data-action="select" data-interview="${row.id}"
    aria-label="${t("row.compare")} ${who(row)}">${t("row.compare")}</button>`;
}

/**
 * The button of a command: busy until the view that contains its effect is here.
 * @param {Row} row @param {string} command @param {{busy: (command: string) => boolean, carriers: import("./providing.js").Carriers}} context
 * @param {string} [code] which of several of the same kind
 */
export function action(row, command, context, code = "") {
  const busy = context.busy(command);
  const tone = command === "admit" ? "button-primary" : GRAVE.has(command) ? "button-danger" : "";
  const key = KEYS[command];
  const words = command === "hold" && row.held ? t("action.release") : t(`action.${command}`, { provider: named(context.carriers, row.coming) });
  return html`<button type="button" class="button ${tone}" data-action="command" data-command="${command}" data-interview="${row.id}" data-code="${code}" data-key="do-${command}"
      aria-busy="${busy ? "true" : "false"}" aria-keyshortcuts="${key ?? ""}"
      aria-label="${words} ${who(row)}">${busy ? html`<span class="spin" aria-hidden="true"></span>` : ""}${words}${
    key ? html` <kbd aria-hidden="true">${key}</kbd>` : ""}</button>`;
}

/** @param {Row} row @param {RowContext} context */
function detail(row, context) {
  return html`<div class="row-detail">
    ${context.staged ? "" : notices(row, context.carriers, (command, code) => action(row, command, context, code))}
    ${row.typed ? typedTable(row, context) : ""}
    <dl class="kv">
      ${fact("fact.scheduled", html`${time(row.starts_at)}–${time(row.ends_at)}${dueAt(row) === row.starts_at ? "" : html` <strong>${dueAt(row) === null ? t("row.stopped") : t("row.shifted", { at: clock(dueAt(row)) })}</strong>`}`)}
      ${fact("fact.telephone", row.telephone ? html`<a href="tel:${row.telephone.replace(/[^+\d]/g, "")}">${row.telephone}</a>` : "")}
      ${fact("fact.note", row.note)}
      ${fact("fact.companions", companions(row))}
      ${fact("fact.devices", devices(row))}
      ${fact("fact.pretest", pretest(row))}
      ${fact("fact.booking", booking(row))}
      ${fact("fact.declared", declared(row))}
      ${fact("fact.attempts", attempts(row))}
      ${fact("fact.late_notice", row.late_notice ? html`${noticeText(row)}${row.late_notice.text ? html` 「${row.late_notice.text}」` : ""}` : "")}
      ${fact("fact.identity", identity(row))}
      ${fact("fact.provider", provider(row, context))}
      ${fact("fact.end", end(row))}
      ${fact("fact.verdict", html`${verdict(row)} <button type="button" class="button button-small" data-action="why" data-interview="${row.id}" data-key="why" aria-haspopup="dialog" aria-label="${t("row.why")} ${who(row)}">${t("row.why")}</button>`)}
      ${fact("fact.earlier_absences", row.earlier_absences ? t("row.earlier_absences", { n: row.earlier_absences }) : "")}
      ${fact("fact.resits", linked(row.resits))}
      ${fact("fact.resat_by", linked(row.resat_by))}
      ${fact("fact.mails", mails(row.mails))}
    </dl>
    ${messages(row)}
    <p class="row-mirror"><a href="${context.mirror(row.id)}" target="_blank" rel="noopener">${t("row.mirror")}<span class="small">${t("row.new_tab")}</span></a></p>
    <div class="actions" role="group" aria-label="${t("row.actions", { who: who(row) })}">
      ${ORDER.filter((command) => offered(row, command, context)).map((command) => action(row, command, context))}
    </div>
  </div>`;
}

/** Whether a command has its button here. @param {Row} row @param {string} command @param {RowContext} context */
function offered(row, command, context) {
  if (command === "already-there") return mayBeThere(context.carriers, row);
  return row.can.includes(command) && command !== "same-person" && command !== "identity";
}

/** @param {Row} row @param {RowContext} context */
function provider(row, { carriers }) {
  if (!row.provider) return "";
  const mailed = row.mailed === true ? t("row.mailed") : row.mailed === false ? t("row.not_mailed") : "";
  return html`${named(carriers, row.provider)} <span class="soft">${mailed}</span>`;
}

/** @param {string} key @param {unknown} value */
function fact(key, value) {
  return value ? html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>` : "";
}

/** @param {Row} row */
function companions(row) {
  if (!row.companions?.length) return "";
  return row.companions.map((companion) => html`<span class="kv-line">${companion.name} ${
    companion.here ? chip("good", "●", t("presence.here")) : chip("quiet", "○", t("presence.not_yet"))}</span>`);
}

/** @param {Row} row */
function devices(row) {
  const entries = Object.entries(row.devices ?? {}).filter(([name]) => ["camera", "microphone", "speaker", "network"].includes(name));
  if (entries.length === 0) return "";
  const shapes = /** @type {Record<string, string>} */ ({ ok: "✓", warn: "△", fail: "×", skipped: "—" });
  return entries.map(([name, outcome]) => html`<span class="kv-line">${word("device", name)} ${shapes[outcome] ?? ""} ${word("outcome", outcome)}</span>`);
}

/** A connection test on an earlier day, where the rules ask for one. @param {Row} row */
function pretest(row) {
  if (!row.pretest) return "";
  return row.pretest.at === null ? t("pretest.none") : t(row.pretest.ok ? "pretest.ok" : "pretest.trouble", { at: dated(row.pretest.at) });
}

/** Whether the booking is confirmed, and what was said of the link. @param {Row} row */
function booking(row) {
  const { booking: found, reported } = row;
  const words = [];
  if (found?.state === "confirmed") words.push(html`<span class="kv-line">${chip("good", "✓", word("booking", "confirmed"))} ${clock(found.at)}</span>`);
  else if (found) words.push(html`<span class="kv-line">${chip("care", "…", word("booking", found.state))} ${found.reply_by ? t("booking.by", { at: dated(found.reply_by) }) : ""}</span>`);
  words.push(...(found?.held_back ?? []).map((code) => html`<span class="kv-line">${chip("care", "Ⅱ", word("booking_held", code))}</span>`));
  if (reported) words.push(html`<span class="kv-line">${t(reported.late ? "booking.reported_late" : "booking.reported", { at: dated(reported.at) })}</span>`);
  if (row.report_by) words.push(html`<span class="kv-line soft">${t("booking.report_by", { at: dated(row.report_by) })}</span>`);
  return words.length > 0 ? words : "";
}

/** The checklist: what was ticked, and in words what was not. @param {Row} row */
function declared(row) {
  const found = row.declared;
  if (!found) return "";
  const open = [...found.missing.map((text) => html`<span class="kv-line">${chip("care", "×", t("declared.missing"))} ${label(text)}</span>`),
    ...found.advice.map((text) => html`<span class="kv-line">${chip("quiet", "—", t("declared.advice"))} ${label(text)}</span>`)];
  if (found.at === null) return t("declared.none");
  return html`${t("declared.ticked", { n: found.ticked, of: found.lines, at: clock(found.at) })}${open}`;
}

/** @param {Row} row */
function attempts(row) {
  if (!row.attempts) return "";
  return t("row.attempts_since", { count: row.attempts, at: clock(row.first_attempt_at) });
}

/** @param {Row} row */
function identity(row) {
  if (!row.identity || row.identity.confirmed === null || row.identity.confirmed === undefined) return "";
  const ticked = row.identity.ticked.map((step) => word("identity", step)).join("・");
  return html`${row.identity.confirmed ? chip("good", "✓", t("identity.confirmed")) : chip("bad", "!", t("identity.doubted"))} ${ticked}`;
}

/** The other interview of a re-sit. @param {import("./types.js").Linked|null|undefined} other */
function linked(other) {
  return other ? html`${other.number} <span class="nums">${day(other.starts_at)} ${time(other.starts_at)}</span>` : "";
}

/** @param {import("./types.js").Mail[]|undefined} found */
function mails(found) {
  return found?.length ? found.map((mail) => html`<span class="kv-line">${mailWords(mail)}</span>`) : "";
}

/** @param {Row} row */
function end(row) {
  if (!row.end) return "";
  return html`${word("end", row.end.code)}${row.end.side ? html`（${word("side", row.end.side)}）` : ""} ${row.end.reason ?? ""}`;
}

/** What was typed beside what the roster says, the differing characters marked and explained. @param {Row} row @param {RowContext} context */
function typedTable(row, context) {
  const typed = row.typed;
  if (!typed) return "";
  const spans = typed.spans ?? [];
  const decide = row.can.includes("same-person");
  return html`<div class="typed ${spans.length > 0 || decide ? "differs" : ""}">
    <table>
      <thead><tr><td></td><th scope="col">${t("typed.roster")}</th><th scope="col">${t("typed.typed")}</th></tr></thead>
      <tbody>
        <tr><th scope="row">${t("typed.number")}</th><td>${row.number}</td><td>${typed.number}</td></tr>
        <tr><th scope="row">${t("typed.name")}</th><td>${row.name}</td><td>${marked(typed.name, spans)}</td></tr>
      </tbody>
    </table>
    ${typed.explain?.length ? html`<ul class="explain">${typed.explain.map((code) => html`<li>${word("explain", code)}</li>`)}</ul>` : ""}
    ${row.difference === "same" ? html`<p>${chip("good", "✓", t("typed.settled"))}</p>` : ""}
    ${decide ? html`<p class="ask-first">${t("typed.decide")}</p><div class="actions">
      <button type="button" class="button button-primary" data-action="command" data-command="same-person" data-interview="${row.id}" data-key="same"
        aria-busy="${context.busy("same-person") ? "true" : "false"}">${t("action.same-person")}</button>
      <button type="button" class="button button-danger" data-action="command" data-command="not-same-person" data-interview="${row.id}" data-key="not-same">${t("action.not-same-person")}</button>
    </div>` : ""}
  </div>`;
}

/** @param {Row} row */
function messages(row) {
  if (!row.messages?.length) return "";
  return html`<details class="messages"><summary>${t("row.messages", { count: row.messages.length })}</summary>
    <ol>${row.messages.map((message) => html`<li>${time(message.at)} ${message.text} ${message.by ? html`<span class="by">${message.by}</span>` : ""}</li>`)}</ol>
  </details>`;
}

/** The name of a room that is shown with a row. @param {import("./types.js").Room|undefined} room */
export function roomName(room) {
  return room ? label(room.name) : "";
}
