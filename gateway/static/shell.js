// @ts-check
/** What every page has: the language switch, the office's lines, announcements for screen readers. */

import { html, render } from "./html.js";
import { pick, switchLanguage, t } from "./i18n.js";

/** @typedef {import("./api.js").Office} Office */

document.getElementById("language")?.addEventListener("click", () => switchLanguage());

/**
 * The office: name, telephone to press, hours. The same lines stand in the footer and beside whatever went wrong.
 * @param {Office|null|undefined} office
 */
export function officeLines(office) {
  if (!office?.telephone) return html`<p>${t("common.office.unknown")}</p>`;
  return html`<p class="office-name">${pick(office.name)}</p>
    <p class="office-telephone"><span>${t("common.office.telephone")}</span>
      <a href="tel:${office.telephone.replace(/[^\d+]/g, "")}">${office.telephone}</a></p>
    ${office.hours ? html`<p class="office-hours"><span>${t("common.office.hours")}</span> ${pick(office.hours)}</p>` : null}`;
}

/** Head and footer of the page for an event. @param {{title?: unknown, office?: Office, rehearsal?: boolean}|null|undefined} event */
export function showEvent(event) {
  if (!event) return;
  const name = document.getElementById("masthead-office");
  const title = document.getElementById("masthead-title");
  const lines = document.getElementById("office-lines");
  if (event.rehearsal) showRehearsal();
  if (name && event.office) name.textContent = pick(event.office.name);
  if (title && event.title) title.textContent = pick(event.title);
  if (lines && event.office) render(lines, officeLines(event.office));
}

/** Every page of a rehearsal says what it is, on screen, read aloud, in the tab and in print; for good, as the event is. */
export function showRehearsal() {
  const bar = document.getElementById("rehearsal-bar");
  if (!bar?.hidden) return;
  const other = document.documentElement.lang === "ja" ? "en" : "ja";
  render(bar, html`<strong>${t("common.rehearsal.mark")}</strong> ${t("common.rehearsal.bar")} <span lang="${other}">${t("common.rehearsal.other_lang")}</span>`);
  bar.hidden = false;
  document.title = marked(document.title);
}

/** @param {string} title */
function marked(title) {
  const mark = `[${t("common.rehearsal.mark")}] `;
  const bar = document.getElementById("rehearsal-bar");
  return bar && !bar.hidden && !title.startsWith(mark) ? mark + title : title;
}

/**
 * Say something to a screen reader; `urgent` interrupts. The same words twice are said twice.
 * @param {string} text @param {{urgent?: boolean}} [how]
 */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "assertive" : "polite");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

/** The tab's title; a badge such as "(!)" in front catches the eye in another tab. @param {string} title @param {string} [badge] */
export function pageTitle(title, badge = "") {
  document.title = marked(badge ? `${badge} ${title}` : title);
}
