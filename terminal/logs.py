"""What the program says of itself: lines on standard error, plain or JSON, and spans for OpenTelemetry when asked for.

A line tells which request it belongs to (the number that the answer carries as ``X-Request-Id``) and which entries of
the journal came of it; who did what stands there. No line holds a secret or a person: an endpoint is named by its
pattern, never by the address that was asked, and of an error its kind and its place in the program, never its words,
which may quote what somebody sent (``level = "debug"`` lets them through). What looks like the end of a line or like
a command to a screen is written as an escape, so that nobody can add lines of their own.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from devices.errors import ConfigProblem
from terminal.settings_logging import LoggingSettings

log = logging.getLogger("karvon.requests")
_MOVES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_KEPT_EVENTS = 20


@dataclass
class Trace:
    """One request under way: its number, and the journal entries that it led to."""

    number: str
    events: list[int] = field(default_factory=list)


_now: ContextVar[Trace | None] = ContextVar("karvon_request", default=None)


def happened(event: int) -> None:
    """Say that an entry of the journal came of the request under way; outside of one, nothing."""
    trace = _now.get()
    if trace is not None and event and len(trace.events) < _KEPT_EVENTS and event not in trace.events:
        trace.events.append(event)


@contextmanager
def request(number: str) -> Iterator[Trace]:
    """What is logged inside belongs to the request of that number."""
    trace = Trace(number)
    token = _now.set(trace)
    try:
        yield trace
    finally:
        _now.reset(token)


# --- lines ------------------------------------------------------------------------------------------------------------
def harmless(text: str) -> str:
    """The text with everything that ends a line, moves a cursor or turns the writing written as an escape."""
    return _MOVES.sub(lambda sign: rf"\u{ord(sign.group()):04x}", text)


def place_of(error: tuple[Any, BaseException | None, TracebackType | None]) -> list[str]:
    """Where an error came from, innermost last: file, line and function, without a word of what was in them."""
    return [
        f"{'/'.join(frame.filename.rsplit('/', 2)[-2:])}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error[2])
    ]


class Lines(logging.Formatter):
    """Plain lines: time in UTC, level, logger, message, then the request and, of an error, its kind and place."""

    def __init__(self, *, words: bool = False) -> None:
        """``words`` also tells what an error said."""
        super().__init__()
        self.words = words

    def told(self, record: logging.LogRecord) -> dict[str, Any]:
        """The facts of a line, in order."""
        at = datetime.fromtimestamp(record.created, UTC)
        told: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace = _now.get()
        if trace is not None:
            told["request"] = trace.number
            if trace.events:
                told["events"] = list(trace.events)
        told.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
            told["place"] = place_of(record.exc_info)
            if self.words:
                told["words"] = str(record.exc_info[1])
        return told

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        told = self.told(record)
        head = f"{told.pop('at')} {told.pop('level').upper()} {told.pop('logger')}: {told.pop('message')}"
        place = told.pop("place", [])
        rest = "".join(f" {name}={_short(value)}" for name, value in told.items())
        where = "".join(f"\n    {harmless(one)}" for one in place)
        return harmless(head + rest) + where


class JsonLines(Lines):
    """The same, one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return json.dumps(self.told(record), ensure_ascii=True, separators=(",", ":"), default=str)


def _short(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def set_up(settings: LoggingSettings = LoggingSettings()) -> None:  # noqa: B008 -- frozen
    """Speak on standard error from now on, as configured."""
    handler = logging.StreamHandler()
    words = settings.level == "debug"
    handler.setFormatter(JsonLines(words=words) if settings.format == "json" else Lines(words=words))
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # theirs speak through ours
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would say every address that is asked


# --- requests ---------------------------------------------------------------------------------------------------------
class Tracer(Protocol):
    """The part of an OpenTelemetry tracer that is used."""

    def start_as_current_span(self, name: str) -> AbstractContextManager[Any]:
        """A span, current while it is open."""


def tracer() -> Tracer:
    """The tracer of this process. Raises :class:`ConfigProblem` when OpenTelemetry is not installed."""
    try:
        from opentelemetry import trace  # noqa: PLC0415 -- only where it is asked for
    except ImportError as error:
        raise ConfigProblem(
            [
                "logging.traces: OpenTelemetry is not installed; `pip install opentelemetry-distro`, or set it to false"
            ]
        ) from error
    return trace.get_tracer("karvon")


class Requests:
    """In front of everything: gives each request its number, and tells (or traces) how it went when it is over."""

    def __init__(self, app: ASGIApp, settings: LoggingSettings, spans: Tracer | None = None) -> None:
        self.app = app
        self.requests = settings.requests
        self.spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        from terminal.api.guards import request_id  # noqa: PLC0415 -- the guard takes the number that it finds

        number = request_id(dict(scope["headers"]))
        named = [(name, value) for name, value in scope["headers"] if name != b"x-request-id"]
        scope = {**scope, "headers": [*named, (b"x-request-id", number)]}
        status, started = 500, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        span = self.spans.start_as_current_span(scope["method"]) if self.spans else nullcontext()
        with request(number.decode("ascii")) as trace, span as open_span:
            try:
                await self.app(scope, receive, answer)
            finally:
                facts = {
                    "method": scope["method"],
                    "endpoint": endpoint_of(scope),
                    "status": status,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                }
                if open_span is not None:
                    describe(open_span, facts, trace)
                if self.requests:
                    log.info("request", extra={"facts": facts})


def endpoint_of(scope: Scope) -> str:
    """The pattern of the endpoint that answered; "other" when none did. Never the address that was asked."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "other"
    prefix = "/api/v1" if scope["path"].startswith("/api/v1/") and not path.startswith("/api/") else ""
    return f"{prefix}{path}"


def describe(span: Any, facts: dict[str, Any], trace: Trace) -> None:
    """Write the facts of a request on its span, by the names of OpenTelemetry's conventions."""
    span.update_name(f"{facts['method']} {facts['endpoint']}")
    span.set_attribute("http.request.method", facts["method"])
    span.set_attribute("http.route", facts["endpoint"])
    span.set_attribute("http.response.status_code", facts["status"])
    span.set_attribute("karvon.request", trace.number)
    if trace.events:
        span.set_attribute("karvon.events", list(trace.events))
