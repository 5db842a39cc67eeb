// @ts-check
/** What of a new view is worth saying aloud, and with which sound. */

import { pick, t } from "../i18n.js";
import { versions } from "./arriving.js";
import { isCompanion } from "./parts.js";
import { termsProvider } from "./terms.js";
import { placeWords } from "./waiting.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {{words: string, urgent?: boolean, sound?: "chime"|"ping"}} Change */

/** @param {View|null} before @param {View} after @returns {Change[]} */
export function changes(before, after) {
  if (!before || before["fenced"] || after["fenced"]) return [];
  /** @type {Change[]} */
  const found = [];
  if (after["phase"] === "admitting" && before["phase"] !== "admitting") found.push({ words: t("candidate.called.title"), urgent: true, sound: "chime" });
  if (after["early"] === "asked" && before["early"] !== "asked") found.push({ words: t("candidate.early.title"), urgent: true, sound: "ping" });
  for (const message of newMessages(before, after)) found.push({ words: t("candidate.messages.new", { text: message.text }), sound: "ping" });
  if (after["phase"] === "waiting" && before["phase"] === "waiting") found.push(...whileWaiting(before, after));
  if (after["said"]?.seen_at && !before["said"]?.seen_at) found.push({ words: t("candidate.said.heard") });
  found.push(...ofProvider(before, after));
  if (after["closing"] && !before["closing"]) found.push({ words: t("candidate.closing", { n: 10 }) });
  return found;
}

/** Terms to see, a move to another provider, being seen there. @param {View} before @param {View} after @returns {Change[]} */
function ofProvider(before, after) {
  /** @type {Change[]} */
  const found = [];
  const was = before["admission"];
  const is = after["admission"];
  const provider = pick(is?.provider?.label);
  if (is?.ready && was?.ready && is.number === was.number && is.generation !== was.generation) {
    found.push({ words: `${t("candidate.moved.title")} ${t(`candidate.moved.${is.embedded ? "embedded" : "redirect"}`, { provider })}`, urgent: true, sound: "chime" });
  } else if (is?.moving === "preparing" && was?.moving !== "preparing") {
    found.push({ words: `${t("candidate.moving.title")} ${t("candidate.moving.body")}`, sound: "ping" });
  }
  if (newTerms(before, after)) {
    const whose = termsProvider(after);
    found.push({ words: `${whose ? t("candidate.terms.title", { provider: whose }) : t("candidate.terms.title_other")} ${t("candidate.terms.body")}`, urgent: Boolean(is), sound: "ping" });
  }
  if (is?.there && !was?.there && !isCompanion(after)) found.push({ words: t("candidate.redirect.there") });
  return found;
}

/** @param {View} before @param {View} after */
function newTerms(before, after) {
  if (!after["seat"] || !before["seat"] || after["terms"]?.agreed !== false) return false;
  return before["terms"]?.agreed !== false || versions(before) !== versions(after);
}

/** @param {View} before @param {View} after @returns {{at: number, text: string}[]} */
function newMessages(before, after) {
  const known = new Set((before["messages"] ?? []).map((/** @type {any} */ message) => `${message.at} ${message.text}`));
  return (after["messages"] ?? []).filter((/** @type {any} */ message) => !known.has(`${message.at} ${message.text}`));
}

/** @param {View} before @param {View} after @returns {Change[]} */
function whileWaiting(before, after) {
  /** @type {Change[]} */
  const found = [];
  const place = placeWords(after);
  if (place && place !== placeWords(before)) found.push({ words: t("candidate.change.place", { text: place }) });
  const behind = after["room"]?.behind_minutes ?? 0;
  if (behind > 0 && behind !== (before["room"]?.behind_minutes ?? 0)) {
    found.push({ words: `${t("candidate.waiting.behind.title", { n: behind })} ${t("candidate.waiting.behind.body")}` });
  }
  const state = after["room"]?.state;
  if (state !== before["room"]?.state) {
    found.push({ words: state === "paused" ? t("candidate.waiting.room.paused.body") : t(`candidate.waiting.room.${state}`) });
  }
  if (after["lapse"] && !before["lapse"]) found.push({ words: t(`candidate.waiting.lapse.${after["lapse"]}`), urgent: true });
  return found;
}
