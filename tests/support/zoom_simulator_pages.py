"""The simulator's own pages: what a browser sees that follows a join link or a start link. In both languages, since
people see them in the demo."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body{{font-family:sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
button{{font-size:1.2rem;padding:.6rem 1.2rem}}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)


def join(meeting: int, name: str, token: str) -> str:
    """Following the link joins nobody: a button does."""
    who = escape(name) if name else "ホスト / Host"
    return _page(
        "会議シミュレーター / Meeting simulator",
        f'<p id="name">{who}</p><form method="post" action="/wc/{meeting}/join">'
        f'<input type="hidden" name="tk" value="{escape(token)}">'
        '<button id="join">ブラウザーから参加する / Join from your browser</button></form>',
    )


def inside(meeting: int, name: str, who: str) -> str:
    shown = escape(name) if name else "ホスト / Host"
    return _page(
        "会議中 / In the meeting",
        f'<p id="name">{shown}</p><form method="post" action="/wc/{meeting}/leave">'
        f'<input type="hidden" name="who" value="{escape(who)}"><button id="leave">退出 / Leave</button></form>',
    )


def left() -> str:
    return _page("退出しました / You left the meeting", "")


def refused(sentence: str) -> str:
    return _page("参加できません / You cannot join", f'<p id="refused" lang="en">{escape(sentence)}</p>')
