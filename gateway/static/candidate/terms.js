// @ts-check
/**
 * Terms of a provider that was changed under somebody who has a seat: a card that asks to agree, without losing the
 * place. Early, while they wait; before the door where the office asks for consent.
 */

import { html, safeUrl } from "../html.js";
import { pick, t } from "../i18n.js";
import { versions } from "./arriving.js";
import { messages, trouble } from "./parts.js";
import { help } from "./voice.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

/** Whether this person, who has a seat, has terms to see. @param {View} view @param {Local} local @returns {boolean} */
export function termsOpen(view, local) {
  return Boolean(view["seat"]) && view["terms"]?.agreed === false && local.agreed !== versions(view);
}

/** Whether they come before the door. @param {View} view @param {Local} local @returns {boolean} */
export function termsFirst(view, local) {
  return termsOpen(view, local) && Boolean(view["admission"]?.terms_needed || local.termsFirst);
}

/** Whose terms they are. @param {View} view @returns {string} */
export function termsProvider(view) {
  const { terms, admission, provider } = view;
  const known = [admission?.provider, provider].find((one) => one && one.id === terms?.provider);
  return known ? pick(known.label) : "";
}

/** @param {View} view @param {Local} local */
export function termsCard(view, local) {
  if (!termsOpen(view, local)) return null;
  const { terms } = view;
  const title = pick(terms.title);
  const provider = termsProvider(view);
  const fault = local.faults["agree"];
  return html`<section class="card question" data-key="terms" id="terms" aria-labelledby="terms-title">
    <h2 id="terms-title">${provider ? t("candidate.terms.title", { provider }) : t("candidate.terms.title_other")}</h2>
    <p>${t("candidate.terms.body")}</p>
    <p><a href="${safeUrl(terms.url)}" target="_blank" rel="noopener noreferrer">${title}<span class="small">${t("common.new_tab")}</span></a></p>
    <form data-submit="agree" novalidate>
      <label class="check"><input type="checkbox" name="terms" aria-describedby="terms-fault" ?aria-invalid=${Boolean(fault)}><span>${t("candidate.notice.terms_agree", { title })}</span></label>
      <p class="error" id="terms-fault" role="alert" ?hidden=${!fault}>${fault}</p>
      ${trouble(local, "agree")}
      <div class="buttons"><button type="submit" class="button button-primary button-large" ?aria-disabled=${local.busy === "agree"}>${t("candidate.terms.button")}</button></div>
    </form></section>`;
}

/**
 * Called, and the terms come first. @param {View} view @param {Local} local @param {string} badge
 * @param {unknown} kept what stays on the page meanwhile @returns {Screen}
 */
export function termsScreen(view, local, badge, kept) {
  return {
    name: "terms",
    step: 4,
    title: t(local.moved ? "candidate.moved.title" : "candidate.terms.first"),
    badge,
    body: html`<p data-key="lead">${t(local.moved ? "candidate.terms.moved" : "candidate.terms.waits")}</p>${termsCard(view, local)}${kept}${messages(view)}<div data-key="help-box" class="after">${help(view, local)}</div>`,
  };
}
