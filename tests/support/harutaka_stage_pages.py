"""The stage's pages. Buttons are called as harutaka's notice to candidates calls them; the English stands beside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from tests.support.stand_in_pages import both, button, form, page

SIM = "harutakaの代わりの画面(練習用) / Stand-in for harutaka (rehearsal)"

State = tuple[str, str]  # where a page asks what is, and what was when it was made

# A page is loaded anew when somebody else has done something.
_FOLLOW = """<script>
const {{state, known}} = {told};
async function look() {{
  try {{
    const answer = await fetch(state);
    if (answer.ok && await answer.text() !== known) return location.replace(location.href);
  }} catch {{}} // the stage is away: it may come back
  setTimeout(look, 1000);
}}
look();
</script>"""


def index(links: Sequence[tuple[str, str, str]]) -> str:
    """What an administrator sees in harutaka: every candidate's link and the evaluator's."""
    rows = "".join(
        f'<li>{escape(number)}: <a href="{escape(candidate)}">{both("候補者", "candidate")}</a>'
        f'<a href="{escape(evaluator)}">{both("評価者", "evaluator")}</a></li>'
        for number, candidate, evaluator in links
    )
    sheet = f'<a class="button plain" href="/links.csv">{both("CSVを書き出す", "Export as CSV")}</a>'
    return page(SIM, ("ライブ面接の一覧", "Live interviews"), f"{sheet}<ul>{rows}</ul>")


def door() -> str:
    """Where a candidate's link leads."""
    body = form("", {}, button("begin", "マイクとカメラを確認する", "Check microphone and camera"))
    return page(SIM, ("ライブ面接", "Live interview"), body)


def candidate(step: str, name: str, there: Sequence[str], state: State, *, waiting_room: bool) -> str:
    """The candidate's page at a step."""
    match step:
        case "check":
            told = f"<p>{both('マイク: 使えます / カメラ: 使えます', 'Microphone and camera work.')}</p>"
            return page(SIM, ("デバイスの確認", "Device check"), told + form("", {}, button("next", "次へ", "Next")))
        case "terms":
            agree = both(
                "harutaka 利用規約・プライバシーポリシーに同意する", "I agree to harutaka's terms and privacy policy"
            )
            tick = (
                f'<p><label><input type="checkbox" id="agreed" name="agreed" value="yes" required> {agree}</label></p>'
            )
            return page(SIM, ("利用規約", "Terms"), form("", {}, tick + _enter()))
        case "name":
            label = both("お名前", "Your name")
            field = f'<label>{label}<input type="text" id="name" name="name" required maxlength="60"></label>'
            return page(SIM, ("お名前の入力", "Your name"), form("", {}, field + _enter()))
        case "asking":
            return page(SIM, ("お待ちください", "Please wait"), _asked(name, waiting_room) + _leave(), _follow(*state))
        case "in":
            body = f'<p id="me">{escape(name)}</p>{_people(there)}{_leave()}'
            return page(SIM, ("ライブルーム", "Live room"), body, _follow(*state))
        case "refused":
            return page(SIM, ("入室できませんでした", "You were not let in"), "")
        case _:
            return page(SIM, ("ライブ面接は終わりました", "The live interview is over"), "")


def panel(number: str, asking: Sequence[tuple[str, str]], there: Sequence[str], state: State, *, live: bool) -> str:
    """The evaluator's page. ``asking``: id and name of who waits in the 待機室."""
    body = f'<p id="number">{escape(number)}</p>' + _people(there)
    requests = "".join(
        f"<li>{escape(name)}{_do('admit', id_, '許可', 'Admit', '')}{_do('refuse', id_, '×', 'Refuse', 'end')}</li>"
        for id_, name in asking
    )
    if not live:
        body += _do("start", "", "ライブを開始", "Start the live interview", "")
    else:
        body += (
            f'<h2>{both("入室リクエスト", "Requests to enter")}</h2><ul id="asking" aria-live="polite">{requests}</ul>'
        )
        body += _do("end", "", "ライブを終了", "End the live interview", "end")
    return page(SIM, ("評価者の画面", "Evaluator"), body, _follow(*state))


def nowhere() -> str:
    return page(SIM, ("ページがありません", "No such page"), "")


def _asked(name: str, waiting_room: bool) -> str:
    told = ("面接官が許可するまでお待ちください。", "Please wait until the interviewer lets you in.")
    if not waiting_room:
        told = ("面接官がライブを開始するまでお待ちください。", "Please wait until the interviewer begins.")
    return f'<p id="me">{escape(name)}</p><p id="asked" role="status">{both(*told)}</p>'


def _enter() -> str:
    return button("enter", "ライブルームに入室", "Enter the live room")


def _leave() -> str:
    return form("", {}, button("leave", "退室", "Leave", "plain"))


def _people(there: Sequence[str]) -> str:
    shown = "".join(f"<li>{escape(name)}</li>" for name in there)
    return f'<ul id="people" class="people" aria-live="polite">{shown}</ul>'


def _do(what: str, visit: str, ja: str, en: str, look: str) -> str:
    return form("", {"do": what, "visit": visit}, button(f"{what}{visit and '-'}{visit}", ja, en, look))


def _follow(state: str, known: str) -> str:
    return _FOLLOW.format(told=json.dumps({"state": state, "known": known}))
