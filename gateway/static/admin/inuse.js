// @ts-check
/** Who carries the video now: for the event, and where a room or an interview has a choice of its own; what each provider can do. */

import { safeUrl } from "../html.js";
import { html, label, providerName, scopeName, t, when, wordOf } from "./words.js";

/** @typedef {import("./types.js").AdminView} AdminView */
/** @typedef {import("./types.js").Provider} Provider */
/** @typedef {import("./types.js").Choice} Choice */

/** Choices that are listed at once; more are folded away. */
const LISTED = 5;

/** @param {AdminView} view */
export function inUseMarkup(view) {
  const chosen = (view.switches ?? []).find(({ scope }) => scope === "event");
  const current = view.providers.find(({ in_use: inUse }) => inUse);
  const id = chosen?.provider ?? current?.id ?? view.settings.provider;
  return html`<p class="now"><span class="now-scope">${t("scope.event")}</span> <strong class="now-name">${providerName(view, id)}</strong>
      ${current ? stateTag(current) : ""}</p>
    ${chosen ? html`<p class="soft">${how(view, chosen)}</p>` : ""}
    ${current?.down ? downMarkup(current) : ""}
    ${narrowerMarkup(view)}`;
}

/** @param {Provider} provider */
function stateTag(provider) {
  return provider.down
    ? html`<span class="tag tag-fail">✕ ${t("provider.down")}</span>`
    : html`<span class="tag tag-ok">✓ ${t("provider.up")}</span>`;
}

/** @param {Provider} provider */
function downMarkup(provider) {
  if (!provider.down) return "";
  const why = wordOf("down", provider.down.code);
  return html`<div class="banner banner-fail" data-key="down-${provider.id}"><p class="banner-title">✕ ${t("provider.down_now", { name: label(provider.label) })}</p>
    <p>${t("provider.down_since")} ${when(provider.down.since)}${why ? html` — ${why}` : html` <code translate="no">${provider.down.code}</code>`}</p>
    ${provider.in_use ? html`<p>${t("provider.down_next")}</p>` : ""}</div>`;
}

/** Who chose it, when, and for what kind of reason. @param {AdminView} view @param {Choice} choice */
function how(view, choice) {
  if (!choice.before && !choice.by) return html`${t("how.begun")} ${when(choice.at)}`;
  const before = choice.before ? providerName(view, choice.before) : "";
  const kind = before ? choice.because : "chosen";
  return html`${t(`how.${kind}`, { before })} ${choice.by ? t("how.by", { name: choice.by }) : t("how.by_nobody")} ${when(choice.at)}`;
}

/** @param {AdminView} view */
function narrowerMarkup(view) {
  const others = (view.switches ?? []).filter(({ scope }) => scope !== "event");
  if (others.length === 0) return html`<p class="soft">${t("provider.no_narrower")}</p>`;
  const list = html`<ul class="choices">${others.map((choice) => html`<li data-key="${choice.scope}">
    <span class="choice-what"><strong>${scopeName(view, choice.scope)}</strong> → <strong>${providerName(view, choice.provider)}</strong></span>
    <span class="soft">${how(view, choice)}</span>
    <button type="button" class="button button-small" data-action="follow-wider" data-scope="${choice.scope}"
      aria-label="${t("provider.follow")}: ${scopeName(view, choice.scope)}">${t("provider.follow")}</button></li>`)}</ul>`;
  const heading = t("provider.narrower", { n: others.length });
  if (others.length <= LISTED) return html`<h3>${heading}</h3>${list}`;
  return html`<details class="group"><summary>${heading}</summary>${list}</details>`;
}

/** @param {AdminView} view */
export function providersMarkup(view) {
  return html`<ul class="providers">${view.providers.map((provider) => html`<li data-key="${provider.id}" class="${provider.in_use ? "used" : ""}">
    <div class="provider-head"><h3>${label(provider.label)}</h3>${provider.in_use ? html`<span class="tag tag-ok">✓ ${t("provider.in_use")}</span>` : ""}
      ${provider.down || !provider.in_use ? stateTag(provider) : ""}</div>
    ${provider.in_use ? "" : downMarkup(provider)}
    <ul class="abilities">${abilities(provider).map(([good, sentence]) => html`<li class="${good ? "able" : "care"}"><span aria-hidden="true">${good ? "✓" : "！"}</span><span>${sentence}</span></li>`)}</ul>
    ${supportMarkup(provider)}
    <p class="provider-buttons">${provider.in_use && view.providers.length < 2 ? "" : html`<button type="button" class="button" data-action="choose-provider" data-provider="${provider.id}"
        aria-label="${t("provider.choose")}: ${label(provider.label)}">${t("provider.choose")}</button>`}
      <button type="button" class="button" data-action="check-provider" data-provider="${provider.id}"
        aria-label="${t("provider.check")}: ${label(provider.label)}">${t("provider.check")}</button></p>
  </li>`)}</ul>`;
}

/** What it can do, in plain words; `false`: something that people have to do or know. @param {Provider} provider @returns {[boolean, string][]} */
function abilities(provider) {
  const own = Boolean(provider.embedded);
  /** @param {boolean|undefined} good @param {string} name @returns {[boolean, string]} */
  const line = (good, name) => [Boolean(good), t(`able.${name}.${good ? "yes" : "no"}`)];
  return [
    [true, t(own ? "able.embedded.yes" : "able.embedded.no")],
    line(provider.tells_arrival, "arrival"),
    line(provider.revokes, "revokes"),
    line(provider.ends, "ends"),
    line(!provider.waits_again, "door"),
    line(!provider.issued, "links"),
  ];
}

/** @param {Provider} provider */
function supportMarkup(provider) {
  const { support, test_page: test } = provider;
  if (!support && !test) return "";
  return html`<p class="provider-support">${support?.name ? html`<span>${t("provider.support")} ${label(support.name)}</span>` : ""}
    ${support?.telephone ? html`<a href="${safeUrl(`tel:${support.telephone.replace(/[^\d+]/g, "")}`)}">${support.telephone}</a>` : ""}
    ${support?.url ? html`<a href="${safeUrl(support.url)}" target="_blank" rel="noopener noreferrer">${t("provider.support_page")}</a>` : ""}
    ${test ? html`<a href="${safeUrl(test)}" target="_blank" rel="noopener noreferrer">${t("provider.test_page")}</a>` : ""}</p>`;
}
