"""The shortest way of a scan: below the general machinery of requests, on the connection itself.

A handheld sends the same few lines of head again and again, and behind them one scan. Where a packet holds exactly one
such request of a device that was recognised a moment ago, nothing has to be taken apart twice: the head is known by its
hash, the scan goes to the writer, and the answer leaves in one piece once it is on disk. Whatever is not exactly that
(half a request, two at once, a mistake, a device that was changed, a store in trouble) is handed on as it came, and
answered by :mod:`terminal.api.express` or the endpoint itself: a scan may be asked twice, for its nonce is answered once.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from terminal.api import express, guards
from terminal.api.problems import Problem
from terminal.api.saying import answered
from terminal.api.scans import Taking
from terminal.callers import Known, Outdated
from terminal.cases.answers import Answer
from terminal.service import Service
from terminal.store.errors import Busy, StoreUnavailable
from terminal.store.writer import Request
from terminal.web import i18n

log = logging.getLogger("karvon")
_START = f"POST {express.PATH} HTTP/1.1\r\n".encode()
_END = b"\r\n\r\n"
#: a longer head is not looked at here
_LONGEST_HEAD = 4096
#: so many heads are known: devices times lengths of their bodies
_KEPT = 4096
#: headers that ask for more than an answer
_NOT_HERE = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"cookie", b"connection", b"content-encoding"}
)
#: and those that may stand there once only
_ONCE = (b"content-length", b"content-type", b"authorization", b"host")


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a request says: whose token (its hash), how long the body is, the language, its own number."""

    token: bytes
    length: int
    accept: str
    number: bytes | None


class _Collected:
    """What the parser finds in a head."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))


def head_of(data: bytes) -> Head | None:
    """The head of a plain scan request, ``data`` up to the empty line; None when it is not exactly that."""
    found = _Collected()
    parser = httptools.HttpRequestParser(found)
    try:
        parser.feed_data(data)
        plain = (
            parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
        )
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    headers = dict(found.headers)
    names = [name for name, _ in found.headers]
    if not plain or _NOT_HERE & headers.keys() or any(names.count(name) != 1 for name in _ONCE):
        return None
    token = express.token_of(headers, b"")
    if token is None or found.url != express.PATH.encode():
        return None
    number = headers.get(b"x-request-id")
    return Head(
        hashlib.sha256(token.strip()).digest(),
        int(headers[b"content-length"]),
        headers.get(b"accept-language", b"").decode("latin-1"),
        None if number is None else guards.request_id(headers),
    )


class Desk:
    """What all connections of a server share."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._heads: OrderedDict[bytes, Head] = OrderedDict()
        common = [
            (b"content-type", b"application/json"),
            *guards.common_headers(service.settings.server.tls),
            (b"content-security-policy", guards.API_POLICY),
            (b"cache-control", b"no-store"),
        ]
        self._common = _lines(common)
        self._defaults: list[tuple[bytes, bytes]] | None = None
        self._begin = b""

    def head(self, data: bytes) -> Head | None:
        """The head that these bytes are; the tokens in them are not kept."""
        key = hashlib.sha256(data).digest()
        known = self._heads.get(key)
        if known is None:
            known = head_of(data)
            if known is not None and known.number is None and self.caller(known) is not None:
                self._heads[key] = known
                if len(self._heads) > _KEPT:
                    self._heads.popitem(last=False)
        return known

    def caller(self, head: Head) -> Known | None:
        """The device that asks, if it was recognised a moment ago."""
        return self.service.callers.of_hash(head.token, self.service.clock())

    def language(self, head: Head, known: Known) -> str:
        """The language of its answers."""
        terminal = self.service.settings.terminal.language
        return i18n.choose(user=known.caller.language, accept=head.accept, terminal=terminal)

    def answer(self, head: Head, body: bytes, defaults: list[tuple[bytes, bytes]], *, last: bool) -> bytes:
        """The answer as it goes over the line. ``defaults`` is what the server puts on every answer."""
        if defaults is not self._defaults:  # the server makes them anew every second, for the date
            self._defaults, self._begin = defaults, b"HTTP/1.1 200 OK\r\n" + _lines(defaults) + self._common
        number = head.number or guards.request_id({})
        close = b"connection: close\r\n" if last else b""
        return b"%bcontent-length: %d\r\nx-request-id: %b\r\n%b\r\n%b" % (
            self._begin, len(body), number, close, body,
        )  # fmt: skip


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


class ScanLine(HttpToolsProtocol):
    """One connection. Made by :func:`protocol_for`."""

    desk: ClassVar[Desk]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._inside = False  # the parser has begun a request and not ended it
        self._busy = False  # a scan of this connection is being written
        self._held: list[bytes] = []  # what came meanwhile
        self._last = False  # the server ends: close after the answer
        self._gone = False

    # --- where the parser stands ----------------------------------------------------------------
    def on_message_begin(self) -> None:
        """A request begins."""
        self._inside = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """It has ended."""
        self._inside = False
        super().on_message_complete()

    # --- the connection -------------------------------------------------------------------------
    def data_received(self, data: bytes) -> None:
        """What came: a plain scan, or anything else."""
        if self._busy:
            self._held.append(data)
            self.flow.pause_reading()
        elif not (data.startswith(_START) and self._between() and self._scan(data)):
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side has gone."""
        self._gone = True
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server ends: what was begun is answered first."""
        if self._busy:
            self._last = True
        else:
            super().shutdown()

    def _between(self) -> bool:
        """True when nothing of an earlier request is on its way, in or out."""
        return (
            not self._inside
            and not self.pipeline
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    # --- one scan -------------------------------------------------------------------------------
    def _scan(self, data: bytes) -> bool:
        """Begin with the scan that ``data`` is; False when it is not exactly one."""
        end = data.find(_END, 0, _LONGEST_HEAD) + len(_END)
        head = self.desk.head(data[:end]) if end >= len(_END) else None
        if head is None or len(data) - end != head.length:
            return False
        known = self.desk.caller(head)
        shape = express.shape_of(data[end:]) if known is not None else None
        if known is None or shape is None:
            return False
        service = self.desk.service
        taking = Taking(service, known.caller, shape, known)
        try:
            service.store.submit(taking.work, partial(self._written, taking, head, known, data), taking.soon)
        except (Busy, StoreUnavailable):
            return False
        self._unset_keepalive_if_required()
        self._busy = True
        return True

    def _written(
        self, taking: Taking, head: Head, known: Known, data: bytes, request: Request[Answer]
    ) -> None:
        """It is on disk, or it failed."""
        self._busy = False
        try:
            body = self._body(taking, self.desk.language(head, known), request)
        except (Problem, Outdated, StoreUnavailable):
            body = None
        except Exception as error:  # noqa: BLE001, RUF100 - the long way says the same, in order
            log.error("POST %s failed", express.PATH, exc_info=error)
            body = None
        if isinstance(request.error, Outdated):
            self.desk.service.callers.forget(known)
        if self._gone or self.transport.is_closing():
            return
        if body is None:
            super().data_received(data)
        else:
            self._answer(head, body)
        if self._held:
            held, self._held = b"".join(self._held), []
            self.flow.resume_reading()
            self.data_received(held)

    def _body(self, taking: Taking, language: str, request: Request[Answer]) -> bytes:
        if request.error is not None:
            raise request.error
        assert request.result is not None
        answer = answered(taking.after(request.result), language)
        return answer.__pydantic_serializer__.to_json(answer)

    def _answer(self, head: Head, body: bytes) -> None:
        self.server_state.total_requests += 1
        defaults = self.server_state.default_headers
        self.transport.write(self.desk.answer(head, body, defaults, last=self._last))
        if self._last:
            self.transport.close()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )


def protocol_for(service: Service) -> Callable[..., HttpToolsProtocol]:
    """The protocol of connections to the server of this service, as uvicorn takes it."""
    return type("ServiceScanLine", (ScanLine,), {"desk": Desk(service)})
