// @ts-check
/** What the event is: its rooms in figures, its rules in sentences, the state of the record. */

import { html, label, t, word } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */

const FIGURES = ["total", "expected", "preparing", "waiting", "admitting", "in_session", "finished", "absent", "cancelled", "broken_off", "late"];

/** @param {AdminView} view */
export function countsMarkup(view) {
  const rooms = view.settings.rooms;
  if (Object.keys(view.rows).length === 0) {
    return html`<div class="empty"><p><strong>${t("overview.empty")}</strong></p><p><a class="button button-primary" href="#import" data-action="jump" data-to="import">${t("overview.import")}</a></p></div>`;
  }
  const sum = (/** @type {string} */ figure) => Object.values(view.counts).reduce((total, counts) => total + (counts[figure] ?? 0), 0);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${t("overview.title")}"><table class="table figures">
    <thead><tr><th scope="col">${t("overview.room")}</th>${FIGURES.map((figure) => html`<th scope="col">${heading(figure)}</th>`)}<th scope="col">${t("overview.link")}</th></tr></thead>
    <tbody>${rooms.map((room) => html`<tr><th scope="row">${label(room.name)}</th>
      ${FIGURES.map((figure) => cell(view.counts[room.id]?.[figure] ?? 0))}
      <td><code translate="no">${room.shared_link ?? ""}</code></td></tr>`)}</tbody>
    <tfoot><tr><th scope="row">${t("overview.all")}</th>${FIGURES.map((figure) => cell(sum(figure)))}<td></td></tr></tfoot>
  </table></div>`;
}

/** @param {string} figure */
function heading(figure) {
  return figure === "total" || figure === "late" ? t(`overview.${figure}`) : word("phase", figure);
}

/** @param {number} n */
function cell(n) {
  return html`<td class="${n === 0 ? "zero" : ""}">${n}</td>`;
}

/** @param {AdminView} view */
export function journalMarkup(view) {
  const { offset, sealed, record_key: key } = view.journal;
  const open = Math.max(0, offset - sealed);
  return html`<dl class="kv">
    <div><dt>${t("journal.entries")}</dt><dd>${offset}</dd></div>
    <div><dt>${t("journal.sealed")}</dt><dd>${open <= 1 ? html`<span class="tag tag-ok">✓ ${t("journal.whole")}</span>` : html`<span class="tag tag-soft">${t("journal.open", { n: open })}</span>`}</dd></div>
    <div><dt>${t("journal.key")}</dt><dd><code translate="no">${key ?? "—"}</code></dd></div>
  </dl><p class="soft">${t("journal.explain")}</p>`;
}
