// @ts-check
/**
 * At the door of a provider that has its own pages: one large button, and this page stays. It says where the person is,
 * what comes at the other side, how to come back, and whom to ask when it does not open.
 */

import { time } from "../clock.js";
import { html, safeUrl } from "../html.js";
import { pick, t } from "../i18n.js";
import { banner, closing, isCompanion, messages, tel, telephone, trouble, zone } from "./parts.js";
import { receiptBox } from "./receipt.js";
import { termsCard } from "./terms.js";
import { saidCard } from "./voice.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Local} Local */
/** @typedef {import("./types.js").Screen} Screen */

/** The hours of a provider's desk are given in Japanese time. */
const JAPAN = "Asia/Tokyo";

/** Whether this person went through. What the view says is the candidate's; a companion goes for themselves. @param {View} view @param {Local} local */
export function isPressed(view, local) {
  return local.pressed || (!isCompanion(view) && Boolean(view["admission"].pressed));
}

/** @param {View} view */
function isSeen(view) {
  return !isCompanion(view) && Boolean(view["admission"].there);
}

/** @param {View} view @param {Local} local @param {string} badge @param {unknown} kept the call that they come from @returns {Screen} */
export function redirectScreen(view, local, badge, kept) {
  const { provider, moving } = view["admission"];
  const name = pick(provider.label);
  const pressed = isPressed(view, local);
  const moved = local.moved && !pressed;
  return {
    name: moved ? "redirect-moved" : "redirect",
    step: 4,
    title: title(view, name, { pressed, moved }),
    badge: pressed ? "" : badge,
    body: html`
      ${closing(view, local)}
      ${moving === "preparing" ? banner("info", "moving", t("candidate.moving.title"), t("candidate.moving.body")) : null}
      ${moved ? banner("info", "moved", null, t("candidate.moved.redirect", { provider: name })) : null}
      ${termsCard(view, local)}
      ${moved ? null : where(view, name, pressed)}
      ${way(local, name, pressed)}
      ${trouble(local, "ticket")}
      ${provider.waits_again && !isSeen(view) ? again(view, name) : null}
      ${pressed ? html`<p data-key="stay">${t("candidate.redirect.stay", { provider: name })}</p>` : null}
      ${unopened(view, local, name)}
      ${saidCard(view, local)}
      ${messages(view)}
      ${pressed ? receiptBox(view, local) : null}
      ${pressed ? null : kept}`,
  };
}

/** @param {View} view @param {string} provider @param {{pressed: boolean, moved: boolean}} how */
function title(view, provider, { pressed, moved }) {
  if (moved) return t("candidate.moved.title");
  if (!pressed) return t("candidate.redirect.title");
  if (isSeen(view)) return t("candidate.room.title");
  return t(view["admission"].provider.waits_again ? "candidate.redirect.title_again" : "candidate.redirect.title_there", { provider });
}

/** Where the person is, in a sentence. @param {View} view @param {string} provider @param {boolean} pressed */
function where(view, provider, pressed) {
  if (!pressed) return html`<p data-key="lead">${t("candidate.redirect.body", { provider })}</p>`;
  if (isSeen(view)) return banner("ok", "there", null, t("candidate.redirect.there"));
  return banner("ok", "pressed", null, `${t("candidate.redirect.pressed", { provider })} ${t("candidate.redirect.expected")}`);
}

/** The large button, and the quieter way without the app. @param {Local} local @param {string} provider @param {boolean} pressed */
function way(local, provider, pressed) {
  if (!local.url) return html`<p data-key="join" class="join" role="status">${t("candidate.redirect.wait")}</p>`;
  const label = t(pressed ? "candidate.redirect.again" : "candidate.redirect.button", { provider });
  return html`<p class="join" data-key="join"><a class="button ${pressed ? "" : "button-primary"} button-huge" href="${safeUrl(local.url)}" target="_blank" rel="noopener noreferrer" data-action="pressed">${label}<span class="visually-hidden">${t("common.new_tab")}</span></a></p>
    ${local.browserUrl ? html`<p class="join-quiet" data-key="browser"><a href="${safeUrl(local.browserUrl)}" target="_blank" rel="noopener noreferrer" data-action="pressed">${t("candidate.redirect.browser")}<span class="visually-hidden">${t("common.new_tab")}</span></a></p>` : null}`;
}

/** The provider has a waiting room of its own. @param {View} view @param {string} provider */
function again(view, provider) {
  const { seat } = view;
  return html`<section class="card" data-key="again" aria-labelledby="again-title"><h2 id="again-title">${t("candidate.waits_again.title", { provider })}</h2>
    <p>${seat?.verdict === "on_time" ? t("candidate.waits_again.on_time", { at: time(seat.at, zone(view)), provider }) : t("candidate.waits_again.counts", { provider })}</p>
    <ol class="steps-there">${[1, 2, 3, 4].map((n) => html`<li>${t(`candidate.waits_again.step_${n}`, { provider })}</li>`)}</ol></section>`;
}

/** @param {View} view @param {Local} local @param {string} provider */
function unopened(view, local, provider) {
  const { provider: about } = view["admission"];
  const tips = ["again", "popup", local.browserUrl ? "browser" : "app", "device"];
  return html`<details class="card" id="unopened"><summary>${t("candidate.redirect.help")}</summary>
    <ul>${tips.map((tip) => html`<li>${t(`candidate.unopened.${tip}`, { provider })}</li>`)}</ul>
    <dl class="whom">
      <div data-key="office"><dt>${t("candidate.unopened.office")}</dt><dd>${telephone(view)} <span class="soft">${pick(view["event"]?.office?.hours)}</span></dd></div>
      ${about.support ? desk(about.support, local, provider) : null}
      ${about.test_page ? html`<div data-key="test"><dt>${t("candidate.unopened.test")}</dt><dd><a href="${safeUrl(about.test_page)}" target="_blank" rel="noopener noreferrer">${t("candidate.unopened.test_page", { provider })}<span class="small">${t("common.new_tab")}</span></a></dd></div>` : null}
    </dl>
    <button type="button" class="button" data-key="tell" data-action="unopened" ?aria-disabled=${local.busy === "help"}>${t("candidate.redirect.tell")}</button>
    ${trouble(local, "help")}
    ${local.helpSentAt ? html`<p role="status" class="banner banner-ok after" data-key="sent">${t("candidate.help.told")}</p>` : null}</details>`;
}

/** The provider's own desk; outside its hours it is there, and no number to press. @param {any} support @param {Local} local @param {string} provider */
function desk(support, local, provider) {
  const open = isOpen(support, local.now);
  const number = support.telephone;
  return html`<div data-key="desk" class="${open ? "" : "desk-closed"}"><dt>${t("candidate.support", { provider })}</dt><dd>
    ${open ? null : html`<span class="tag tag-soft">${t("candidate.unopened.closed")}</span>`}
    ${number ? (open ? html`<a href="${tel(number)}">${number}</a>` : html`<span>${number}</span>`) : null}
    ${support.url ? html`<a href="${safeUrl(support.url)}" target="_blank" rel="noopener noreferrer">${t("candidate.unopened.desk_page")}<span class="small">${t("common.new_tab")}</span></a>` : null}
    ${support.hours ? html`<span class="soft">${pick(support.hours)}</span>` : null}</dd></div>`;
}

/** Without hours nobody is told that it is closed. @param {{open_from?: string|null, open_until?: string|null}} support @param {number} now server ms */
function isOpen({ open_from: from, open_until: until }, now) {
  if (!from || !until) return true;
  const clock = time(now, JAPAN);
  return from < until ? clock >= from && clock < until : clock >= from || clock < until;
}
