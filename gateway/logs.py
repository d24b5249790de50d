"""Structured logs: one JSON object a line, bounded in size, without anything that opens a door or names a person."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, TextIO

import orjson
import structlog

REDACTED = "[redacted]"
MAX_TEXT = 2000
MAX_TRACE = 8000
MAX_ITEMS = 50
MAX_LINE = 32_768

_SECRET_KEYS = re.compile(
    r"token|authorization|cookie|password|passwd|secret|^pin$|_pin$|signature|signed|private|credential|e_?mail|"
    r"^variables$|^body$|^headers$|query_string",
    re.IGNORECASE,
)
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), REDACTED),
    (re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}"), REDACTED),
    # Presigned and signed addresses carry their power in the query, playback in the path.
    (re.compile(r"(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*"), rf"\1?{REDACTED}"),
    (re.compile(r"/play/[^/\s\"'<>]+"), f"/play/{REDACTED}"),
    (
        re.compile(
            r"\b(X-Amz-[\w-]+|CloudFront-[\w-]+|Signature|Policy|Key-Pair-Id|AWSAccessKeyId)\s*[=:]\s*[^\s&;,\"']+",
            re.IGNORECASE,
        ),
        rf"\1={REDACTED}",
    ),
    (
        re.compile(
            r"(['\"]?\b(?:pin|password|passwd|secret|client_secret|refresh_token|access_token|id_token|token|cookie|code)"
            r"['\"]?\s*[=:]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;&}\]]+)",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), REDACTED),
)


_SUSPICIOUS = re.compile(r"[@?=:]|eyJ|/play/|bearer|basic", re.IGNORECASE)
"""Every secret that is known by its form has one of these; most values have none, and are done."""

_OURS = frozenset({"timestamp", "level", "logger"})
_LINE_BREAKS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}


def redact(text: str, limit: int = MAX_TEXT) -> str:
    """The text without tokens, secrets, signed addresses and e-mail addresses, cut at `limit` characters."""
    cut = text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
    if _SUSPICIOUS.search(cut) is None:
        return cut
    for pattern, instead in _SECRETS:
        cut = pattern.sub(instead, cut)
    return cut


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that stands right before the renderer, so that nothing comes after it."""
    return {key[:100]: _redacted(key, value, 0) for key, value in list(event.items())[:MAX_ITEMS]}


def _redacted(key: str, value: Any, depth: int) -> Any:
    if value is None or key in _OURS:
        return value
    if _is_secret(key) and (key.lower().endswith("pin") or not isinstance(value, bool | int | float)):
        return REDACTED
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value, MAX_TRACE if key == "exception" else MAX_TEXT)
    if depth < 4 and isinstance(value, Mapping):
        return {str(k)[:100]: _redacted(str(k), v, depth + 1) for k, v in list(value.items())[:MAX_ITEMS]}
    if depth < 4 and isinstance(value, Sequence | frozenset | set) and not isinstance(value, bytes):
        return [_redacted(key, item, depth + 1) for item in list(value)[:MAX_ITEMS]]
    return redact(str(value))


@lru_cache(maxsize=500)
def _is_secret(key: str) -> bool:
    return _SECRET_KEYS.search(key) is not None


def render(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """One line of JSON; JSON escapes line breaks, and here the Unicode ones too: no value can forge a line."""
    line = orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)
    if len(line) > MAX_LINE:
        short = {key: event[key] for key in ("timestamp", "level", "event", "request_id") if key in event}
        line = orjson.dumps({**short, "cut_bytes": len(line)})
    text = line.decode("utf-8", "replace")
    return text if text.isascii() else text.translate(_LINE_BREAKS)


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """All logs of the process, those of libraries too, as JSON lines on `stream` (standard error by default)."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    target = stream or sys.stderr
    structlog.configure(
        processors=[*shared, redact_event, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=stream is None,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact_event, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING) if number > logging.DEBUG else number)


log = structlog.get_logger("marquee.operations")


def operation_log(
    *,
    request_id: str,
    transport: str,
    operation: str | None,
    name: str | None,
    document_hash: str | None,
    caller: str,
    cost: int | None,
    seconds: float,
    status: int | None = None,
    codes: Sequence[str] = (),
    client: str | None = None,
    **more: int | float | str | None,
) -> None:
    """The one line of an operation. `transport` is http, sse, multipart or websocket; `codes` are those of its errors;
    `client` is the client's own name and version; `more` are counts such as AWS calls."""
    log.info(
        "operation",
        request_id=request_id,
        transport=transport,
        operation=operation,
        name=name[:100] if name else None,
        document=document_hash[:16] if document_hash else None,
        caller=caller,
        cost=cost,
        duration_ms=round(seconds * 1000, 2),
        status=status,
        codes=list(codes),
        client=client[:100] if client else None,
        **more,
    )
