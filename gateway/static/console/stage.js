// @ts-check
/**
 * Whom the room has now, or could have next: the admission's hand-over while it lasts, the opening lines with number
 * and name to tick, the ten seconds in which a finish can be taken back.
 */

import { chip } from "./chip.js";
import { awaited, carrierChips, notices } from "./providing.js";
import { action, isAsked, presenceChip } from "./row.js";
import { clock, html, t, time, who, word } from "./words.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Room} Room */
/** @typedef {{now: number, busy: (command: string, row: Row) => boolean, ticks: ReadonlySet<string>, office: string,
 *   compact: boolean, paused: boolean, waiting: number, carriers: import("./providing.js").Carriers}} StageContext `compact`: only what is passing; the rest is on the board */

/**
 * @param {Room} room @param {Row|null} current @param {Row|null} next @param {StageContext} context
 */
export function stageMarkup(room, current, next, context) {
  if (context.compact && !isPassing(current, context)) return html``;
  if (current?.phase === "admitting") return admitting(current, context);
  if (current) return inSession(current, context);
  return free(room, next, context);
}

/** What a board of several rooms shows too. @param {Row|null} current @param {StageContext} context */
function isPassing(current, context) {
  if (!current) return false;
  return current.phase === "admitting" || Boolean(current.closing) || isEnding(current) || told(current, context).length > 0;
}

/** Whether the time that the rules give is almost over, or over. @param {Row} row */
function isEnding(row) {
  return !row.closing && (row.time?.state === "almost_up" || row.time?.state === "up");
}

/** @param {Row} row @param {StageContext} context @param {string[]} commands */
function actions(row, context, commands) {
  return commands.filter((command) => row.can.includes(command)).map((command) => button(row, context, command));
}

/** @param {Row} row @param {StageContext} context @param {string} command @param {string} [code] */
function button(row, context, command, code) {
  return action(row, command, { busy: (name) => context.busy(name, row), carriers: context.carriers }, code);
}

/** What the provider has to do with this person now. @param {Row} row @param {StageContext} context */
function told(row, context) {
  return notices(row, context.carriers, (command, code) => button(row, context, command, code));
}

/** @param {Room} room @param {Row|null} next @param {StageContext} context */
function free(room, next, context) {
  return html`<div class="stage-free">
    <h2>${t(room.state === "paused" ? "stage.paused" : "stage.free")}</h2>
    ${next ? html`<p class="stage-next">${t("stage.next")} <strong><span class="row-number">${next.number}</span> ${next.name}</strong> ${time(next.starts_at)}</p>
      <p class="row-state">${presenceChip(next, context.now)} ${carrierChips(next, context.carriers)} ${isAsked(next) ? chip("info", "?", word("early", String(next.early))) : ""} ${next.lapse ? chip("bad", "↩", word("lapse", next.lapse)) : ""}</p>
      <div class="actions">${actions(next, context, ["admit", "message", "hold"])}</div>`
      : html`<p class="soft">${t(context.waiting > 0 ? "stage.not_yet" : "stage.nobody")}</p>`}
  </div>`;
}

/** @param {Row} row */
function heading(row) {
  return html`<h2 class="stage-who"><span class="row-number">${row.number}</span> <span>${row.name}</span>
    ${row.kana ? html`<span class="row-kana">${row.kana}</span>` : ""}</h2>`;
}

/** @param {Row} row @param {StageContext} context */
function admitting(row, context) {
  return html`<div class="stage-admitting">
    ${heading(row)}
    <p class="stage-step"><span class="spin" aria-hidden="true"></span> ${awaited(row, context.carriers)}</p>
    ${told(row, context)}
    ${row.deadline ? html`<p class="countdown">${t("stage.deadline")} <span data-until="${row.deadline}" data-countdown="seconds"></span></p>` : ""}
    <p class="row-state">${presenceChip(row, context.now)} ${carrierChips(row, context.carriers)}</p>
    <div class="actions">${actions(row, context, ["send-back", "message", "move", "stop"])}</div>
  </div>`;
}

/** @param {Row} row @param {StageContext} context */
function inSession(row, context) {
  return html`<div class="stage-session">
    ${row.closing ? closing(row, context) : isEnding(row) ? ending(row, context) : ""}
    ${heading(row)}
    ${told(row, context)}
    <p class="row-state">${chip("info", "■", word("phase", row.phase))} ${presenceChip(row, context.now)} ${joined(row)} ${carrierChips(row, context.carriers)}
      ${until(row, context)}</p>
    ${context.compact ? "" : identity(row, context)}
    <div class="actions">${actions(row, context, [...(isOver(row) ? [] : ["finish"]), "send-back", "message", "incident", "move", "stop"])}</div>
  </div>`;
}

/** @param {Row} row */
function isOver(row) {
  return !row.closing && row.time?.state === "up" && row.can.includes("finish");
}

/** When it ends: by the rules where they bound it, else by the timetable. @param {Row} row @param {StageContext} context */
function until(row, context) {
  const ends = row.time ? row.time.ends_at : row.ends_at;
  const stopped = row.time ? row.time.state === "stopped" : context.paused;
  return html`<span class="soft">${t(row.time ? "time.until" : "stage.until")} ${ends === null ? "" : time(ends)}
    ${stopped || ends === null ? html`<strong>${t("row.stopped")}</strong>` : html`<span data-until="${ends}" data-countdown="minutes"></span>`}</span>`;
}

/** Told, and asked to finish where the rules want that; nothing ends by itself. @param {Row} row @param {StageContext} context */
function ending(row, context) {
  const over = row.time?.state === "up";
  const words = t(!over ? "time.almost_up_at" : row.time?.finish ? "time.up_finish" : "time.up_told", { at: clock(row.time?.ends_at ?? 0) });
  return html`<div class="closing ${over ? "" : "ending-near"}" role="group" aria-label="${t(over ? "time.up" : "time.almost_up")}" data-key="ending">
    <p><strong>${words}</strong></p>
    ${isOver(row) ? html`<div class="actions"><button type="button" class="button ${row.time?.finish ? "button-primary" : ""}" data-action="command" data-command="finish" data-interview="${row.id}" data-key="finish-time"
      aria-busy="${context.busy("finish", row) ? "true" : "false"}">${t("action.finish")} <kbd aria-hidden="true">F</kbd></button></div>` : ""}
  </div>`;
}

/** @param {Row} row @param {StageContext} context */
function closing(row, context) {
  const { can } = row;
  return html`<div class="closing" role="group" aria-label="${t("closing.title")}">
    <p><strong>${t("closing.title")}</strong> <span class="countdown" data-until="${row.closing}" data-countdown="seconds"></span></p>
    <div class="actions">
      ${can.includes("finish-undo") ? actions(row, context, ["finish-undo"]) : ""}
      ${can.includes("finish") ? html`<button type="button" class="button" data-action="command" data-command="finish" data-interview="${row.id}" data-key="finish-now"
        aria-busy="${context.busy("finish", row) ? "true" : "false"}">${t("closing.now")} <kbd aria-hidden="true">F</kbd></button>` : ""}
    </div>
  </div>`;
}

/** Who of the candidate's side is in the call. @param {Row} row */
function joined(row) {
  return (row.joined ?? []).map((person) => {
    const companion = row.companions?.find(({ label }) => `companion.${label}` === person);
    return chip("good", "▣", companion ? companion.name : t("stage.candidate_in"));
  });
}

/** The lines to read aloud, and what to ask again in the room. @param {Row} row @param {StageContext} context */
function identity(row, context) {
  const known = row.identity;
  if (known && known.confirmed === true) {
    return html`<p class="identity-done">${chip("good", "✓", t("identity.confirmed"))} <span class="soft">${known.ticked.map((step) => word("identity", step)).join("・")}</span></p>`;
  }
  const steps = row.steps ?? [];
  const all = steps.every((step) => context.ticks.has(step));
  const busy = context.busy("identity", row);
  return html`<section class="identity" aria-label="${t("identity.title")}">
    ${known && known.confirmed === false ? html`<p>${chip("bad", "!", t("identity.doubted"))}</p>` : ""}
    <h3>${t("identity.read_aloud")}</h3>
    <p class="aloud">${t("identity.lines", { office: context.office })}</p>
    ${row.can.includes("identity") ? html`<div class="ticks" data-key="ticks">
      ${steps.map((step) => html`<label class="check" data-key="tick-${step}"><input type="checkbox" data-change="tick" data-step="${step}" data-interview="${row.id}" ?checked=${context.ticks.has(step)}> ${word("identity", step)} <strong>${onRoster(row, step)}</strong></label>`)}
    </div>
    <div class="actions">
      <button type="button" class="button button-primary" data-action="command" data-command="identity" data-interview="${row.id}" data-key="confirm" aria-busy="${busy ? "true" : "false"}"
        aria-disabled="${all ? "false" : "true"}">${t("identity.confirm")}</button>
      <button type="button" class="button" data-action="command" data-command="doubt" data-interview="${row.id}" data-key="doubt">${t("identity.doubt")}</button>
    </div>` : ""}
  </section>`;
}

/** What the roster says, to compare with. @param {Row} row @param {string} step */
function onRoster(row, step) {
  return { number: row.number, name: row.name, date_of_birth: row.birth }[step] ?? "";
}

/** The sentence that a screen reader hears when the room changes hands. @param {Row} row */
export function stageNews(row) {
  return t(row.phase === "admitting" ? "news.admitting" : "news.in_session", { who: who(row) });
}
