// @ts-check
/** The choices of a switch: which provider, for what, and what becomes of the interviews under way. */

import { clock, folded, html, label, providerName, roomNames, scopeName, t } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").Choice} Choice */
/** @typedef {import("./switching.js").Switching} Switching */

const OVER = new Set(["finished", "absent", "cancelled", "broken_off"]);
/** Interviews that one list offers; a search finds the rest */
const OFFERED = 200;

/** Choices inside the scope that are narrower. @param {AdminView} view @param {string} scope @returns {Choice[]} */
export function inside(view, scope) {
  const others = (view.switches ?? []).filter((choice) => choice.scope !== "event" && choice.scope !== scope);
  if (scope === "event") return others;
  if (!scope.startsWith("r:")) return [];
  return others.filter((choice) => choice.scope.startsWith("i:") && view.rows[choice.scope.slice(2)]?.room === scope.slice(2));
}

/** @param {AdminView} view @param {Switching} switching @param {string} words searched for among interviews */
export function switchFormMarkup(view, switching, words) {
  if (view.providers.length < 2 && (view.switches ?? []).length < 2) return onlyOneMarkup(view);
  const { wanted, state } = switching;
  const busy = state === "looking";
  return html`<form class="switch-form" data-submit="switch-look" data-change="switch-choose" aria-describedby="switch-how">
    <fieldset><legend>${t("switch.provider")}</legend>
      ${view.providers.map((provider) => radio("provider", provider.id, wanted.provider, html`${label(provider.label)}
        ${provider.in_use ? html` <span class="tag tag-soft">${t("switch.event_now")}</span>` : ""}
        ${provider.down ? html` <span class="tag tag-fail">✕ ${t("provider.down")}</span>` : ""}`))}
      ${wanted.kind === "event" ? "" : radio("provider", "", wanted.provider, html`${t("switch.follow")}`)}
    </fieldset>
    <fieldset><legend>${t("switch.scope")}</legend>
      ${radio("kind", "event", wanted.kind, html`${t("scope.event")}`)}
      ${radio("kind", "room", wanted.kind, html`${t("scope.room")}`)}
      ${wanted.kind === "room" ? roomMarkup(view, wanted.room) : ""}
      ${radio("kind", "interview", wanted.kind, html`${t("scope.interview")}`)}
      ${wanted.kind === "interview" ? interviewMarkup(view, wanted.interview, words) : ""}
    </fieldset>
    <fieldset><legend>${t("switch.open")}</legend>
      ${radio("open", "stay", wanted.open, html`<span>${t("switch.stay")}<span class="hint">${t("switch.stay_hint")}</span></span>`)}
      ${radio("open", "move", wanted.open, html`<span>${t("switch.move")}<span class="hint">${t("switch.move_hint")}</span></span>`)}
    </fieldset>
    ${narrowerMarkup(view, switching)}
    <p class="switch-go"><button type="submit" class="button button-primary" aria-busy="${busy ? "true" : "false"}">${busy ? t("switch.looking") : t("switch.look")}</button>
      <span id="switch-how" class="soft">${t("switch.look_hint")}</span></p>
  </form>`;
}

/** @param {string} name @param {string} value @param {string|null} chosen @param {import("../html.js").Markup} words */
function radio(name, value, chosen, words) {
  return html`<label class="check" data-key="${name}-${value}"><input type="radio" name="${name}" value="${value}" ?checked=${value === chosen}><span>${words}</span></label>`;
}

/** @param {AdminView} view @param {string} chosen */
function roomMarkup(view, chosen) {
  return html`<label class="under" data-key="of-room"><span>${t("scope.which_room")}</span><select class="select" name="room">
    <option value="" ?selected=${!chosen}>${t("scope.choose")}</option>
    ${Object.entries(roomNames(view)).map(([id, name]) => html`<option value="${id}" ?selected=${id === chosen}>${name}</option>`)}</select></label>`;
}

/** @param {AdminView} view @param {string} chosen @param {string} words */
function interviewMarkup(view, chosen, words) {
  const names = roomNames(view);
  const found = Object.values(view.rows)
    .filter((row) => row.id === chosen || (!OVER.has(row.phase) && folded(row.number + row.name).includes(folded(words))))
    .sort((a, b) => a.starts_at - b.starts_at || (a.room < b.room ? -1 : 1));
  return html`<div class="under" data-key="of-interview"><label><span>${t("scope.search")}</span>
      <input class="input" type="search" name="words" data-input="switch-search" autocomplete="off"></label>
    <label><span>${t("scope.which_interview", { n: found.length })}</span><select class="select" name="interview">
      <option value="" ?selected=${!chosen}>${t("scope.choose")}</option>
      ${found.slice(0, OFFERED).map((row) => html`<option value="${row.id}" ?selected=${row.id === chosen}>${clock(row.starts_at)} ${names[row.room] ?? row.room} ${row.number} ${row.name}</option>`)}</select></label></div>`;
}

/** @param {AdminView} view @param {Switching} switching */
function narrowerMarkup(view, { wanted, scope }) {
  const choices = inside(view, scope);
  if (choices.length === 0) return "";
  return html`<fieldset class="wide" data-key="narrower"><legend>${t("switch.narrower", { n: choices.length })}</legend>
    <p class="hint">${choices.slice(0, 3).map((choice, i) => html`${i > 0 ? t("switch.and") : ""}${scopeName(view, choice.scope)} → ${providerName(view, choice.provider)}`)}${choices.length > 3 ? t("switch.and_more", { n: choices.length - 3 }) : ""}</p>
    <label class="check"><input type="checkbox" name="narrower" ?checked=${wanted.narrower}><span>${t("switch.with_narrower")}<span class="hint">${t("switch.with_narrower_hint")}</span></span></label></fieldset>`;
}

/** @param {AdminView} view */
function onlyOneMarkup(view) {
  return html`<div class="empty empty-text" data-key="only-one"><p><strong>${t("switch.only_one", { name: providerName(view, view.providers[0]?.id ?? view.settings.provider) })}</strong></p>
    <p>${t("switch.configure")}</p><pre class="sample" translate="no" tabindex="0" aria-label="${t("switch.sample")}">[providers.zoom]
account_id = "…"
client_id = { env = "ZOOM_CLIENT_ID" }
client_secret = { file = "keys/zoom-secret" }
hosts = ["…"]</pre><p class="soft">${t("switch.docs")}</p></div>`;
}
