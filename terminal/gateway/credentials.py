"""Who a gate PC is for the terminal: its address, its id and its token, in a file that only its owner can read."""

from __future__ import annotations

import json
import os
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

FILE = "credentials.json"


class NotEnrolled(Exception):  # noqa: N818 -- the name says what happened
    """There are no usable credentials, or the terminal did not give any; the text says what to do."""


class Unreachable(Exception):  # noqa: N818 -- the name says what happened
    """The terminal did not answer."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """``server`` is the address of the terminal without a path, ``id`` the name it knows this gateway by."""

    server: str
    id: str
    token: str


def load(folder: Path) -> Credentials:
    """The stored credentials. Raises :class:`NotEnrolled`, also for a file that others can read."""
    path = folder / FILE
    try:
        if os.name == "posix" and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            raise NotEnrolled(
                f"{path} can be read by others (mode {mode:04o}): run `chmod 600 {path}`, and if this machine is "
                "shared, revoke the gateway and enrol it again."
            )
        data = json.loads(path.read_text(encoding="utf-8"))
        return Credentials(str(data["server"]), str(data["id"]), str(data["token"]))
    except FileNotFoundError:
        raise NotEnrolled(
            "This gateway is not enrolled: get a one-time code on the device page of the terminal, then run "
            "`karvon gateway enrol URL CODE`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotEnrolled(f"{path} cannot be read ({error}): enrol this gateway again.") from None


def save(folder: Path, credentials: Credentials) -> Path:
    """Store credentials with mode 0600 in place of earlier ones; on disk when this returns."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / FILE
    part = folder / f".{FILE}.{os.getpid()}.part"
    handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"server": credentials.server, "id": credentials.id, "token": credentials.token}, file)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o600)
    part.replace(path)
    return path


def address(url: str) -> str:
    """The terminal's address without path and slash. Raises :class:`NotEnrolled` for anything but http and https."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotEnrolled(f"{url!r} is no address of a terminal; write https://host or http://host:8000.")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def client(server: str, *, token: str | None, timeout_s: float, ca_file: Path | None) -> httpx.AsyncClient:
    """An HTTP client for the terminal. Proxies of the environment are not used. Raises ``OSError`` for a bad CA file."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    return httpx.AsyncClient(
        base_url=server,
        headers={"authorization": f"Bearer {token}"} if token else {},
        timeout=timeout_s,
        verify=context,
        trust_env=False,
        follow_redirects=False,
    )


async def enrol(url: str, code: str, *, timeout_s: float, ca_file: Path | None = None) -> Credentials:
    """Spend a one-time code. Raises :class:`NotEnrolled` when it is refused, :class:`Unreachable`."""
    server = address(url)
    async with client(server, token=None, timeout_s=timeout_s, ca_file=ca_file) as http:
        try:
            answer = await http.post("/api/v1/enrol", json={"code": code})
        except httpx.HTTPError as error:
            raise Unreachable(f"{server} cannot be reached: {error or type(error).__name__}.") from None
    try:
        data = answer.json()
    except ValueError:
        data = None
    if answer.status_code != httpx.codes.OK or not isinstance(data, dict):
        detail = data.get("detail") if isinstance(data, dict) else None
        raise NotEnrolled(
            detail or f"{server} answers {answer.status_code}: is this the address of a terminal?"
        )
    identity, token = data.get("id"), data.get("token")
    if not (isinstance(identity, str) and isinstance(token, str) and token):
        raise NotEnrolled(f"{server} gave no token: is this the address of a terminal?")
    return Credentials(server, identity, token)
