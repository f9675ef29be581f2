"""The short way of a scan: what a device's ``POST /api/v1/scans`` nearly always is, answered without the general machinery.

Only a request about which nothing is in doubt goes this way: a whole scan in JSON, of a known size, with the token of a
device that was recognised a moment ago. Everything else (a mistake in the body, a person's session, an unknown token, a
device that was changed meanwhile) goes on to the endpoint of :mod:`terminal.api.scans` as if it had not been looked at,
so that problems and documentation stand in one place. Both ways ask the same use case.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from terminal.api import guards, scans
from terminal.api.problems import FAULT, Problem, problem_of, problem_response
from terminal.api.saying import answered
from terminal.api.schemas import ScanIn
from terminal.callers import Known, Outdated
from terminal.service import Service
from terminal.web import i18n

log = logging.getLogger("karvon")
PATH = "/api/v1/scans"
#: a scan is smaller; the label may have 4,096 characters of up to 12 bytes each in JSON
LARGEST = 1 << 16


class Express:
    """Answers the plain scans of devices; hands every other request on to ``app``."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        self.app = app
        self.service = service
        self.common = [
            *guards.common_headers(service.settings.server.tls),
            (b"content-security-policy", guards.API_POLICY),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        known = self._known(scope, headers)
        if known is None:
            await self.app(scope, receive, send)
            return
        messages = await _whole(receive)
        shape = _shape(messages)
        if shape is not None:
            language = i18n.choose(
                user=known.caller.language,
                accept=headers.get(b"accept-language", b"").decode("latin-1"),
                terminal=self.service.settings.terminal.language,
            )
            try:
                answer = answered(await scans.take(self.service, known.caller, shape, known), language)
            except Outdated:
                self.service.callers.forget(known)
            except Exception as error:
                problem = problem_of(error)
                if problem is None:
                    log.error("POST %s failed", PATH, exc_info=error)
                await self._problem(problem or FAULT, scope, receive, send, headers)
                return
            else:
                body = answer.__pydantic_serializer__.to_json(answer)
                await send(self._start(headers, len(body)))
                await send({"type": "http.response.body", "body": body})
                return
        await self.app(scope, _again(messages, receive), send)

    def _known(self, scope: Scope, headers: MutableMapping[bytes, bytes]) -> Known | None:
        """The device that asks, if this is a request for the short way; None sends it the long way."""
        token = token_of(headers, scope["query_string"])
        return None if token is None else self.service.callers.known(token, self.service.clock())

    def _start(self, headers: MutableMapping[bytes, bytes], length: int) -> Message:
        return {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-length", b"%d" % length),
                (b"content-type", b"application/json"),
                *self.common,
                (b"cache-control", b"no-store"),
                (b"x-request-id", guards.request_id(headers)),
            ],
        }

    async def _problem(
        self,
        problem: Problem,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: MutableMapping[bytes, bytes],
    ) -> None:
        response = problem_response(problem)
        response.raw_headers += [
            *self.common,
            (b"cache-control", b"no-store"),
            (b"x-request-id", guards.request_id(headers)),
        ]
        await response(scope, receive, send)


def token_of(headers: Mapping[bytes, bytes], query: bytes) -> bytes | None:
    """The token of a device in the headers (names in small letters) of a plain scan; None when it is none."""
    length = headers.get(b"content-length", b"")
    if (
        headers.get(b"content-type") != b"application/json"
        or not length.isdigit()
        or len(length) > 5
        or int(length) > LARGEST
        or b"cookie" in headers
        or query
    ):
        return None
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return token if scheme == b"Bearer" else None


async def _whole(receive: Receive) -> list[Message]:
    """Everything the client sends, as it came."""
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def _shape(messages: list[Message]) -> ScanIn | None:
    """The scan in these messages; None when there is none, or none that is in order."""
    if messages[-1]["type"] != "http.request":
        return None
    return shape_of(b"".join(message.get("body", b"") for message in messages))


def shape_of(body: bytes) -> ScanIn | None:
    """The scan that a body is; None when it is none, or none that is in order."""
    try:
        return ScanIn.model_validate_json(body)
    except (ValueError, RecursionError, ValidationError):
        return None


def _again(messages: list[Message], receive: Receive) -> Receive:
    """What was read already, to be read by somebody else."""
    waiting = iter(messages)

    async def again() -> Message:
        message = next(waiting, None)
        return message if message is not None else await receive()

    return again
