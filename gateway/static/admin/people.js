// @ts-check
/** The candidates with their links, the staff with theirs, and the attendance record on the screen. */

import { clock, folded, html, mailWords, roomNames, t, time, verdict, word } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").Candidate} Candidate */
/** @typedef {{words: string, room: string, phase: string}} Filter */

/** Rows that are drawn at once; a search finds the rest. */
const SHOWN = 400;

/** @param {AdminView} view @param {Filter} filter @returns {Candidate[]} */
export function found(view, { words, room, phase }) {
  const wanted = folded(words);
  return Object.values(view.rows)
    .filter((row) => (!room || row.room === room) && (!phase || row.phase === phase))
    .filter((row) => !wanted || folded(row.number + row.name).includes(wanted))
    .sort((a, b) => a.starts_at - b.starts_at || (a.room < b.room ? -1 : 1));
}

/** @param {AdminView} view @param {Filter} filter */
export function candidatesMarkup(view, filter) {
  const rows = found(view, filter);
  const names = roomNames(view);
  if (rows.length === 0) return html`<p class="empty">${t("people.none")}</p>`;
  return html`<p class="soft">${t("people.count", { n: rows.length })}</p>
  <div class="scroll" tabindex="0" role="region" aria-label="${t("people.title")}"><table class="table">
    <thead><tr>${["start", "room", "number", "name", "state", "arrival", "link"].map((key) => html`<th scope="col">${t(`people.${key}`)}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, SHOWN).map((row) => html`<tr data-key="${row.id}">
      <td>${time(row.starts_at)}</td><td>${names[row.room] ?? row.room}</td><td class="nums">${row.number}</td><th scope="row">${row.name}</th>
      <td>${word("phase", row.phase)}${row.booking ? html` <span class="soft">${word("booking", row.booking)}</span>` : ""}</td><td>${row.arrived_at ? html`${clock(row.arrived_at)} ${verdict(/** @type {any} */ (row))}` : "—"}</td>
      <td><button type="button" class="button button-small" data-action="reissue" data-interview="${row.id}" aria-label="${t("people.reissue")} ${row.number} ${row.name}">${t("people.reissue")}</button>
        ${row.invite_issue > 1 ? html`<span class="soft">${t("people.issue", { n: row.invite_issue })}</span>` : ""}
        ${(row.mails ?? []).slice(-1).map((mail) => html`<span class="soft">${mailWords(mail)}</span>`)}</td>
    </tr>`)}</tbody>
  </table></div>`;
}

/** @param {AdminView} view @param {Record<string, any>[]|null} rows of `attendance`; null: not asked for yet */
export function attendanceMarkup(view, rows) {
  if (rows === null) return html`<p class="soft">${t("attendance.not_yet")}</p>`;
  const names = roomNames(view);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${t("attendance.title")}"><table class="table">
    <thead><tr>${["start", "room", "number", "name", "arrival", "verdict", "admitted", "ended", "state"].map((key) => html`<th scope="col">${t(`attendance.${key}`)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr data-key="${row.id}">
      <td>${time(row.starts_at)}</td><td>${names[row.room] ?? row.room}</td><td class="nums">${row.number}</td><th scope="row">${row.name}</th>
      <td>${time(row.counts_at ?? row.arrived_at) || "—"}</td><td>${row.ahead ? t("record.ahead") : verdict(/** @type {any} */ (row))}</td>
      <td>${time(row.admitted_at) || "—"}</td><td>${time(row.ended_at) || "—"}</td><td>${word("phase", row.phase)}</td></tr>`)}</tbody>
  </table></div>`;
}

/** @param {AdminView} view */
export function staffMarkup(view) {
  const names = roomNames(view);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${t("staff.title")}"><table class="table">
    <thead><tr>${["name", "role", "rooms", "here", "link"].map((key) => html`<th scope="col">${t(`staff.${key}`)}</th>`)}</tr></thead>
    <tbody>${view.staff.map((member) => html`<tr data-key="${member.id}" class="${member.revoked ? "revoked" : ""}">
      <th scope="row">${member.name}</th><td>${word("role", member.role)}</td>
      <td>${member.rooms.length > 0 ? member.rooms.map((room) => names[room] ?? room).join("、") : t("staff.all_rooms")}</td>
      <td>${member.here ? `● ${t("staff.is_here")}` : `○ ${t("staff.not_here")}`}</td>
      <td>${member.revoked ? html`<span class="tag tag-soft">× ${t("staff.revoked")}</span>`
        : member.id === view.me.id ? html`<span class="soft">${t("staff.you")}</span>`
          : html`<button type="button" class="button button-danger button-small" data-action="revoke" data-staff="${member.id}" aria-label="${t("staff.revoke")} ${member.name}">${t("staff.revoke")}</button>`}</td>
    </tr>`)}</tbody>
  </table></div>`;
}
