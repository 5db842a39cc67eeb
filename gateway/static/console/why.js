// @ts-check
/** "Why?" of one person's verdict: the rule with its figures, and the entries that it rests on. It changes nothing. */

import { actions, html, render } from "../html.js";
import { t } from "./words.js";

/** @typedef {{words: string, value: string}} Pair */
/**
 * @typedef {object} Reasons as `GET …/why/<interview>` answers it
 * @property {string} label
 * @property {number} minutes
 * @property {string} stage
 * @property {{code: string, words: string}} rule
 * @property {{offset: number, clock: string}} since
 * @property {Pair[]} figures
 * @property {Pair[]} deadlines
 * @property {Pair[]} times
 * @property {{offset: number, clock: string, what: string, by: string, decides: boolean}[]} entries
 * @property {string} resits
 * @property {string} resat_by
 */

export class WhyDialog {
  /** @type {HTMLDialogElement} */ #dialog;
  /** @type {(path: string) => Promise<any>} */ #read;
  #asked = 0;

  /** @param {HTMLDialogElement} dialog @param {(path: string) => Promise<any>} read */
  constructor(dialog, read) {
    this.#dialog = dialog;
    this.#read = read;
    actions(dialog, { close: () => dialog.close() });
  }

  /** @param {string} interview @param {string} about whose it is, in words */
  async open(interview, about) {
    const asked = ++this.#asked;
    this.#draw(about, html`<p class="soft" role="status">${t("why.looking")}</p>`);
    if (!this.#dialog.open) this.#dialog.showModal();
    document.getElementById("why-title")?.focus();
    try {
      const found = await this.#read(`why/${encodeURIComponent(interview)}`);
      if (asked === this.#asked) this.#draw(about, markup(found));
    } catch (error) {
      if (asked === this.#asked) this.#draw(about, html`<p role="alert" class="refusal">${error instanceof Error ? error.message : String(error)}</p>`);
    }
  }

  /** @param {string} about @param {unknown} body */
  #draw(about, body) {
    render(this.#dialog, html`<div class="ask why">
      <h2 id="why-title" tabindex="-1">${t("why.title")}</h2>
      <p class="ask-about">${about}</p>
      ${body}
      <div class="ask-buttons"><button type="button" class="button" data-key="close" data-action="close">${t("dialog.close")}</button></div></div>`);
  }
}

/** @param {Reasons} found */
function markup(found) {
  const late = found.minutes ? t("why.minutes", { n: found.minutes }) : "";
  return html`<p class="why-verdict"><strong>${found.label}${late}</strong> ${found.stage ? html`<span class="soft">${found.stage}</span>` : ""}</p>
    <p>${found.rule.words} <span class="soft">${t("why.since", { offset: found.since.offset, at: found.since.clock })}</span></p>
    ${pairs("figures", found.figures)}${pairs("deadlines", found.deadlines)}${pairs("times", found.times)}
    <h3>${t("why.entries")}</h3>
    <div class="why-entries" tabindex="0" role="region" aria-label="${t("why.entries")}"><table>
      <thead><tr><th scope="col">${t("why.offset")}</th><th scope="col">${t("why.at")}</th><th scope="col">${t("why.what")}</th><th scope="col">${t("why.by")}</th></tr></thead>
      <tbody>${found.entries.map((one) => html`<tr class="${one.decides ? "" : "beside"}"><td class="nums">#${one.offset}</td><td class="nums">${one.clock}</td><td>${one.what}</td><td>${one.by}</td></tr>`)}</tbody>
    </table></div>
    ${found.resits ? html`<p>${t("why.resits", { number: found.resits })}</p>` : ""}
    ${found.resat_by ? html`<p>${t("why.resat_by", { number: found.resat_by })}</p>` : ""}`;
}

/** @param {string} key @param {Pair[]} several */
function pairs(key, several) {
  if (several.length === 0) return "";
  return html`<h3>${t(`why.${key}`)}</h3>
    <dl class="kv">${several.map(({ words, value }) => html`<div><dt>${words}</dt><dd>${value}</dd></div>`)}</dl>`;
}
