// @ts-check
/**
 * Links that a provider issued beforehand, from a spreadsheet: looked at by the gateway, imported whole or not at all.
 * Whether they were mailed already is asked first, since it decides what an absence means.
 */

import { LARGEST, base64 } from "./files.js";
import { faultsMarkup } from "./importing.js";
import { said } from "./switching.js";
import { html, label, providerName, roomNames, t, time } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").LinksPreview} LinksPreview */

/** Interviews without a link that are shown at once. */
const LISTED = 5;

export class Issued {
  provider = "";
  /** @type {boolean|null} null: not answered yet */ mailed = null;
  /** @type {"empty"|"reading"|"looked"|"importing"|"done"} */ state = "empty";
  /** @type {LinksPreview|null} */ preview = null;
  name = "";
  error = "";
  #csv = "";
  #asked = 0;

  /** @param {Session} session @param {(announcement?: string) => void} changed */
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
  }

  /** Another answer, or another provider, is another import: the file is looked at again. @param {{mailed?: boolean, provider?: string}} change */
  choose(change) {
    if (this.state === "importing") return;
    this.mailed = change.mailed ?? this.mailed;
    this.provider = change.provider ?? this.provider;
    if (this.#csv && this.state !== "done") void this.#look();
    else this.#enter("empty");
  }

  /** @param {File|undefined} file */
  async take(file) {
    if (!file || this.state === "importing") return;
    const asked = (this.#asked += 1);
    this.preview = null;
    this.#csv = "";
    this.name = file.name;
    if (file.size > LARGEST) {
      this.#enter("empty", t("import.too_large"));
      return;
    }
    const csv = await base64(file);
    if (asked !== this.#asked) return;
    this.#csv = csv;
    await this.#look();
  }

  async #look() {
    const asked = (this.#asked += 1);
    this.preview = null;
    if (this.mailed === null) {
      this.#enter("empty", t("links.answer_first", { name: this.name }));
      return;
    }
    this.#enter("reading");
    try {
      const preview = await this.session.command("links-preview", this.#body());
      if (asked !== this.#asked) return;
      this.preview = preview;
      this.#enter("looked", "", preview.faults.length > 0 ? "" : t("links.fine", { n: preview.rows }));
    } catch (error) {
      if (asked === this.#asked) this.#enter("empty", said(error, "import.failed"));
    }
  }

  async send() {
    if (this.state !== "looked" || !this.preview || this.preview.faults.length > 0) return;
    this.#enter("importing");
    try {
      this.preview = await this.session.command("links-import", this.#body());
      this.#csv = "";
      this.#enter("done", "", t("links.done", { n: this.preview?.rows ?? 0 }));
    } catch (error) {
      this.#enter("looked", said(error, "links.unknown_outcome"));
    }
  }

  #body() {
    return { provider: this.provider, csv: this.#csv, mailed: this.mailed };
  }

  /** @param {Issued["state"]} state @param {string} [error] @param {string} [announcement] */
  #enter(state, error = "", announcement = "") {
    this.state = state;
    this.error = error;
    this.changed(announcement);
  }
}

/** @param {AdminView} view @param {Issued} issued @param {string} template the address of the empty spreadsheet */
export function issuedMarkup(view, issued, template) {
  const providers = view.providers.filter((provider) => provider.issued);
  const name = providerName(view, issued.provider);
  const nobody = Object.keys(view.rows).length === 0;
  return html`<p>${t("links.how", { name })}</p>
    ${providers.length > 1 ? html`<label class="under"><span>${t("check.which")}</span><select class="select" name="provider" data-change="links-provider">
      ${providers.map((provider) => html`<option value="${provider.id}" ?selected=${provider.id === issued.provider}>${label(provider.label)}</option>`)}</select></label>` : ""}
    ${nobody ? html`<div class="empty"><p><strong>${t("links.no_roster")}</strong></p><p><a class="button button-primary" href="#" data-action="jump" data-to="import">${t("overview.import")}</a></p></div>`
      : html`${coverageMarkup(view, issued.provider)}
        <ol class="steps" data-key="links-steps">
          <li><p><span class="step">${t("links.step.list")}</span><br><a href="${template}" download>${t("links.template")}</a> ${t("links.columns")}</p></li>
          <li><fieldset data-change="links-mailed"><legend>${t("links.mailed")} <span class="must">${t("confirm.required")}</span></legend>
            ${mailedMarkup(issued, false)}${mailedMarkup(issued, true)}</fieldset></li>
          <li><p class="step">${t("links.step.file")}</p><label class="button links-file">${t("import.choose")}<input class="visually-hidden" type="file" id="links-csv" accept=".csv,text/csv" data-change="links-file" aria-label="${t("links.file")}"></label>
            <span class="soft">${t("links.file_hint")}</span></li>
        </ol>
        <div id="links-result">${resultMarkup(view, issued)}</div>`}`;
}

/** @param {Issued} issued @param {boolean} mailed */
function mailedMarkup(issued, mailed) {
  const answer = mailed ? "yes" : "no";
  return html`<label class="check"><input type="radio" name="mailed" value="${answer}" ?checked=${issued.mailed === mailed}><span><strong>${t(`links.mailed.${answer}`)}</strong><span class="hint">${t(`links.mailed.${answer}_hint`)}</span></span></label>`;
}

/** @param {AdminView} view @param {string} provider */
function coverageMarkup(view, provider) {
  const found = view.coverage?.[provider];
  if (!found) return "";
  const { total, missing, mailed } = found;
  const have = total - missing;
  return html`<div class="coverage ${missing > 0 ? "coverage-short" : ""}"><p><strong>${missing > 0 ? "！ " : "✓ "}${t(missing > 0 ? "links.short" : "links.covered", { n: total, have, missing })}</strong>
    ${have > 0 ? html` <span class="soft">${t("links.of_which", { mailed, secret: have - mailed })}</span>` : ""}</p>
    <progress max="${Math.max(1, total)}" value="${have}" aria-label="${t("links.progress")}"></progress></div>`;
}

/** @param {AdminView} view @param {Issued} issued */
function resultMarkup(view, issued) {
  const { preview, state } = issued;
  return html`${issued.error ? html`<p class="banner banner-fail" role="alert" data-key="error">${issued.error}</p>` : ""}
    ${state === "reading" ? html`<p role="status" data-key="reading">${t("import.reading", { name: issued.name })}</p>` : ""}
    ${preview && state === "done" ? html`<p class="banner banner-ok" data-key="done"><strong>✓ ${t("links.done", { n: preview.rows })}</strong></p>` : ""}
    ${preview && state !== "done" ? html`<p data-key="name"><strong>${issued.name}</strong></p>
      ${preview.faults.length > 0 ? faultsMarkup(preview.faults) : readyMarkup(issued, preview)}` : ""}
    ${preview && preview.missing.length > 0 && preview.faults.length === 0 ? missingMarkup(view, preview) : ""}
    ${preview && preview.faults.length === 0 && state !== "done" ? goMarkup(issued, preview) : ""}`;
}

/** @param {Issued} issued @param {LinksPreview} preview */
function readyMarkup(issued, preview) {
  return html`<div class="banner banner-ok" data-key="ready"><p class="banner-title">✓ ${t("links.fine", { n: preview.rows })}</p>
      <p>${t("links.known", { n: preview.known })} ${t(issued.mailed ? "links.as_mailed" : "links.as_secret")}</p></div>`;
}

/** @param {Issued} issued @param {LinksPreview} preview */
function goMarkup({ state }, preview) {
  const busy = state === "importing";
  return html`<p data-key="go"><button type="button" class="button button-primary" data-action="links-import" aria-busy="${busy ? "true" : "false"}">${busy ? t("links.importing") : t("links.go", { n: preview.rows })}</button></p>`;
}

/** @param {AdminView} view @param {LinksPreview} preview */
function missingMarkup(view, { missing }) {
  const names = roomNames(view);
  const list = html`<ul class="slots">${missing.map((one) => html`<li data-key="${one.interview}"><span class="slot"><span class="nums">${time(one.starts_at)}</span> ${names[view.rows[one.interview]?.room ?? ""] ?? ""} <span class="nums">${one.number}</span> <strong>${one.name}</strong></span></li>`)}</ul>`;
  const heading = html`<strong>！ ${t("links.missing", { n: missing.length })}</strong>`;
  return html`<div class="cares-box" data-key="missing">${missing.length <= LISTED ? html`<p>${heading}</p>${list}` : html`<details data-key="missing"><summary>${heading}</summary>${list}</details>`}</div>`;
}
