// @ts-check
/** A QR code whose modules the gateway has laid out: a receipt is longer than what `candidate/qr.js` draws. */

import { html } from "../html.js";

/** @param {{size: number, path: string}} qr @param {string} label what a screen reader says */
export function qrMarkup({ size, path }, label) {
  return html`<svg class="receipt-qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges">
    <rect width="${size}" height="${size}" fill="#fff" /><path d="${path}" fill="#000" /></svg>`;
}
