// @ts-check
/** The one dialog that asks for words before a command. It stays until the command was accepted, and says why if not. */

import { actions, render } from "../html.js";
import { bodyOf, FORMS, LONGEST } from "./forms.js";
import { clock, html, t } from "./words.js";

/** @typedef {import("./forms.js").Field} Field */
/** @typedef {{value: string, text: string}} Choice */
/**
 * @typedef {object} Asking
 * @property {string} form a key of FORMS
 * @property {string} about who or what it is about, in words
 * @property {Record<string, unknown>} body what is known already
 * @property {Choice[]} [choices] for a `pick`
 * @property {Record<string, string|number>} [values] what its sentences name
 * @property {import("./types.js").Row} [row] whom it is about, where their data is to be seen
 */

export class CommandDialog {
  /** @type {HTMLDialogElement} */ #dialog;
  /** @type {(command: string, body: Record<string, unknown>) => Promise<string|null>} */ #send;
  /** @type {Asking|null} */ #asking = null;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {(command: string, body: Record<string, unknown>) => Promise<string|null>} send the sentence of a refusal, or null
   */
  constructor(dialog, send) {
    this.#dialog = dialog;
    this.#send = send;
    actions(dialog, {
      ask: () => void this.#submit(),
      preset: (button) => this.#fill(button.textContent ?? ""),
      close: () => dialog.close(),
    });
  }

  /** @param {Asking} asking */
  open(asking) {
    this.#asking = asking;
    this.#dialog.replaceChildren();
    render(this.#dialog, markup(asking));
    this.#dialog.showModal();
    const first = this.#dialog.querySelector("textarea, select, input");
    if (first instanceof HTMLElement) first.focus();
  }

  /** @param {string} ready */
  #fill(ready) {
    const text = this.#dialog.querySelector("textarea");
    if (!text) return;
    text.value = ready;
    text.focus();
  }

  async #submit() {
    const asking = this.#asking;
    const element = this.#dialog.querySelector("form");
    const submit = this.#dialog.querySelector("[type=submit]");
    if (!asking || !element || submit?.getAttribute("aria-busy") === "true") return;
    const form = FORMS[asking.form];
    if (!form) return;
    submit?.setAttribute("aria-busy", "true");
    const refusal = await this.#send(form.command ?? asking.form, { ...asking.body, ...bodyOf(form, new FormData(element)) });
    submit?.setAttribute("aria-busy", "false");
    if (refusal === null) this.#dialog.close();
    else this.#say(refusal);
  }

  /** @param {string} sentence */
  #say(sentence) {
    const place = this.#dialog.querySelector("[role=alert]");
    if (place) place.textContent = sentence;
  }
}

/** @param {Asking} asking */
function markup(asking) {
  const form = FORMS[asking.form] ?? { fields: [] };
  const key = `form.${asking.form}`;
  return html`<form method="dialog" class="ask" data-submit="ask" aria-labelledby="ask-title">
    <h2 id="ask-title">${t(`${key}.title`, asking.values)}</h2>
    <p class="ask-about">${asking.about}</p>
    <p class="ask-effect">${t(`${key}.effect`, asking.values)}</p>
    ${form.spoken && asking.row ? onTelephone(asking.row) : ""}
    ${form.fields.filter((field) => field.name !== "count_from_first" || !asking.row || asking.row.first_attempt_at).map((field) => fieldMarkup(asking, field))}
    <p role="alert" class="refusal"></p>
    <div class="ask-buttons">
      <button type="button" class="button" data-action="close">${t("form.cancel")}</button>
      <button type="submit" class="button ${form.grave ? "button-danger" : "button-primary"}">${t(`${key}.submit`, asking.values)}</button>
    </div>
  </form>`;
}

/** What to ask for on the telephone, beside what the roster says. @param {import("./types.js").Row} row */
function onTelephone(row) {
  const first = row.first_attempt_at ? html`<div><dt>${t("telephone.first")}</dt><dd>${clock(row.first_attempt_at)}</dd></div>` : "";
  return html`<dl class="kv" aria-label="${t("telephone.ask")}">
    <div><dt>${t("typed.number")}</dt><dd class="row-number">${row.number}</dd></div>
    <div><dt>${t("typed.name")}</dt><dd>${row.name}${row.kana ? html` <span class="soft">${row.kana}</span>` : ""}</dd></div>
    ${row.telephone ? html`<div><dt>${t("fact.telephone")}</dt><dd><a href="tel:${row.telephone.replace(/[^+\d]/g, "")}">${row.telephone}</a></dd></div>` : ""}
    <div><dt>${t("fact.scheduled")}</dt><dd>${clock(row.starts_at)}</dd></div>${first}
  </dl>`;
}

/** @param {Asking} asking @param {Field} field */
function fieldMarkup(asking, field) {
  const key = `form.${asking.form}.${field.name}`;
  const must = field.required ? html` <span class="must">${t("form.required")}</span>` : html` <span class="may">${t("form.optional")}</span>`;
  switch (field.kind) {
    case "check":
      return html`<label class="check"><input type="checkbox" name="${field.name}"> ${t(key)}</label>`;
    case "choice":
      return html`<fieldset><legend>${t(key)}${must}</legend>
        ${(field.values ?? []).map((value) => html`<label class="check"><input type="radio" name="${field.name}" value="${value}" required> ${t(`${key}.${value}`)}</label>`)}
      </fieldset>`;
    case "pick":
      return html`<label class="field"><span>${t(key)}${must}</span>
        <select name="${field.name}" required><option value="">${t("form.choose")}</option>
        ${(asking.choices ?? []).map(({ value, text }) => html`<option value="${value}">${text}</option>`)}</select></label>`;
    case "datetime":
      return html`<label class="field"><span>${t(key)}${must}</span><input type="datetime-local" name="${field.name}" ?required=${field.required === true}></label>`;
    default:
      return html`<label class="field"><span>${t(key)}${must}</span>
        <textarea name="${field.name}" rows="3" maxlength="${LONGEST}" ?required=${field.required === true}>${field.prefilled ? t(`preset.${asking.form}.1`, asking.values) : ""}</textarea></label>
        ${presets(asking, field)}`;
  }
}

/** @param {Asking} asking @param {Field} field */
function presets({ form, values }, field) {
  const numbers = Array.from({ length: field.presets ?? 0 }, (_, i) => i + 1);
  if (numbers.length === 0) return "";
  return html`<div class="presets" role="group" aria-label="${t("form.presets")}">
    ${numbers.map((n) => html`<button type="button" class="preset" data-action="preset">${t(`preset.${form}.${n}`, values)}</button>`)}
  </div>`;
}
