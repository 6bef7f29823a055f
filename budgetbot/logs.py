"""Structured logs on stderr, with secrets redacted and control characters taken out of foreign text."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from budgetbot import secrecy

_SECRETS = re.compile(
    r"sk-[A-Za-z0-9_-]{8,}|xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|(?<=://)[^\s/@]+:[^\s/@]+(?=@)"
    r"|https://hooks\.slack\.com/\S+|(?<=[Bb]earer )[A-Za-z0-9._-]{8,}|(?<=GenieKey )[A-Za-z0-9-]{8,}"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def redact(text: str) -> str:
    """The text without anything that looks like a credential, on one line."""
    return _CONTROL.sub(" ", _SECRETS.sub("[redacted]", secrecy.without(text)))


def fault(error: BaseException) -> str:
    """What to report of an exception that nobody foresaw. Its text may hold anything, so that is left out."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"unexpected {type(error).__name__} in {place.name}, line {place.lineno} of {place.filename}"


def _redacted(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value if key.startswith("_") else _shown(value) for key, value in event.items()}


def _shown(value: Any) -> Any:
    """Text redacted, however deep it lies; what is neither text nor a number as its text."""
    if isinstance(value, Mapping):
        return {redact(str(key)): _shown(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))


def configure(level: str, style: str) -> None:
    """Logs of `level` and above; "console" for people, "json" for machines."""
    number = logging.getLevelNamesMapping()[level.upper()]
    plain, colors = structlog.dev.plain_traceback, sys.stderr.isatty()  # a rich traceback would show variables
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
    )
    always: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redacted,
    ]
    structlog.configure(
        processors=[*always, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(handlers=[_of_others(always, renderer)], level=max(number, logging.WARNING))


def _of_others(processors: list[Any], renderer: Any) -> logging.Handler:
    """What libraries log comes out the same way: redacted, and in the same shape."""
    handler = logging.StreamHandler(sys.stderr)
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processors=last))
    return handler
