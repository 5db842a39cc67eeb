// @ts-check
/** The receipt on the candidate's page: asked for, shown with its QR code, printed and kept on a page of its own. */

import { html, safeUrl } from "../html.js";
import { t } from "../i18n.js";
import { qrMarkup } from "../receipt/qr.js";
import { isCompanion, trouble } from "./parts.js";

/** @param {import("./types.js").View} view @param {import("./types.js").Local} local */
export function receiptBox(view, local) {
  if (!view["seat"] || isCompanion(view)) return null;
  const { receipt } = local;
  return html`<section class="card" data-key="receipt" aria-labelledby="receipt-title"><h2 id="receipt-title">${t("candidate.receipt.title")}</h2>
    <p>${t("candidate.receipt.what")}</p>${trouble(local, "receipt")}
    ${receipt
      ? html`<p>${qrMarkup(receipt.qr, t("candidate.receipt.qr"))}</p>
        <p><a class="button" href="${safeUrl(receipt.url)}" target="_blank" rel="noopener">${t("candidate.receipt.open")}</a></p>`
      : html`<p><button type="button" class="button" data-action="receipt" ?aria-disabled=${local.busy === "receipt"}>${t("candidate.receipt.show")}</button></p>`}
  </section>`;
}
