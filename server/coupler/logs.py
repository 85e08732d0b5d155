"""Logs: one line per event on standard error, with fields, without secrets (trust 3.10)."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)?$|secret|token$|bearer|authorization|cookie|assertion|certificate$|private_?key"
    r"|(access|service|api|secret)_?keys?$|credentials?$|verifier$",
    re.IGNORECASE,
)
# Order matters: a bearer is masked as a whole before its parts are looked at.
_SECRET_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}"), MASK),
    (re.compile(r"\bcpl[rp]_[A-Za-z0-9_-]{8,}"), MASK),
    (re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), rf"\1:{MASK}@"),
    (re.compile(r"(https?://[^\s?#\"']+)\?[^\s\"']*"), r"\1?..."),
    (
        re.compile(
            r"((?:pass(?:word|wd)|secret|token|assertion|(?:access|service|api)_?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Talkative at info, and their texts carry addresses with queries.
_QUIET = ("httpx", "httpcore", "_granian", "granian.access", "waitress", "werkzeug", "alembic", "stamina")


def configure_logs(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging through the same chain; `form` is console or json.

    Standard output stays free for what a command prints.
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(form, target),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
    # Granian's warnings are advice on tuning it.
    logging.getLogger("_granian").setLevel(logging.DEBUG if level == "debug" else logging.ERROR)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _renderer(form: str, target: TextIO) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=True, default=str)
    return structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=0)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: masks values with a secret's name or shape, at any depth, and line breaks in texts."""
    return {name: _clean(name, value) for name, value in event.items()}


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name) and not isinstance(value, bool | int | None):
        return MASK
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(name, inner) for inner in value]
    if isinstance(value, bool | int | float | None):
        return value
    text = redact_text(str(value))
    return text if name == "exception" else _CONTROL.sub(_escaped, text)


def redact_text(text: str) -> str:
    """A text without what looks like a credential or the query of an address."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _escaped(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")
