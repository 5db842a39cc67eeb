// @ts-check
/** A refusal in words: ours where the code has some, else the gateway's own sentence. */

import { has, t } from "../i18n.js";

/** @param {any} problem @returns {[string, string]} title and what to do */
function parts(problem) {
  const code = String(problem?.code ?? "unknown");
  if (has(`problem.${code}.title`)) return [t(`problem.${code}.title`), t(`problem.${code}.detail`)];
  if (problem?.title) return [String(problem.title), problem.detail === problem.title ? "" : String(problem.detail ?? "")];
  return [t("problem.unknown.title"), t("problem.unknown.detail")];
}

/** @param {any} problem @returns {string} */
export function problemWords(problem) {
  const [title, detail] = parts(problem);
  return detail.startsWith(title) ? detail : `${title} ${detail}`.trim();
}
problemWords.parts = parts;
