// @ts-check
/** The page of a receipt: what it says, whether it holds, and what has become of it since. It stores nothing. */

import { request } from "../api.js";
import { date, timeWithSeconds } from "../clock.js";
import { actions, html, render } from "../html.js";
import { pick, t } from "../i18n.js";
import { showEvent, showRehearsal } from "../shell.js";
import { qrMarkup } from "./qr.js";
import { check } from "./signature.js";

/** @typedef {{event: string, number: string, at: number, offset: number, rehearsal?: boolean}} Said */

const place = /** @type {HTMLElement} */ (document.getElementById("receipt"));

/** @param {string} text @returns {Promise<any>} null where the gateway does not answer */
function asked(text) {
  const headers = { "Content-Type": "application/json" };
  return request("/api/receipt", { method: "POST", headers, body: JSON.stringify({ receipt: text }) }).catch(() => null);
}

/** What this browser finds out by itself, with the published keys. @param {string} text @returns {Promise<{word: string, said: Said}|null>} */
async function ownWord(text) {
  const own = await check(text);
  const known = own ? await request("/.well-known/jwks.json").catch(() => null) : null;
  if (!own || !known) return null;
  const ours = known.keys.some((/** @type {any} */ key) => key.genkan_use === "record" && key.x === own.x);
  const [event, number, at, offset, more] = own.body;
  return { word: own.holds ? (ours ? "holds" : "unknown_key") : "broken", said: { event, number, at: Math.floor(at / 1000), offset, rehearsal: more === "rehearsal" } };
}

/** @param {string} text */
async function show(text) {
  const [own, answer] = await Promise.all([ownWord(text), asked(text)]);
  const word = own?.word ?? answer?.signature ?? "unasked";
  if (answer?.event) showEvent(answer.event);
  const said = word === "broken" || word === "unasked" ? null : (own?.said ?? answer?.receipt);
  if (said?.rehearsal) showRehearsal();
  render(place, html`
    ${said?.rehearsal ? html`<p><strong>${t("receipt.rehearsal")}</strong></p>` : null}
    <div class="banner banner-${word === "holds" ? "ok" : "warn"}" role="status"><p><strong>${t(`receipt.signature.${word}`)}</strong></p>
      ${word === "unasked" ? null : html`<p>${t(own ? "receipt.by_browser" : "receipt.by_gateway")}</p>`}</div>
    ${said ? facts(said, answer) : null}
    ${word === "holds" ? html`<p>${t(`receipt.journal.${answer?.journal ?? "gone"}`)}</p><p class="soft">${t("receipt.meaning")}</p>` : null}
    ${word === "holds" && answer?.qr ? html`<p>${qrMarkup(answer.qr, t("receipt.qr"))}</p>` : null}
    ${said ? html`<p class="receipt-text" translate="no"><code>${text}</code></p>
      <div class="buttons"><button type="button" class="button button-primary" data-action="print">${t("receipt.print")}</button></div>` : null}`);
}

/** @param {Said} said @param {any} answer */
function facts(said, answer) {
  const zone = answer?.event?.timezone ?? "Asia/Tokyo";
  const lines = {
    event: answer?.event ? `${pick(answer.event.title)} (${said.event})` : said.event,
    number: said.number,
    at: `${date(said.at, zone)} ${timeWithSeconds(said.at, zone)} (${zone})`,
    offset: `#${said.offset}`,
    ...(answer?.fingerprint ? { fingerprint: answer.fingerprint.replace(/(.{4})(?=.)/g, "$1 ") } : {}),
  };
  return html`<dl class="receipt-facts">${Object.entries(lines).map(([key, value]) => html`<dt>${t(`receipt.fact.${key}`)}</dt><dd>${value}</dd>`)}</dl>`;
}

actions(place, { print: () => print() });
addEventListener("hashchange", () => location.reload());
const text = decodeURIComponent(location.hash.slice(1));
if (text) void show(text);
else render(place, html`<p>${t("receipt.none")}</p>`);
