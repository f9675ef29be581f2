"""What stands in front of every request: size limits, headers, a request id. Plain ASGI, so that streams stay streams."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from terminal.api.problems import Problem, problem_response

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUL = b"%00"
#: answers for programs show nothing, whatever they hold
API_POLICY = b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
#: a viewer of papers needs what `default-src` would take away; a paper lies in no frame of others either
PAPER_POLICY = b"base-uri 'none'; frame-ancestors 'none'"
#: pages bring a stricter one themselves; scripts of workers keep what they may fetch
OTHER_POLICY = b"object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_SEGMENTS = re.compile(r"[/\\]")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_PORT = re.compile(r":[0-9]+$")
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
_FOR_WATCHERS = frozenset({"/healthz", "/readyz", "/metrics"})


def common_headers(tls: bool) -> list[tuple[bytes, bytes]]:
    """What every answer carries."""
    common = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
    if tls:
        common.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return common


def policy(path: str, kind: bytes) -> bytes:
    """The Content-Security-Policy of an answer of media type ``kind`` that brings none itself."""
    if kind == b"application/pdf":
        return PAPER_POLICY
    return API_POLICY if path.startswith("/api/") else OTHER_POLICY


def request_id(headers: Mapping[bytes, bytes]) -> bytes:
    """The number of a request: its own if it brings a usable one, or a new one."""
    asked = headers.get(b"x-request-id")
    return asked if asked is not None and _ID.fullmatch(asked) else secrets.token_hex(8).encode()


def wrong_address(path: str, query: bytes) -> Problem | None:
    """Why an address is refused before anybody reads it; None when nothing is wrong with it."""
    if _CONTROL.search(path) or _NUL in query:
        return Problem(400, "bad_address", "This address holds characters that no name has.")
    if ".." in path and ".." in _SEGMENTS.split(path):
        return Problem(
            400, "bad_address", "This address climbs out of a folder; nothing is kept by such a name."
        )
    return None


def wrong_host(host: bytes, hosts: frozenset[str], path: str) -> Problem | None:
    """Why the host that a request names is refused: it is none at all, or (where ``hosts`` are configured) not one of them.

    Watchers of a machine ask it by its number: health and figures are told under any name.
    """
    name = host.decode("latin-1").lower()
    if name and not _HOST.fullmatch(name):
        return Problem(400, "bad_host", "This is no name of a host.")
    if not hosts or path in _FOR_WATCHERS or _PORT.sub("", name) in hosts | _HERE:
        return None
    return Problem(421, "bad_host", "No terminal answers under this name here.")


class TooLarge(Exception):  # noqa: N818 -- caught here, never shown
    """The body is larger than allowed."""


class Guard:
    """Refuses bodies over ``max_bytes`` before they are read, and puts the common headers on every answer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        tls: bool,
        noted: Callable[[Scope, int], Awaitable[None]] | None = None,
        turned_away: Callable[[Scope, str], Awaitable[None]] | None = None,
        hosts: Iterable[str] = (),
    ) -> None:
        """``noted`` keeps that a body was too large, ``turned_away`` that an address or a host was none of ours.

        Both before the refusal leaves. ``hosts`` are the names that this terminal answers to; none given, all.
        """
        self.app = app
        self.noted = noted
        self.turned_away = turned_away
        self.hosts = frozenset(host.lower() for host in hosts)
        self.max_bytes = max_bytes
        self.common = common_headers(tls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        number = request_id(headers)
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                present = dict(message["headers"])
                extra = [item for item in self.common if item[0] not in present]
                if scope["path"].startswith("/api/") and b"cache-control" not in present:
                    extra.append((b"cache-control", b"no-store"))
                if b"content-security-policy" not in present:
                    kind = present.get(b"content-type", b"")
                    extra.append((b"content-security-policy", policy(scope["path"], kind)))
                message["headers"] = [*message["headers"], *extra, (b"x-request-id", number)]
            await send(message)

        host = headers.get(b"host", b"")
        wrong = wrong_address(scope["path"], scope.get("query_string", b"")) or wrong_host(
            host, self.hosts, scope["path"]
        )
        if wrong is not None:
            if self.turned_away is not None:
                await self.turned_away(scope, wrong.code.removeprefix("bad_"))
            await problem_response(wrong)(scope, receive, answer)
            return
        length = headers.get(b"content-length", b"")
        if length and (not length.isdigit() or len(length) > 18 or int(length) > self.max_bytes):
            await self._refuse(scope, receive, answer)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.max_bytes:
                raise TooLarge
            return message

        async def unless_too_large(message: Message) -> None:
            # Whoever reads the body may take the end of it for a mistake in it, and answer so: this answer counts.
            if taken > self.max_bytes and not started:
                raise TooLarge
            await answer(message)

        try:
            await self.app(scope, counted, unless_too_large)
        except TooLarge:
            if not started:
                await self._refuse(scope, receive, answer)

    async def _refuse(self, scope: Scope, receive: Receive, send: Any) -> None:
        if self.noted is not None:
            await self.noted(scope, self.max_bytes)
        megabytes = self.max_bytes >> 20
        problem = Problem(
            413, "too_large", f"The request is larger than {megabytes} MB.", max_bytes=self.max_bytes
        )
        await problem_response(problem)(scope, receive, send)
