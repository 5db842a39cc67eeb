"""The look of the pages that stand in for a vendor's: plain, at any width, each sentence in both languages at once."""

from __future__ import annotations

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
body{{font:1rem/1.6 sans-serif;max-width:36rem;margin:0 auto;padding:0 1rem 1rem;overflow-wrap:anywhere}}
h1{{font-size:1.4rem;line-height:1.4}}
p.sim{{background:#333;color:#fff;margin:0 -1rem;padding:.2rem 1rem;font-size:.85rem}}
a.button,button{{display:block;width:100%;margin:.8rem 0;padding:.8rem 1rem;font:inherit;font-size:1.1rem;
  text-align:center;border:2px solid #0b5cff;border-radius:.5rem;background:#0b5cff;color:#fff;text-decoration:none}}
a.plain,button.plain{{background:#fff;color:#0b5cff}}
button.end{{background:#fff;color:#b00020;border-color:#b00020}}
input[type=text]{{display:block;width:100%;padding:.6rem;font:inherit;font-size:1.1rem}}
input[type=checkbox]{{width:1.5rem;height:1.5rem;vertical-align:middle}}
[lang=en]{{font-size:.9em;opacity:.85;display:block}}
ul.people{{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.8rem}}
ul.people li{{background:#222;color:#fff;border-radius:.5rem;padding:2.5rem .8rem .6rem}}
.target{{display:none}}
.target:target{{display:block}}
</style>
</head>
<body>
<p class="sim">{sim}</p>
<main>
<h1>{heading}</h1>
{body}
</main>
{script}
</body>
</html>
"""


def page(sim: str, heading: tuple[str, str], body: str, script: str = "") -> str:
    """``sim`` says what this stands in for; ``heading`` is Japanese and English."""
    ja, en = heading
    title, sim = escape(f"{ja} / {en}"), escape(sim)
    return _PAGE.format(title=title, sim=sim, heading=both(ja, en), body=body, script=script)


def both(ja: str, en: str) -> str:
    return f'{escape(ja)} <span lang="en">{escape(en)}</span>'


def form(action: str, values: Mapping[str, str], inside: str) -> str:
    """Posts to its own address where ``action`` is empty."""
    where = f' action="{escape(action)}"' if action else ""
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in values.items())
    return f'<form method="post"{where}>{hidden}{inside}</form>'


def button(id_: str, ja: str, en: str, look: str = "") -> str:
    return f'<button id="{id_}" class="{look}">{both(ja, en)}</button>'
