// @ts-check
/** What a person at the console should hear of between two views: somebody became late, dropped out, came back. */

/** @typedef {import("./types.js").Row} Row */
/** @typedef {{what: "late"|"dropped"|"returned"|"lapsed"|"early_agreed"|"early_declined"|"handed_over"|"there"|"ended_there"|
 *   "notice_late"|"notice_cannot_connect"|"notice_cancelled"|"notice_withdrawn"|"alarm_recording"|"alarm_settings"|"moving_preparing"|"moving_open"|"session_failed"|"time_almost_up"|"time_up", row: Row}} Change */

/** Phases in which the candidate's page ought to be there. */
const SHOULD_BE_HERE = new Set(["waiting", "admitting", "in_session"]);

/**
 * @param {Record<string, Row>|null} before null: the first view, nothing is news
 * @param {Record<string, Row>} after
 * @returns {Change[]}
 */
export function changes(before, after) {
  if (before === null) return [];
  /** @type {Change[]} */
  const found = [];
  for (const [id, row] of Object.entries(after)) {
    const was = before[id];
    if (!was || was === row) continue;
    for (const what of between(was, row)) found.push({ what, row });
  }
  return found;
}

/** @param {Row} was @param {Row} row @returns {Change["what"][]} */
function between(was, row) {
  /** @type {Change["what"][]} */
  const news = [];
  if (row.overdue && !was.overdue) news.push("late");
  if (SHOULD_BE_HERE.has(row.phase)) {
    if (row.presence === "away" && was.presence === "here") news.push("dropped");
    if (row.presence === "here" && was.presence === "away") news.push("returned");
  }
  if (row.lapse && !was.lapse) news.push("lapsed");
  if (row.early === "agreed" && was.early !== "agreed") news.push("early_agreed");
  if (row.early === "declined" && was.early !== "declined") news.push("early_declined");
  const [before, state] = [was.time?.state, row.time?.state];
  if (state !== before && (state === "almost_up" || state === "up")) news.push(`time_${state}`);
  news.push(...ofNotice(was, row), ...ofProvider(was, row));
  return news;
}

/** What the candidate says of their own accord. @param {Row} was @param {Row} row @returns {Change["what"][]} */
function ofNotice(was, row) {
  const [before, after] = [was.late_notice, row.late_notice];
  if (!after) return before && row.phase === was.phase ? ["notice_withdrawn"] : [];
  return after.at === before?.at ? [] : [/** @type {Change["what"]} */ (`notice_${after.code}`)];
}

/** @param {Row} was @param {Row} row @returns {Change["what"][]} */
function ofProvider(was, row) {
  /** @type {Change["what"][]} */
  const news = [];
  if (row.handed_over_at && !was.handed_over_at) news.push("handed_over");
  if (row.there_at && !was.there_at && row.handed_over_at) news.push("there");
  if (row.ended_there_at && !was.ended_there_at) news.push("ended_there");
  if (row.moving && row.moving !== was.moving) news.push(`moving_${row.moving}`);
  if (row.session?.state === "failed" && was.session?.state !== "failed") news.push("session_failed");
  const known = (was.alarms ?? []).map(({ code, detail }) => `${code} ${detail}`);
  for (const { code, detail } of row.alarms ?? []) if (!known.includes(`${code} ${detail}`)) news.push(`alarm_${code}`);
  return news;
}
