// @ts-check
/** The head of a room: ready or preparing, who of the panel is here, how far behind, the link to dictate, who carries the video. */

import { chip } from "./chip.js";
import { carriersOf, named } from "./providing.js";
import { timeChip } from "./row.js";
import { clock, html, label, t } from "./words.js";

/** @typedef {import("./types.js").Room} Room */
/** @typedef {import("./types.js").ConsoleView} ConsoleView */
/** @typedef {{mayPause: boolean, mayReady: boolean, busy: (command: string) => boolean, origin: string}} BarContext */

/** @param {Room} room @param {ConsoleView} view @param {BarContext} context */
export function roombarMarkup(room, view, context) {
  const ready = room.state === "ready";
  return html`<div class="bar-top">
      <h2 class="bar-name">${label(room.name)}</h2>
      ${state(room)}
      ${room.state === "paused" ? html`<span class="soft">${t("room.paused_since", { at: clock(view.paused_at ?? room.paused_at) })}</span>` : ""}
      ${room.behind_minutes > 0 ? chip("care", "＋", t("room.behind", { minutes: room.behind_minutes })) : ""}
      ${timeChip(view.rows[room.taken_by ?? ""])}
      <span class="bar-buttons">
        ${context.mayReady ? html`<button type="button" class="button ${ready ? "" : "button-primary"}" data-action="ready" data-room="${room.id}" data-on="${ready ? "false" : "true"}"
          aria-busy="${context.busy("ready") ? "true" : "false"}">${t(ready ? "room.to_preparing" : "room.to_ready")}</button>` : ""}
        <button type="button" class="button" data-action="message-room" data-room="${room.id}">${t("room.message_all")}</button>
        ${context.mayPause && !view.paused_at ? html`<button type="button" class="button" data-action="pause" data-room="${room.id}" data-on="${room.paused_at ? "false" : "true"}">${t(room.paused_at ? "room.resume" : "room.pause")}</button>` : ""}
      </span>
    </div>
    <div class="bar-facts">
      <span><span class="bar-label">${t("room.panel")}</span> ${panel(room)}</span>
      <span><span class="bar-label">${t("room.video")}</span> ${carrier(room, view)}</span>
      <span><span class="bar-label">${t("room.link")}</span> <code class="dictate" translate="no">${spoken(room.shared_link, context.origin)}</code></span>
    </div>`;
}

/** Who carries the room's video. @param {Room} room @param {ConsoleView} view */
function carrier(room, view) {
  const carriers = carriersOf(view, room.id);
  return carriers.usual === view.provider.id ? label(view.provider.label) : named(carriers, carriers.usual);
}

/** @param {Room} room */
export function state(room) {
  switch (room.state) {
    case "ready":
      return chip("good", "●", t("room.ready"));
    case "paused":
      return chip("bad", "Ⅱ", t("room.paused"));
    default:
      return chip("care", "◌", t("room.preparing"));
  }
}

/** @param {Room} room */
function panel(room) {
  if (room.panel.length === 0) return html`<span class="soft">${t("room.nobody")}</span>`;
  return room.panel.map((person) => {
    const tone = person.in_call || person.here ? "good" : "quiet";
    const key = person.in_call ? "panel.in_call" : person.here ? "panel.here" : "panel.not_here";
    const shape = person.in_call ? "▣" : person.here ? "●" : "○";
    return chip(tone, shape, html`${person.name}${person.me ? t("panel.me") : ""} ${t(key)}`);
  });
}

/** The shared link, its six characters in two groups, as one reads them over the telephone. @param {string} link @param {string} origin */
function spoken(link, origin) {
  const code = link.split("/").at(-1) ?? "";
  return html`${origin.replace(/^https?:\/\//, "")}/r/<b>${code.slice(0, 3)}</b> <b>${code.slice(3)}</b>`;
}
