// @ts-check
/** What a switch would do, before it is done: whom it concerns, grouped by what happens to them, and what to see to. */

import { changing } from "./switching.js";
import { clock, folded, html, providerName, roomNames, scopeName, t, time, word, wordOf } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").Effect} Effect */
/** @typedef {import("./switching.js").Switching} Switching */
/** @typedef {{words: string, care: boolean}} Narrowing */

/** From what people notice most to what they do not notice. */
const ORDER = ["moves", "reopens", "follows", "stays", "own", "same"];
const HINDRANCES = ["no_link", "provider_down", "not_configured"];
/** So few are shown without being asked for. */
const FEW = 10;
/** Rows of a group that are drawn; a search finds the rest. */
const SHOWN = 400;

/** @param {AdminView} view @param {Switching} switching @param {Narrowing} narrowing */
export function previewMarkup(view, switching, narrowing) {
  const { preview, state } = switching;
  if (!preview) return html``;
  const { answer, body } = preview;
  const to = providerName(view, answer.to);
  return html`<div class="preview" data-key="preview">
    <h3 id="preview-title" tabindex="-1">${t("preview.title", { scope: scopeName(view, body.scope) })}</h3>
    <p class="preview-way"><strong>${providerName(view, answer.from)}</strong> → <strong>${to}</strong> <span class="tag tag-soft">${t(body.open === "move" ? "preview.open_move" : "preview.open_stay")}</span>
      ${body.with_narrower ? html`<span class="tag tag-soft">${t("preview.with_narrower")}</span>` : ""}</p>
    <p class="soft"><span>${t("preview.at")} ${time(preview.at)}</span> <span>· ${t("preview.nothing_yet")}</span></p>
    ${careMarkup(view, switching)}
    ${answer.rows.length === 0 ? html`<p class="empty">${t("preview.no_rows")}</p>` : groupsMarkup(view, answer.rows, narrowing)}
    ${preview.stale ? staleMarkup() : applyMarkup(view, switching, state === "applying")}
  </div>`;
}

/** What somebody has to see to, or should know before deciding. @param {AdminView} view @param {Switching} switching */
function careMarkup(view, { preview }) {
  if (!preview) return "";
  const { answer } = preview;
  const count = (/** @type {(row: Effect) => boolean} */ test) => answer.rows.filter(test).length;
  const to = providerName(view, answer.to);
  const stuck = HINDRANCES.map((code) => [code, count((row) => row.hindrance === code)]).filter(([, n]) => n);
  const links = ["stays", "ends", "dies"].flatMap((fate) => {
    const rows = answer.rows.filter((row) => row.old_link === fate);
    return [...new Set(rows.map(({ from }) => from))].map((from) => [fate, from, rows.filter((row) => row.from === from).length]);
  });
  const terms = count((row) => row.terms_to_see);
  const moved = count((row) => (view.rows[row.interview]?.phase ?? row.phase) !== row.phase);
  const others = answer.warnings.filter((code) => !stuck.some(([known]) => known === code));
  return html`<ul class="cares">
    ${stuck.map(([code, n]) => html`<li class="care-fail"><strong>✕ ${t(`preview.stuck.${code}`, { n: Number(n), to })}</strong>
      ${code === "no_link" ? html` <a href="#" data-action="jump" data-to="links">${t("preview.to_links")}</a>` : ""}</li>`)}
    ${links.map(([fate, from, n]) => html`<li class="${fate === "stays" ? "care-warn" : "care-note"}">${fate === "stays" ? html`<strong>！ ${t("preview.link.stays", { n: Number(n), from: providerName(view, String(from)) })}</strong>` : t(`preview.link.${fate}`, { n: Number(n), from: providerName(view, String(from)) })}</li>`)}
    ${terms > 0 ? html`<li class="care-note">${t("preview.terms", { n: terms, to })}</li>` : ""}
    ${others.map((code) => html`<li class="care-warn">！ ${wordOf("preview.warning", code) ?? t("preview.other_warning", { code })}</li>`)}
    ${moved > 0 ? html`<li class="care-warn">！ ${t("preview.moved_on", { n: moved })} <button type="button" class="link-button" data-action="look-again">${t("preview.again")}</button></li>` : ""}
    ${changing(answer) === 0 && answer.rows.length > 0 ? html`<li class="care-note">${t("preview.nothing_changes")}</li>` : ""}
  </ul>`;
}

/** @param {AdminView} view @param {Effect[]} all @param {Narrowing} narrowing */
function groupsMarkup(view, all, narrowing) {
  const wanted = folded(narrowing.words);
  const rows = all.filter((row) => (!narrowing.care || isCare(row)) && (!wanted || folded(row.number + row.name).includes(wanted)));
  const searching = Boolean(wanted) || narrowing.care;
  const effects = [...ORDER, ...new Set(all.map(({ effect }) => effect).filter((effect) => !ORDER.includes(effect)))];
  return html`${all.length > FEW ? html`<div class="admin-tools" role="search">
      <label><span>${t("people.search")}</span><input class="input" type="search" name="effect-words" data-input="effect-words" autocomplete="off"></label>
      <label class="check"><input type="checkbox" data-change="effect-care" ?checked=${narrowing.care}> ${t("preview.only_care")}</label>
      <p class="soft" role="status">${searching ? t("preview.found", { n: rows.length, all: all.length }) : t("check.n", { n: all.length })}</p></div>` : ""}
    ${effects.map((effect) => {
      const total = all.filter((row) => row.effect === effect).length;
      const group = rows.filter((row) => row.effect === effect).sort((a, b) => a.starts_at - b.starts_at || (a.room < b.room ? -1 : 1));
      return total === 0 || (searching && group.length === 0) ? "" : groupMarkup(view, effect, group, total, searching || all.length <= FEW);
    })}
    ${searching && rows.length === 0 ? html`<p class="empty">${t("people.none")}</p>` : ""}`;
}

/** @param {Effect} row */
const isCare = (row) => row.hindrance !== null || row.terms_to_see || row.old_link === "stays";

/** @param {AdminView} view @param {string} effect @param {Effect[]} rows @param {number} total @param {boolean} open */
function groupMarkup(view, effect, rows, total, open) {
  const stuck = rows.filter(({ hindrance }) => hindrance).length;
  const name = wordOf("effect", effect) ?? effect;
  return html`<details class="group" data-key="effect-${effect}" ?open=${open}>
    <summary><span class="group-name">${name}</span> <span class="group-count">${t("check.n", { n: total })}</span>
      ${stuck > 0 ? html`<span class="tag tag-fail">✕ ${t("preview.stuck_tag", { n: stuck })}</span>` : ""}
      <span class="group-hint">${wordOf("effect_hint", effect) ?? ""}</span></summary>
    <div class="stack" role="table" aria-label="${name}"><div role="rowgroup" class="stack-head"><div role="row">
      ${["start", "candidate", "state", "way", "care"].map((key) => html`<span role="columnheader">${t(`preview.column.${key}`)}</span>`)}</div></div>
      <div role="rowgroup">${rows.slice(0, SHOWN).map((row) => rowMarkup(view, row))}</div></div>
    ${rows.length > SHOWN ? html`<p class="soft">${t("import.more", { n: rows.length - SHOWN })}</p>` : ""}</details>`;
}

/** @param {AdminView} view @param {Effect} row */
function rowMarkup(view, row) {
  const phase = view.rows[row.interview]?.phase ?? row.phase;
  return html`<div role="row" data-key="${row.interview}">
    <span role="cell" class="nums">${time(row.starts_at)} ${roomNames(view)[row.room] ?? row.room}</span>
    <span role="rowheader"><span class="nums">${row.number}</span> <strong>${row.name}</strong></span>
    <span role="cell">${word("phase", phase)}</span>
    <span role="cell">${row.from === row.to ? providerName(view, row.from) : html`${providerName(view, row.from)} → ${providerName(view, row.to)}`}</span>
    <span role="cell" class="tags">${row.hindrance ? html`<span class="tag tag-fail">✕ ${wordOf("hindrance", row.hindrance) ?? row.hindrance}</span>` : ""}
      ${row.old_link ? html`<span class="tag ${row.old_link === "stays" ? "tag-warn" : "tag-soft"}">${row.old_link === "stays" ? "！ " : ""}${t(`old_link.${row.old_link}`)}</span>` : ""}
      ${row.terms_to_see ? html`<span class="tag tag-soft">${t("preview.terms_tag")}</span>` : ""}
      ${row.hindrance || row.old_link || row.terms_to_see ? "" : html`<span class="soft">—</span>`}</span></div>`;
}

function staleMarkup() {
  return html`<div class="banner banner-warn" role="alert" data-key="stale"><p class="banner-title">！ ${t("preview.stale")}</p>
    <p><button type="button" class="button button-primary" data-action="look-again">${t("preview.again")}</button></p></div>`;
}

/** @param {AdminView} view @param {Switching} switching @param {boolean} busy */
function applyMarkup(view, { preview, error }, busy) {
  if (!preview) return "";
  const { answer, body } = preview;
  const stuck = answer.rows.filter(({ hindrance }) => hindrance).length;
  const named = { scope: scopeName(view, body.scope), to: providerName(view, answer.to) };
  return html`<form class="apply" data-submit="switch-apply" data-key="apply">
    <p><strong>${t("apply.what", named)}</strong> ${t("apply.n", { n: changing(answer) })}</p>
    ${stuck > 0 ? html`<p class="refusal">✕ ${t("apply.stuck", { n: stuck })}</p>` : ""}
    <label class="field"><span class="label">${t("confirm.reason")} <span class="must">${t("confirm.required")}</span></span>
      <span class="hint">${t("apply.reason_hint")}</span>
      <textarea class="input" name="reason" id="switch-reason" rows="2" maxlength="500" required></textarea></label>
    ${error ? html`<p role="alert" class="refusal">${error}</p>` : ""}
    <p class="switch-go"><button type="submit" class="button button-primary" aria-busy="${busy ? "true" : "false"}">${busy ? t("apply.busy") : t("apply.go", named)}</button>
      <button type="button" class="button" data-action="drop-preview">${t("confirm.cancel")}</button></p></form>`;
}

/** What has just been done. @param {AdminView} view @param {Switching} switching */
export function doneText(view, { done }) {
  return done ? t("switch.done", { scope: scopeName(view, done.scope), to: providerName(view, done.to), n: done.n, time: clock(done.at) }) : "";
}
