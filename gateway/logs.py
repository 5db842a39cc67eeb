"""What is logged, and how: one JSON object a line on standard error, without anybody's words."""

from __future__ import annotations

import logging
import sys

import structlog

from gateway.tasks import where

log = structlog.get_logger("genkan")


class Discreet(logging.Handler):
    """What libraries log, without their words: aiohttp's hold the sender's address and what was sent, cookies
    included; asyncio's hold the words of exceptions."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        fault = {"error": type(error).__name__, "at": where(error)} if error is not None else {}
        place = f"{record.module}:{record.lineno}"
        log.log(record.levelno, "library", library=record.name, place=place, **fault)


def configure_logs(level_name: str) -> None:
    """From this level on: debug, info, warning or error."""
    level = getattr(logging, level_name.upper())
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[Discreet()], force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
