"""Errors of the HTTP API as RFC 9457 problem details with a stable ``code``.

A refused scan is an answer, not an error: it has status 200. Problems are for requests that could not be asked.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from terminal.logs import endpoint_of
from terminal.store import Busy, StoreUnavailable, Vanished

log = logging.getLogger("karvon")
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 -- RFC 9457 calls it a problem
    """A request that could not be asked, with what to do. ``code`` is stable; ``detail`` a sentence."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra


def problem_response(problem: Problem) -> JSONResponse:
    """The answer that a problem is."""
    body = {
        "type": f"urn:karvon:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.extra,
    }
    return JSONResponse(body, problem.status, problem.headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Problem | None:
    """The problem that an error of a use case or of the store is; None for what nobody expected."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Busy):
        wait = str(error.retry_after)
        return Problem(503, "busy", "Too many writes are waiting; try again.", headers={"Retry-After": wait})
    if isinstance(error, StoreUnavailable):
        log.error("the store could not write: %s", error)
        sentence = "The store could not write; nothing was recorded. Try again with the same nonce."
        return Problem(503, "store_unavailable", sentence, headers={"Retry-After": "2"})
    if isinstance(error, Vanished):
        return Problem(409, "conflict", str(error))
    return None


#: something broke that should not have
FAULT = Problem(500, "fault", "A fault of ours. It was written down for the engineers; try again.")


def not_signed_in() -> Problem:
    """No session and no token, or one that has ended."""
    return Problem(
        401,
        "not_signed_in",
        "Sign in again, or send the device's token: the session has ended or there was none.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def not_permitted(right: str) -> Problem:
    """Signed in, but without the right."""
    return Problem(403, "not_permitted", f"Your role does not carry the right {right!r}.", right=right)


def not_found(what: str, name: str) -> Problem:
    """There is no such thing, or not for this reader."""
    return Problem(404, "not_found", f"There is no {what} {name!r} that you may see.")


#: what the framework says of a body that is neither JSON in UTF-8 nor a whole form
_PARSING = "There was an error parsing the body"
UNREADABLE = "The body cannot be read: JSON must be text in UTF-8, and a form must have come whole. Nothing was recorded; send it again."


def not_json(item: Mapping[str, Any], body: Any) -> Problem:
    """A body that is no JSON: what is wrong at which line and column (both from 1), and what to send instead."""
    text = body if isinstance(body, str) else ""
    at = next((part for part in item["loc"] if isinstance(part, int)), 0)
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    why = str(item.get("ctx", {}).get("error", item["msg"]))
    detail = (
        f"The body is not JSON: {why[:1].lower()}{why[1:]}, at line {line}, column {column}. "
        "Send one JSON value in UTF-8. Nothing was recorded."
    )
    place = {"field": "body", "message": f"{why} (line {line}, column {column})"}
    return Problem(422, "invalid_request", detail, errors=[place], line=line, column=column)


def install(
    app: FastAPI,
    methods: Callable[[str], list[str]],
    met: Callable[[Request, Problem], Awaitable[None]],
) -> None:
    """One table: exception -> problem. ``methods`` tells which methods a path answers; ``met`` hears of each problem."""

    async def on_problem(request: Request, error: Exception) -> JSONResponse:
        problem = problem_of(error)
        assert problem is not None
        await met(request, problem)
        return problem_response(problem)

    async def on_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        found = error.errors()
        if len(found) == 1 and found[0]["type"] == "json_invalid":
            return problem_response(not_json(found[0], error.body))
        fields = [
            {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in found
        ]
        first = fields[0] if fields else {"field": "body", "message": "invalid"}
        detail = f"{first['field']}: {first['message']}"
        return problem_response(Problem(422, "invalid_request", detail, errors=fields))

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code = HTTPStatus(error.status_code).name.lower()
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # One path may belong to several endpoints, each of which knows its own method only.
            known = headers.get("Allow", "").replace(",", " ").split()
            headers["Allow"] = ", ".join(methods(request.url.path) or known)
        said = UNREADABLE if error.detail == _PARSING else str(error.detail)
        return problem_response(Problem(error.status_code, code, said, headers=headers))

    async def on_fault(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, endpoint_of(request.scope), exc_info=error)
        return problem_response(FAULT)

    app.add_exception_handler(Exception, on_fault)
    for kind in (Problem, Busy, StoreUnavailable, Vanished):
        app.add_exception_handler(kind, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
