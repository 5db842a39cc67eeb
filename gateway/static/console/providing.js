// @ts-check
/**
 * Who carries the video of whom, and what staff have to know of it: a provider of its own, terms to see, a room that is
 * made or has failed, a move, the hand-over to a provider's own pages, what the provider raised an alarm about.
 */

import { chip } from "./chip.js";
import { clock, html, label, t, word } from "./words.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {import("./types.js").Provider} Provider */
/** @typedef {{usual: string, providers: Record<string, Provider>}} Carriers `usual`: the room's, or the event's own */
/** @typedef {(command: string, code?: string) => import("../html.js").Markup} Button of this row */

const OVER = new Set(["finished", "absent", "cancelled", "broken_off"]);
const SEATED = new Set(["waiting", "admitting", "in_session"]);

/** @param {ConsoleView} view @param {string} [room] @returns {Carriers} */
export function carriersOf(view, room = "") {
  return { usual: view.rooms[room]?.provider ?? view.provider.id, providers: view.providers ?? {} };
}

/** @param {Carriers} carriers @param {string|null|undefined} id @returns {string} */
export function named(carriers, id) {
  return label(carriers.providers[id ?? ""]?.label ?? id ?? "");
}

/** Whether the row's interview is held on a provider's own pages. @param {Carriers} carriers @param {Row} row */
export function isOutside(carriers, row) {
  return carriers.providers[row.provider ?? ""]?.embedded === false;
}

/** Whether somebody may be at the provider without having come past us: their link was mailed. @param {Carriers} carriers @param {Row} row */
export function mayBeThere(carriers, row) {
  const provider = carriers.providers[row.coming ?? row.provider ?? ""];
  return Boolean(provider?.issued && row.mailed && row.can.includes("check-in-for"));
}

/** @param {Row} row @param {Carriers} carriers */
export function carrierChips(row, carriers) {
  const alarms = (row.alarms ?? []).map(({ code }) => chip("bad", "!", word("alarm", code)));
  if (OVER.has(row.phase)) return alarms;
  return [
    row.provider && row.provider !== carriers.usual ? chip("info", "▷", named(carriers, row.provider)) : "",
    row.terms === "to_see" && SEATED.has(row.phase) ? chip("care", "§", t("row.terms")) : "",
    sessionChip(row, carriers),
    row.moving ? chip("care", "⇄", t(`moving.${row.moving}`, { provider: named(carriers, row.coming) })) : "",
    seenChip(row),
    row.ended_there_at ? chip("bad", "■", t("row.ended_there", { at: clock(row.ended_there_at) })) : "",
    ...alarms,
  ];
}

/** @param {Row} row @param {Carriers} carriers */
function sessionChip(row, carriers) {
  const provider = named(carriers, row.session?.provider);
  if (row.session?.state === "failed") return chip("bad", "!", t("session.failed", { provider }));
  const made = row.session?.state === "requested" && row.phase === "admitting";
  return made ? chip("care", "…", t("session.requested", { provider })) : "";
}

/** @param {Row} row */
function seenChip(row) {
  if (row.phase !== "in_session" || !row.handed_over_at) return "";
  return row.there_at ? chip("good", "✓", t("row.there", { at: clock(row.there_at) })) : chip("care", "?", t("row.not_seen", { at: clock(row.handed_over_at) }));
}

/** What an admission waits for, in words. @param {Row} row @param {Carriers} carriers @returns {string} */
export function awaited(row, carriers) {
  if (!row.ready) {
    const provider = named(carriers, row.session?.provider ?? row.coming ?? row.provider);
    if (!provider) return t("stage.await_session");
    return t(row.session?.state === "failed" ? "stage.session_failed" : "stage.await_session_of", { provider });
  }
  return isOutside(carriers, row) ? t("stage.await_press", { provider: named(carriers, row.provider) }) : t("stage.await_arrival");
}

/**
 * What there is to do or to know now, each with its one action. @param {Row} row @param {Carriers} carriers @param {Button} button
 * @returns {import("../html.js").Markup[]} none where there is nothing
 */
export function notices(row, carriers, button) {
  if (OVER.has(row.phase)) return alarms(row, carriers, button);
  return [...alarms(row, carriers, button), ...moving(row, carriers), ...ended(row, carriers, button), ...handedOver(row, carriers, button)];
}

/** @param {string} tone @param {string} key @param {unknown} body */
function notice(tone, key, body) {
  return html`<div class="notice notice-${tone}" data-key="${key}">${body}</div>`;
}

/** @param {Row} row @param {Carriers} carriers @param {Button} button */
function alarms(row, carriers, button) {
  return (row.alarms ?? []).map(({ code, provider, at, detail }) => notice("bad", `alarm-${code}-${detail}`, html`<p><strong>${t(`alarm.${code}.says`, { provider: named(carriers, provider), at: clock(at) })}</strong>
    ${detail ? html`<span class="soft">${detail}</span>` : ""}</p><p>${t(`alarm.${code}.do`, { provider: named(carriers, provider) })}</p>
    ${row.can.includes("settle-alarm") ? html`<div class="actions">${button("settle-alarm", code)}</div>` : ""}`));
}

/** A page that is not there cannot show the way: then somebody has to say it. @param {Row} row @param {Carriers} carriers */
function moving(row, carriers) {
  if (!row.moving) return [];
  const number = row.telephone;
  const ready = row.moving === "open";
  const embedded = carriers.providers[row.coming ?? ""]?.embedded;
  return [notice("care", "moving", html`<p><strong>${t(`moving.${row.moving}.says`, { provider: named(carriers, row.coming) })}${ready && row.presence === "here" ? html` ${t("moving.shown")}` : ""}</strong></p>
    ${ready ? html`<p>${t(embedded ? "moving.you" : "moving.you_outside", { provider: named(carriers, row.coming) })}</p>` : ""}
    ${ready && row.presence === "here" && isOutside(carriers, row) ? html`<p>${t("moving.aloud_here")}</p>` : ""}
    ${row.presence === "here" ? "" : html`<p>${t("moving.aloud")}</p>
      ${number ? html`<p>${t("fact.telephone")} <a href="tel:${number.replace(/[^+\d]/g, "")}">${number}</a></p>` : ""}`}`)];
}

/** @param {Row} row @param {Carriers} carriers @param {Button} button */
function ended(row, carriers, button) {
  if (!row.ended_there_at) return [];
  const offered = ["finish", "send-back"].filter((command) => row.can.includes(command));
  return [notice("bad", "ended", html`<p><strong>${t("ended_there.says", { provider: named(carriers, row.provider), at: clock(row.ended_there_at) })}</strong></p>
    <p>${t("ended_there.do")}</p><div class="actions">${offered.map((command) => button(command))}</div>`)];
}

/** @param {Row} row @param {Carriers} carriers @param {Button} button */
function handedOver(row, carriers, button) {
  if (row.phase !== "in_session" || !row.handed_over_at || row.there_at || row.ended_there_at) return [];
  const provider = named(carriers, row.provider);
  const again = carriers.providers[row.provider ?? ""]?.waits_again;
  return [notice("care", "handover", html`<p><strong>${t("handover.says", { provider, at: clock(row.handed_over_at) })}</strong></p>
    ${again ? html`<p>${t("handover.let_in", { provider })}</p>` : ""}
    ${row.can.includes("arrived") ? html`<div class="actions">${button("arrived")}</div>` : ""}`)];
}
