// @ts-check
/** What the person's presses do: one command each, sent once, its refusal in words beside the button. */

import { Problem } from "../api.js";
import { pick, t } from "../i18n.js";
import { announce } from "../shell.js";
import { texts, versions } from "./arriving.js";
import { isCompanion } from "./parts.js";
import { problemWords } from "./words.js";

/** @typedef {import("./page.js").Page} Page */

/**
 * Send a command for an action. @param {Page} page @param {string} action @param {string} command @param {object} body
 * @returns {Promise<any>} the answer, or null when it was refused
 */
async function send(page, action, command, body) {
  const { local, session } = page;
  if (local.busy || !session) return null;
  local.busy = action;
  local.trouble = null;
  page.draw();
  try {
    return await session.command(command, body);
  } catch (error) {
    refused(page, action, error);
    return null;
  } finally {
    local.busy = null;
    page.draw();
  }
}

/** @param {Page} page @param {string} action @param {unknown} error */
function refused(page, action, error) {
  const words = problemWords(error);
  page.local.trouble = { action, words };
  if (error instanceof Problem && error.retryAfter && action === "check-in") page.local.retryAt = Date.now() + error.retryAfter * 1000;
}

/** @param {Page} page @param {HTMLFormElement} form */
async function agree(page, form) {
  const unticked = [...form.querySelectorAll("input")].find((box) => !box.checked);
  page.local.faults = unticked ? { agree: t("candidate.notice.need") } : {};
  if (unticked) {
    page.draw();
    unticked.focus();
    return;
  }
  if (!page.view) return;
  const shown = versions(page.view);
  const { notice, terms } = page.view;
  const others = texts(page.view).map((text) => text.id);
  const body = { notice: notice.version, ...(terms ? { terms: terms.version } : {}), ...(others.length > 0 ? { texts: others } : {}) };
  const answer = await send(page, "agree", "consent", body);
  if (answer) Object.assign(page.local, { agreed: shown, termsFirst: false, askAt: 0 });
  page.draw();
}

/** @param {Page} page */
async function confirm(page) {
  if (await send(page, "confirm", "confirm", {})) announce(t("candidate.confirm.done"));
}

/** What is only advised may stay open. @param {Page} page @param {HTMLFormElement} form */
async function declare(page, form) {
  const boxes = [...form.querySelectorAll("input")];
  const open = boxes.find((box) => box.dataset["required"] && !box.checked);
  page.local.faults = open ? { declare: t("candidate.declare.need") } : {};
  if (open) {
    page.draw();
    open.focus();
    return;
  }
  const version = page.view?.["declarations"]?.version;
  const items = boxes.filter((box) => box.checked).map((box) => box.value);
  if (version && (await send(page, "declare", "declare", { version, items }))) page.local.declared = version;
  page.draw();
}

/** @param {Page} page @param {HTMLFormElement} form */
async function checkIn(page, form) {
  const { local } = page;
  const body = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
  local.faults = {};
  for (const [name, value] of Object.entries(body)) if (!value) local.faults[name] = t(`candidate.number.need_${name}`);
  const first = Object.keys(local.faults)[0];
  if (first) {
    page.draw();
    document.getElementById(first)?.focus();
    return;
  }
  if (local.retryAt > Date.now()) return;
  const answer = await send(page, "check-in", "check-in", body);
  local.retrying = false;
  if (answer?.result === "too_late") announce(`${t("candidate.late.title")} ${t("candidate.late.body")}`, { urgent: true });
  if (answer?.result === "malformed") {
    local.faults = { number: t("candidate.number.malformed") };
    page.draw();
    document.getElementById("number")?.focus();
  }
  if (answer?.result === "refused") {
    local.faults = { refused: "1" };
    local.retryAt = Date.now() + (answer.retry_after ?? 0) * 1000;
    page.draw();
    announce(`${t("candidate.number.refused.title")} ${t("candidate.number.refused.body")}`, { urgent: true });
    document.getElementById("refused")?.focus();
  }
}

/** @param {Page} page @param {string} action @param {object} body */
async function tellStaff(page, action, body) {
  if (!(await send(page, action, "help", body))) return;
  page.local.helpSentAt = page.now();
  announce(t("candidate.help.told"));
  page.draw();
}

/** What stands in a form's words, if anything. @param {FormData} data */
function textOf(data) {
  const text = String(data.get("text") ?? "").trim();
  return text ? { text } : {};
}

/** @param {Page} page @param {string} action @param {object} body */
async function say(page, action, body) {
  if (!(await send(page, action, "help", body))) return;
  page.local.voice = "";
  heard(page, t("candidate.help.told"));
}

/** It was heard: said aloud, and shown where the eyes are. @param {Page} page @param {string} words */
function heard(page, words) {
  announce(words);
  page.draw();
  document.getElementById("said")?.focus();
}

/** @param {Page} page @param {HTMLFormElement} form */
async function late(page, form) {
  const data = new FormData(form);
  const minutes = Number(data.get("minutes"));
  page.local.faults = minutes > 0 ? {} : { minutes: t("candidate.voice.need_minutes") };
  if (minutes > 0) return say(page, "late", { reason: "late", minutes, ...textOf(data) });
  page.draw();
  form.querySelector("input")?.focus();
}

/** Typed, and looked at once more before it is sent. @param {Page} page @param {HTMLFormElement} form */
function cancel(page, form) {
  const data = new FormData(form);
  const number = String(data.get("number") ?? "").trim();
  page.local.faults = number ? {} : { cancel: t("candidate.number.need_number") };
  page.local.trouble = null;
  page.local.cancelling = number ? { number, text: String(data.get("text") ?? "").trim() } : null;
  page.draw();
  document.getElementById(number ? "sure-title" : "cancel-number")?.focus();
}

/** @param {Page} page */
async function cancelSure(page) {
  const { local } = page;
  if (!local.cancelling) return;
  const { number, text } = local.cancelling;
  const done = await send(page, "cancel", "cancel", { number, ...(text ? { text } : {}) });
  local.cancelling = null;
  page.draw();
  if (!done) document.getElementById("cancel-number")?.focus();
}

/** @param {Page} page */
async function withdrawNotice(page) {
  if (await send(page, "withdraw-notice", "withdraw-notice", {})) heard(page, t("candidate.said.withdrawn"));
}

/** Open a form, or close it again. @param {Page} page @param {string} choice */
function voice(page, choice) {
  set(page, { voice: page.local.voice === choice ? "" : choice, cancelling: null, faults: {}, trouble: null });
}

/** @param {Page} page @param {boolean} accept */
async function early(page, accept) {
  if (await send(page, "early", "early", { accept })) announce(t(`candidate.early.${accept ? "agreed" : "declined"}`));
}

/** @param {Page} page */
async function videoCode(page) {
  const answer = await send(page, "video-code", "video-code", {});
  if (answer) page.local.code = { code: answer.code, url: answer.url, expires_at: answer.expires_at };
  page.draw();
}

/** @param {Page} page */
async function receipt(page) {
  const { local, session } = page;
  if (local.busy || !session) return;
  Object.assign(local, { busy: "receipt", trouble: null });
  page.draw();
  try {
    local.receipt = await session.read("receipt");
  } catch (error) {
    refused(page, "receipt", error);
  }
  local.busy = null;
  page.draw();
}

/**
 * The link opens by itself in a new tab; this only tells that it was pressed. A call that they come from is left: its
 * camera and microphone are wanted there. A companion's press says nothing about the candidate. @param {Page} page
 */
async function pressed(page) {
  const { local, view } = page;
  if (!view) return;
  Object.assign(local, { pressed: true, inside: 0 });
  announce(t("candidate.redirect.pressed", { provider: pick(view["admission"]?.provider?.label) }));
  page.draw();
  if (!isCompanion(view)) await page.session?.command("pressed").catch((error) => refused(page, "ticket", error));
}

/** @param {Page} page */
async function takeOver(page) {
  if (await send(page, "take-over", "take-over", {})) page.listen();
}

/** @param {Page} page @param {Partial<import("./types.js").Local>} what */
function set(page, what) {
  Object.assign(page.local, what);
  page.draw();
}

/** @param {Page} page @returns {import("../html.js").Handlers} by the names in the markup */
export function handlers(page) {
  const form = (/** @type {HTMLElement} */ element) => /** @type {HTMLFormElement} */ (element);
  return {
    confirm: () => confirm(page),
    come: () => set(page, { coming: true }),
    later: () => set(page, { later: true }),
    sooner: () => set(page, { later: false }),
    declare: (element) => declare(page, form(element)),
    agree: (element) => agree(page, form(element)),
    "check-in": (element) => checkIn(page, form(element)),
    voice: (element) => voice(page, element.dataset["choice"] ?? ""),
    minutes: () => set(page, { faults: {} }),
    late: (element) => late(page, form(element)),
    "cannot-connect": (element) => say(page, "cannot_connect", { reason: "cannot_connect", ...textOf(new FormData(form(element))) }),
    "withdraw-notice": () => withdrawNotice(page),
    cancel: (element) => cancel(page, form(element)),
    "cancel-keep": () => set(page, { cancelling: null, voice: "" }),
    "cancel-sure": () => cancelSure(page),
    unknown: () => tellStaff(page, "unknown", { reason: "number_unknown" }),
    unopened: () => tellStaff(page, "help", { reason: "cannot_connect" }),
    "early-yes": () => early(page, true),
    "early-no": () => early(page, false),
    "video-code": () => videoCode(page),
    receipt: () => receipt(page),
    "video-here": () => set(page, { here: true, entered: true }),
    enter: () => set(page, { entered: true }),
    pressed: () => pressed(page),
    "take-over": () => takeOver(page),
    recheck: () => set(page, { checked: false }),
    retry: () => set(page, { retrying: true }),
    reload: () => location.reload(),
  };
}
