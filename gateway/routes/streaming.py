"""A large file as an answer, a piece at a time: as fast as the far side reads, and never twice in memory."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

PIECE = 256 * 2**10  # bytes


async def streamed(
    request: web.Request, content: bytes, headers: Mapping[str, str], kind: str = "application/zip"
) -> web.StreamResponse:
    """No browser keeps it."""
    response = web.StreamResponse(headers={"Cache-Control": "no-store", **headers})
    response.content_type, response.content_length = kind, len(content)
    await response.prepare(request)
    view = memoryview(content)
    for start in range(0, len(view), PIECE):
        await response.write(view[start : start + PIECE])
    await response.write_eof()
    return response
