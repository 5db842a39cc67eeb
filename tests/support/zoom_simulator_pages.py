"""The simulator's own pages: what a browser sees that follows a join link or a start link. Each in both languages at
once, since people see them in the demo, and at any width."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape

_PAGE = """<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
*{{box-sizing:border-box}}
body{{font:1rem/1.6 sans-serif;max-width:36rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}}
h1{{font-size:1.4rem;line-height:1.4}}
p.sim{{background:#333;color:#fff;margin:0 -1rem;padding:.2rem 1rem;font-size:.85rem}}
a.button,button{{display:block;width:100%;margin:.8rem 0;padding:.8rem 1rem;font:inherit;font-size:1.1rem;
  text-align:center;border:2px solid #0b5cff;border-radius:.5rem;background:#0b5cff;color:#fff;text-decoration:none}}
a.plain,button.plain{{background:#fff;color:#0b5cff}}
button.end{{background:#fff;color:#b00020;border-color:#b00020}}
[lang=en]{{font-size:.9em;opacity:.85;display:block}}
ul{{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.8rem}}
li{{background:#222;color:#fff;border-radius:.5rem;padding:2.5rem .8rem .6rem}}
#no-app{{display:none}}
#no-app:target{{display:block}}
</style>
</head>
<body>
<p class="sim">会議シミュレーター / Meeting simulator</p>
<main>
<h1>{heading}</h1>
{body}
</main>
{script}
</body>
</html>
"""

# Asks every second who is there. A page of somebody who is out says so; one that waits goes in when it may.
_POLL = """<script>
const told = {told};
const list = document.querySelector("#people");
async function look() {{
  const state = await (await fetch(`/wc/${{told.meeting}}/people?who=${{encodeURIComponent(told.who)}}`)).json();
  if (told.who && !state.here) return location.replace(`/wc/${{told.meeting}}/over`);
  if (!told.who && state.started) return document.querySelector("form").requestSubmit();
  const names = state.people.map(one => one.name + (one.you ? told.you : ""));
  if (list && list.dataset.names !== names.join("\\n")) {{
    list.dataset.names = names.join("\\n");
    list.replaceChildren(...names.map(name => Object.assign(document.createElement("li"), {{textContent: name}})));
  }}
  setTimeout(look, 1000);
}}
look().catch(() => setTimeout(() => location.reload(), 3000));
</script>"""

HOST = "ホスト / Host"


def shown(name: str) -> str:
    """What a participant is called; the host's own link has no name."""
    return name or HOST


def launch(meeting: int, name: str, there: str) -> str:
    """Where a link leads: the app, which nobody has here, or the browser. Following the link joins nobody."""
    body = (
        f'<p id="name">{escape(shown(name))}</p>'
        f'<a class="button" id="app" href="#no-app">{_both("アプリを開く", "Open the app")}</a>'
        f'<p id="no-app" role="status">{_both("ここにはアプリがありません。", "There is no app here.")}</p>'
        f'<a class="button plain" id="browser" href="{escape(there)}">'
        f"{_both('ブラウザーから参加する', 'Join from your browser')}</a>"
    )
    return _page("会議を開いています", f"Meeting {meeting}", body)


def preview(name: str, token: str) -> str:
    """The web client before the meeting: a button joins."""
    body = f'<p id="name">{escape(shown(name))}</p>' + _form("", {"tk": token}, _button("join", "参加する", "Join"))
    return _page("参加の準備ができました", "Ready to join", body)


def before_host(meeting: int, name: str, token: str) -> str:
    """A guest came before the host. The page goes in by itself when the meeting begins."""
    body = (
        f'<p id="name">{escape(shown(name))}</p>'
        f'<p id="refused">{_both("ホストが始めるまでお待ちください。", "Please wait for the host to start.")}</p>'
        + _form("", {"tk": token}, _button("join", "もう一度試す", "Try again"))
    )
    return _page("もうすぐ始まります", "It will begin soon", body, _poll(meeting, ""))


def inside(meeting: int, name: str, who: str) -> str:
    """In the meeting, with everybody who is in it."""
    leave, end = _button("leave", "退出", "Leave", "plain"), _button("end", "全員の会議を終了", "End for all", "end")
    body = (
        f'<p id="name">{escape(shown(name))}</p><ul id="people" aria-live="polite"></ul>'
        + _form(f"/wc/{meeting}/leave", {"who": who}, leave)
        + ("" if name else _form(f"/wc/{meeting}/end", {"who": who}, end))
    )
    return _page("会議中", "In the meeting", body, _poll(meeting, who))


def left() -> str:
    return _page("退出しました", "You left the meeting", "")


def over() -> str:
    return _page("会議は終わりました", "This meeting has ended", "")


def refused(sentence: str) -> str:
    return _page("参加できません", "You cannot join", f'<p id="refused" lang="en">{escape(sentence)}</p>')


def _both(ja: str, en: str) -> str:
    return f'{escape(ja)} <span lang="en">{escape(en)}</span>'


def _page(ja: str, en: str, body: str, script: str = "") -> str:
    return _PAGE.format(title=escape(f"{ja} / {en}"), heading=_both(ja, en), body=body, script=script)


def _form(action: str, values: Mapping[str, str], button: str) -> str:
    """Posts to its own address where ``action`` is empty."""
    where = f' action="{escape(action)}"' if action else ""
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in values.items())
    return f'<form method="post"{where}>{hidden}{button}</form>'


def _button(id_: str, ja: str, en: str, look: str = "") -> str:
    return f'<button id="{id_}" class="{look}">{_both(ja, en)}</button>'


def _poll(meeting: int, who: str) -> str:
    """``who`` empty: not in the meeting yet."""
    told = json.dumps({"meeting": meeting, "who": who, "you": "(あなた / You)"}, ensure_ascii=False)
    return _POLL.format(told=told.replace("<", "\\u003c"))
