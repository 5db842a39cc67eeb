"""The pages' shells: they read no cookie and change nothing. What is personal comes over the API."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2
from aiohttp import web

from gateway.look import release
from gateway.sentences import KINDS, Kind
from gateway.texts import negotiate, texts

FOLDER = Path(__file__).parent.parent
SHELLS = {
    "/": "landing.html",
    "/j": "candidate.html",
    "/r/{code}": "candidate.html",
    "/console": "console.html",
    "/admin": "admin.html",
    "/v": "video.html",
    "/receipt": "receipt.html",
    "/rehearsal/{room}": "rehearsal.html",
}


def routes() -> list[web.RouteDef]:
    return [*(web.get(path, shell) for path in SHELLS), web.get("/problems/{code}", problem)]


def add_static(app: web.Application) -> None:
    """Scripts and styles, as files."""
    app.router.add_static("/static", FOLDER / "static", append_version=False)


async def shell(request: web.Request) -> web.Response:
    """The shell of this path in the browser's language."""
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else ""
    return page(request, SHELLS[path])


async def problem(request: web.Request) -> web.Response:
    """What a problem's ``type`` leads to, for a person who opens it."""
    kind = KINDS.get(request.match_info["code"])
    if kind is None:
        raise web.HTTPNotFound
    return error_page(request, kind, status=200)


def error_page(request: web.Request, kind: Kind, *, status: int, back: str = "/") -> web.Response:
    """A problem for a person who opened an address, with whom to call. ``back``: the page of ours that they go on to:
    the first one, or the console."""
    language = negotiate(request.query.get("lang"), request.headers.get("Accept-Language", ""))
    words = texts(language)
    sentence = kind.en if language == "en" else kind.ja
    way_back = words("candidate.error.home" if back == "/" else "console.error.back")
    detail = words("problem.unknown.detail")
    answer = page(request, "error.html", title=sentence, detail=detail, back=back, way_back=way_back)
    answer.set_status(status)
    return answer


def page(request: web.Request, name: str, **more: object) -> web.Response:
    """A page in the browser's language, which no cache keeps."""
    language = negotiate(request.query.get("lang"), request.headers.get("Accept-Language", ""))
    try:
        template = _environment().get_template(name)
    except jinja2.TemplateNotFound:
        raise web.HTTPNotFound from None
    page = template.render(lang=language, t=texts(language), release=release(), office=None, **more)
    headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"}
    return web.Response(text=page, content_type="text/html", charset="utf-8", headers=headers)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(FOLDER / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
