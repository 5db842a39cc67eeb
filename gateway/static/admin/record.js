// @ts-check
/** The record's section: the files to take out, and a picture of each room's day with its table. */

import { html, t } from "./words.js";

/** @typedef {{room: string, title: string, svg: string, cells: string[][]}} Picture as `attendance` answers it */

/** What can be taken out: the address's end and the link's id. */
const FILES = { "attendance.html": "get-record-page", "bundle.zip": "get-bundle", "bundle.zip?people=yes": "get-bundle-people" };

/** @param {import("../api.js").Session} session */
export function linkFiles(session) {
  for (const [name, id] of Object.entries(FILES)) {
    const [file, query] = name.split("?");
    const address = session.href(file ?? name);
    document.getElementById(id)?.setAttribute("href", query ? `${address}${address.includes("?") ? "&" : "?"}${query}` : address);
  }
}

/** The frames of the pictures; `drawPictures` puts the pictures in. @param {Picture[]} pictures */
export function picturesMarkup(pictures) {
  if (pictures.length === 0) return html``;
  return html`<h2>${t("record.pictures")}</h2>${pictures.map((picture, n) => html`<figure class="picture" data-key="picture-${n}">
    <figcaption>${picture.title}</figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label="${picture.title}"><div data-own data-picture="${n}"></div></div>
    <details><summary>${t("record.as_table")}</summary>${tableMarkup(picture)}</details></figure>`)}`;
}

/** @param {Picture} picture */
function tableMarkup({ title, cells: [head, ...rows] }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="table">
    <thead><tr>${(head ?? []).map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** Read as a picture and not as a page: a script in it would not be one. @param {HTMLElement} place @param {Picture[]} pictures */
export function drawPictures(place, pictures) {
  for (const frame of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-picture]"))) {
    const picture = pictures[Number(frame.dataset["picture"])];
    if (!picture) continue;
    const drawn = new DOMParser().parseFromString(picture.svg, "image/svg+xml").documentElement;
    if (drawn.localName === "svg") frame.replaceChildren(document.importNode(drawn, true));
  }
}
