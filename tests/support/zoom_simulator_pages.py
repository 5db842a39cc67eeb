"""The simulator's own pages: what a browser sees that follows a join link or a start link. Each in both languages at
once, since people see them in the demo, and at any width."""

from __future__ import annotations

import json
from html import escape

from tests.support.stand_in_pages import both, button, form, page

SIM = "会議シミュレーター / Meeting simulator"

# Asks every second who is there. A page of somebody who is out says so; one that waits goes in when it may.
_POLL = """<script>
const told = {told};
const list = document.querySelector("#people");
async function look() {{
  try {{
    const state = await (await fetch(`/wc/${{told.meeting}}/people?who=${{encodeURIComponent(told.who)}}`)).json();
    if (told.who && !state.here) return location.replace(`/wc/${{told.meeting}}/over`);
    if (!told.who && state.started) return document.querySelector("form").requestSubmit();
    show(state.people.map(one => one.name + (one.you ? told.you : "")));
  }} catch {{}} // the simulator is away: it may come back
  setTimeout(look, 1000);
}}
function show(names) {{
  if (!list || list.dataset.names === names.join("\\n")) return;
  list.dataset.names = names.join("\\n");
  list.replaceChildren(...names.map(name => Object.assign(document.createElement("li"), {{textContent: name}})));
}}
look();
</script>"""

HOST = "ホスト / Host"


def shown(name: str) -> str:
    """What a participant is called; the host's own link has no name."""
    return name or HOST


def launch(meeting: int, name: str, there: str) -> str:
    """Where a link leads: the app, which nobody has here, or the browser. Following the link joins nobody."""
    body = (
        f'<p id="name">{escape(shown(name))}</p>'
        f'<a class="button" id="app" href="#no-app">{both("アプリを開く", "Open the app")}</a>'
        f'<p id="no-app" class="target" role="status">{both("アプリはありません。", "There is no app here.")}</p>'
        f'<a class="button plain" id="browser" href="{escape(there)}">'
        f"{both('ブラウザーから参加する', 'Join from your browser')}</a>"
    )
    return _page("会議を開いています", f"Meeting {meeting}", body)


def preview(name: str, token: str) -> str:
    """The web client before the meeting: a button joins."""
    body = f'<p id="name">{escape(shown(name))}</p>' + form("", {"tk": token}, button("join", "参加する", "Join"))
    return _page("参加の準備ができました", "Ready to join", body)


def before_host(meeting: int, name: str, token: str) -> str:
    """A guest came before the host. The page goes in by itself when the meeting begins."""
    body = (
        f'<p id="name">{escape(shown(name))}</p>'
        f'<p id="refused">{both("ホストが始めるまでお待ちください。", "Please wait for the host to start.")}</p>'
        + form("", {"tk": token}, button("join", "もう一度試す", "Try again"))
    )
    return _page("もうすぐ始まります", "It will begin soon", body, _poll(meeting, ""))


def inside(meeting: int, name: str, who: str) -> str:
    """In the meeting, with everybody who is in it."""
    leave, end = button("leave", "退出", "Leave", "plain"), button("end", "全員の会議を終了", "End for all", "end")
    body = (
        f'<p id="name">{escape(shown(name))}</p><ul id="people" class="people" aria-live="polite"></ul>'
        + form(f"/wc/{meeting}/leave", {"who": who}, leave)
        + ("" if name else form(f"/wc/{meeting}/end", {"who": who}, end))
    )
    return _page("会議中", "In the meeting", body, _poll(meeting, who))


def left() -> str:
    return _page("退出しました", "You left the meeting", "")


def over() -> str:
    return _page("会議は終わりました", "This meeting has ended", "")


def refused(sentence: str) -> str:
    return _page("参加できません", "You cannot join", f'<p id="refused" lang="en">{escape(sentence)}</p>')


def _page(ja: str, en: str, body: str, script: str = "") -> str:
    return page(SIM, (ja, en), body, script)


def _poll(meeting: int, who: str) -> str:
    """``who`` empty: not in the meeting yet."""
    told = json.dumps({"meeting": meeting, "who": who, "you": "(あなた / You)"}, ensure_ascii=False)
    return _POLL.format(told=told.replace("<", "\\u003c"))
