"""The control port: loopback HTTP with JSON, for the demo and for tests. See :mod:`simulators` for the list."""

from __future__ import annotations

import hmac
import json
import secrets
from pathlib import Path

from simulators.faults import Mistake
from simulators.web import Answer, Request, WebServer
from simulators.world import World


class Control:
    """Serves one world. Every request needs ``Authorization: Bearer TOKEN`` when there is a token."""

    def __init__(self, world: World, port: int, token: str | None) -> None:
        self._world = world
        self._token = token
        self.web = WebServer(self.answer, port)

    async def answer(self, request: Request) -> Answer:
        """Answer one request; a mistake of the caller is 400 (401, 404) with a sentence."""
        given = request.headers.get("authorization", "")
        if self._token is not None and not hmac.compare_digest(
            given.encode(), f"Bearer {self._token}".encode()
        ):
            return Answer.json({"error": "the token is missing or wrong"}, 401)
        path = request.path.split("?")[0]
        if request.method == "GET" and path == "/devices":
            return Answer.json(
                {
                    "devices": [device.describe() for device in self._world.devices.values()],
                    "mistakes": self._world.mistakes[-20:],
                }
            )
        if request.method == "GET" and path.startswith("/paper/"):
            try:
                return Answer(200, self._world.paper(path.removeprefix("/paper/")), "image/png")
            except Mistake as error:
                return Answer.json({"error": str(error)}, 404)
        if request.method != "POST":
            return Answer.json({"error": "GET /devices, or POST an action"}, 404)
        try:
            order = json.loads(request.body or b"{}")
        except (ValueError, RecursionError):
            return Answer.json({"error": "the body is no JSON"}, 400)
        if not isinstance(order, dict):
            return Answer.json({"error": 'the body is a JSON object, e.g. {"device": "gate-1-scanner"}'}, 400)
        try:
            return Answer.json(await self._world.do(path.removeprefix("/"), order))
        except Mistake as error:
            return Answer.json({"error": str(error)}, 400)
        except OSError as error:
            return Answer.json({"error": f"the port cannot be opened: {error.strerror}"}, 400)


def token_from(path: Path) -> str:
    """The token in a file; a file that does not exist is made, readable by its owner only.

    Raises :class:`Mistake` for an empty or unreadable file.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24), encoding="ascii")
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"the token file {path} cannot be used: {error}") from None
    if len(token) < 16 or not token.isascii():
        raise Mistake(f"the token in {path} is too short; it needs at least 16 ASCII characters")
    return token
