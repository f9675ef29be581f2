"""The contract as OpenAPI says it: who may ask, and every problem that an endpoint may answer with.

FastAPI describes what endpoints take and give; credentials and problem details are the same everywhere, so they are
added here, in one place, to what it makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import fastapi.routing
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from terminal.api.needs import SESSION_COOKIE, somebody
from terminal.api.problems import MEDIA_TYPE

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; `code` is stable, `detail` a sentence.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "A person; changing requests also carry `X-CSRF-Token`.",
    },
    "device": {
        "type": "http",
        "scheme": "bearer",
        "description": "A device, with the token it was enrolled with.",
    },
}
_EVERYBODY = {
    "400": "The request is not one of HTTP or JSON.",
    "404": "There is no such thing, or not for you.",
    "409": "What was asked for does not fit what is there.",
    "413": "The body is too large.",
    "422": "A value is missing or wrong; `errors` names each.",
    "429": "Too often; `Retry-After` says when again.",
    "503": "Too busy, or the store cannot write; ask again with the same nonce.",
}
#: the one parameter that may hold slashes: the reference of a consignment
_SLASHES = re.compile(r"\{(ref)\}")
_PARAMETER = re.compile(r"\{[^}]*\}")
#: what the guard lets through in addresses and in queries
_IN_ADDRESS = {"path": r"^[^\x00-\x1f\x7f]+$", "query": r"^[^\x00]*$"}
_SIGNED_IN = {
    "401": "Nobody is signed in.",
    "403": "You may not, or the request does not come from your own page.",
}
_CHANGING = {"415": "The body is of another kind."}


def install(app: FastAPI) -> None:
    """Let the application tell the whole contract at its address of OpenAPI."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = complete(plain(), app)
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def complete(schema: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    """The schema with credentials and problems."""
    parts = schema.setdefault("components", {})
    parts["securitySchemes"] = SCHEMES
    shapes = parts.setdefault("schemas", {})
    shapes["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        shapes.pop(name, None)
    for name, shape in shapes.items():
        if name.startswith("Body_"):
            _tell_form(shape)
    for path, method, open_to_all in _operations(app):
        operation = schema["paths"].get(path, {}).get(method)
        if operation is not None:
            _tell(operation, method, open_to_all)
            for parameter in operation.get("parameters", ()):
                _tell_letters(parameter)
    return schema


def _tell_form(shape: dict[str, Any]) -> None:
    """Say of the fields of a form what is so: a file is bytes, and what is not given is left away, never ``null``."""
    for name, told in shape.get("properties", {}).items():
        kinds = [one for one in told.get("anyOf", ()) if one != {"type": "null"}]
        if len(kinds) == 1:
            told = {**kinds[0], "title": told.get("title", name)}  # noqa: PLW2901
        plain = told.get("type") == "string" and not {"pattern", "minLength", "contentMediaType"} & set(told)
        if plain and name in shape.get("required", ()):
            told["minLength"] = 1  # of a form, an empty field is one that is missing
        files = told.get("items", told)
        if files.pop("contentMediaType", None) is not None:
            files["format"] = "binary"
        shape["properties"][name] = told


def _tell_letters(parameter: dict[str, Any]) -> None:
    """Say which characters :class:`terminal.api.guards.Guard` lets through, where an endpoint says nothing narrower."""
    letters = _IN_ADDRESS.get(parameter["in"])
    told = parameter["schema"]
    for one in (told, *told.get("anyOf", ())):
        if letters and one.get("type") == "string" and not {"pattern", "enum", "format"} & set(one):
            one["pattern"] = letters


def _operations(app: FastAPI) -> Iterator[tuple[str, str, bool]]:
    walk: Any = getattr(fastapi.routing, "iter_route_contexts", iter)
    for context in walk(app.routes):
        route = getattr(context, "original_route", context)
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in context.methods or ():
                yield context.path_format, method.lower(), not _asks_who(route.dependant)


def methods_of(app: FastAPI, path: str) -> list[str]:
    """Every method that the contract has at this path, for the header ``Allow``: of the shape that fits it closest."""
    shapes = [
        (len(_PARAMETER.sub("", shape)), shape)
        for shape in app.openapi()["paths"]
        if compile_path(_SLASHES.sub(r"{\1:path}", shape))[0].fullmatch(path)
    ]
    return sorted(method.upper() for method in app.openapi()["paths"][max(shapes)[1]]) if shapes else []


def _asks_who(dependant: Dependant) -> bool:
    return any(one.call is somebody or _asks_who(one) for one in dependant.dependencies)


def _tell(operation: dict[str, Any], method: str, open_to_all: bool) -> None:
    problems = {**_EVERYBODY, **({} if method == "get" else _CHANGING)}
    # What is open to all may still ask for a code, a link or a password of its own.
    problems |= _SIGNED_IN
    if not open_to_all:
        operation["security"] = [{"session": []}, {"device": []}]
    answers = operation["responses"]
    for status, words in problems.items():
        if status not in answers or status == "422":
            answers[status] = {
                "description": words,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
