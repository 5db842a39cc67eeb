// @ts-check
/** The page on who carries the video: what is in use, a switch with its dry run, a preflight, links issued beforehand. */

import { renderChanged } from "../console/keyed.js";
import { html } from "../html.js";
import { announce } from "../shell.js";
import { doneText, previewMarkup } from "./effects.js";
import { preflightMarkup } from "./findings.js";
import { inUseMarkup, providersMarkup } from "./inuse.js";
import { Issued, issuedMarkup } from "./issued.js";
import { Preflight } from "./preflight.js";
import { switchFormMarkup } from "./switchform.js";
import { changing, Switching } from "./switching.js";
import { providerName, t } from "./words.js";

/** @typedef {import("../api.js").Session} Session */
/** @typedef {import("../html.js").Handlers} Handlers */
/** @typedef {import("./types.js").AdminView} AdminView */

/** @param {string} id @returns {HTMLElement} */
function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

export class ProviderPage {
  /** @type {AdminView|null} */ view = null;
  #words = "";
  #narrowing = { words: "", care: false };

  /** @param {Session} session @param {() => number} now the server's time, ms @param {(section: string) => void} go */
  constructor(session, now, go) {
    this.go = go;
    this.template = session.href("links-template.csv");
    this.switching = new Switching(session, now, (focus) => this.#switched(focus));
    this.preflight = new Preflight(session, now, (words) => this.#changed(words));
    this.issued = new Issued(session, (words) => this.#changed(words));
  }

  /** @param {AdminView} view */
  show(view) {
    this.view = view;
    const ids = view.providers.map(({ id }) => id);
    if (!ids.includes(this.preflight.provider)) this.preflight.provider = view.providers.find(({ in_use: used }) => used)?.id ?? ids[0] ?? "";
    const issued = view.providers.filter((provider) => provider.issued).map(({ id }) => id);
    if (!issued.includes(this.issued.provider)) this.issued.provider = issued[0] ?? "";
    this.switching.see(view);
    this.#draw();
  }

  #draw() {
    const { view, switching } = this;
    if (!view) return;
    renderChanged(part("provider-now"), inUseMarkup(view));
    renderChanged(part("provider-list"), providersMarkup(view));
    renderChanged(part("switch-form"), switchFormMarkup(view, switching, this.#words));
    renderChanged(part("switch-said"), this.#saidMarkup());
    renderChanged(part("switch-preview"), previewMarkup(view, switching, this.#narrowing));
    renderChanged(part("preflight-body"), preflightMarkup(view, this.preflight));
    part("nav-down").hidden = !view.providers.some(({ in_use: used, down }) => used && down);
    const issues = view.providers.some((provider) => provider.issued);
    part("links").hidden = !issues;
    part("to-links").hidden = !issues;
    if (issues) renderChanged(part("links-body"), issuedMarkup(view, this.issued, this.template));
    asWritten(part("page-provider"));
  }

  /** What came of the last press, beside the choices. */
  #saidMarkup() {
    const { error, notice, preview, done } = this.switching;
    return html`${error && !preview ? html`<p class="banner banner-fail" role="alert" data-key="error">✕ ${error}</p>` : ""}
      ${notice ? html`<p class="banner banner-warn" role="alert" data-key="notice">！ ${notice}</p>` : ""}
      ${done && this.view ? html`<p class="banner banner-ok" data-key="done" id="switch-done" tabindex="-1"><strong>✓ ${doneText(this.view, this.switching)}</strong></p>` : ""}`;
  }

  /** @param {"preview"|"result"} [focus] where the person reads on */
  #switched(focus) {
    const { switching, view } = this;
    if (!switching.preview) this.#narrowing = { words: "", care: false };
    this.#draw();
    if (!view) return;
    if (focus === "preview" && switching.preview) {
      const { answer } = switching.preview;
      part("preview-title").focus();
      announce(t("preview.announced", { n: changing(answer), all: answer.rows.length, to: providerName(view, answer.to) }));
    }
    if (focus === "result") {
      part("switch-done").focus();
      announce(doneText(view, switching));
    }
  }

  /** @param {string} [words] to be said aloud */
  #changed(words) {
    this.#draw();
    if (words) announce(words);
  }

  /** @returns {Handlers} */
  handlers() {
    const { switching, preflight, issued } = this;
    return {
      "switch-look": () => void switching.look(),
      "switch-choose": (form) => this.#choose(/** @type {HTMLFormElement} */ (form)),
      "switch-search": (field) => {
        this.#words = /** @type {HTMLInputElement} */ (field).value;
        this.#draw();
      },
      "switch-apply": (form) => void switching.apply(text(form, "reason")),
      "look-again": () => void switching.look(),
      "drop-preview": () => {
        switching.drop();
        part("switch").focus();
      },
      "choose-provider": (button) => {
        switching.choose({ provider: button.dataset["provider"] ?? null });
        this.go("switch");
      },
      "follow-wider": (button) => this.#follow(button.dataset["scope"] ?? ""),
      "effect-words": (field) => this.#narrow({ words: /** @type {HTMLInputElement} */ (field).value }),
      "effect-care": (field) => this.#narrow({ care: /** @type {HTMLInputElement} */ (field).checked }),
      check: () => void preflight.check(),
      "check-choose": (field) => preflight.choose(/** @type {HTMLSelectElement} */ (field).value),
      "check-provider": (button) => {
        preflight.choose(button.dataset["provider"] ?? "");
        this.go("preflight");
        void preflight.check();
      },
      "check-confirm": (form) => void preflight.confirm(form.dataset["check"] ?? "", text(form, "note"), this.view?.me.name ?? ""),
      "links-provider": (field) => issued.choose({ provider: /** @type {HTMLSelectElement} */ (field).value }),
      "links-mailed": (_, event) => issued.choose({ mailed: /** @type {HTMLInputElement} */ (event.target).value === "yes" }),
      "links-file": (field) => {
        const input = /** @type {HTMLInputElement} */ (field);
        void issued.take(input.files?.[0]);
        input.value = ""; // the same file, mended, can be chosen again
      },
      "links-import": () => void issued.send(),
    };
  }

  /** @param {HTMLFormElement} form */
  #choose(form) {
    const fields = new FormData(form);
    const kind = /** @type {"event"|"room"|"interview"} */ (fields.get("kind") ?? "event");
    const chosen = fields.get("provider");
    const provider = chosen === null || (kind === "event" && chosen === "") ? null : String(chosen);
    const open = fields.get("open") === "move" ? "move" : "stay";
    const [room, interview] = [String(fields.get("room") ?? ""), String(fields.get("interview") ?? "")];
    const wanted = { provider, kind, room, interview, open, narrower: fields.has("narrower") };
    if (JSON.stringify(wanted) !== JSON.stringify(this.switching.wanted)) this.switching.choose(/** @type {any} */ (wanted));
  }

  /** A choice of its own is given up: shown first, like any other. @param {string} scope */
  #follow(scope) {
    const id = scope.slice(2);
    const of = scope.startsWith("r:") ? { kind: /** @type {const} */ ("room"), room: id } : { kind: /** @type {const} */ ("interview"), interview: id };
    this.switching.choose({ provider: "", narrower: false, ...of });
    void this.switching.look();
  }

  /** @param {Partial<{words: string, care: boolean}>} change */
  #narrow(change) {
    this.#narrowing = { ...this.#narrowing, ...change };
    this.#draw();
  }
}

/** @param {HTMLElement} form @param {string} name */
function text(form, name) {
  return String(new FormData(/** @type {HTMLFormElement} */ (form)).get(name) ?? "").trim();
}

/** What a person has ticked shadows the markup; where the page chose for them, the markup holds. @param {HTMLElement} root */
function asWritten(root) {
  for (const input of root.querySelectorAll("input")) {
    if (input.type === "radio" || input.type === "checkbox") input.checked = input.hasAttribute("checked");
  }
  for (const option of root.querySelectorAll("option")) {
    if (option.selected !== option.hasAttribute("selected")) option.selected = option.hasAttribute("selected");
  }
}
