// @ts-check
/** A refusal in words: ours where the code has some, else the gateway's own sentence. */

import { has, t } from "../i18n.js";

/** @param {any} problem @returns {[string, string]} title and what to do */
function parts(problem) {
  const code = String(problem?.code ?? "unknown");
  if (has(`problem.${code}.title`)) return [t(`problem.${code}.title`), t(`problem.${code}.detail`)];
  const title = String(problem?.title ?? "");
  const detail = String(problem?.detail ?? "");
  if (title) return [title, detail.startsWith(title) ? detail.slice(title.length).trim() : detail];
  return [t("problem.unknown.title"), t("problem.unknown.detail")];
}

/** @param {any} problem @returns {string} */
export function problemWords(problem) {
  const [title, detail] = parts(problem);
  return `${title} ${detail}`.trim();
}
problemWords.parts = parts;
