"""Where pictures come from: a camera's snapshot address, a watched folder, a single file.

Each source gives one picture when asked, or None when there is nothing new. Failures are
:class:`devices.errors.LinkRefused` with a sentence and a remedy, as on any other wire.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from devices.errors import LinkRefused

if TYPE_CHECKING:
    import httpx

#: a snapshot larger than this is refused (a stream address instead of a picture address never ends)
MOST_BYTES = 24 * 1024 * 1024
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}
#: files of a watched folder that are remembered as seen
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as it came, undecoded. ``sha256`` (hex) is how records refer to it."""

    data: bytes
    at: datetime
    source: str
    media_type: str = "image/jpeg"
    sha256: str = field(default="")

    @classmethod
    def of(cls, data: bytes, source: str, media_type: str = "") -> Picture:
        """A picture taken now."""
        kind = media_type or ("image/png" if data.startswith(b"\x89PNG") else "image/jpeg")
        return cls(data, datetime.now(UTC), source, kind, hashlib.sha256(data).hexdigest())


class PictureSource(Protocol):
    """Gives pictures one by one."""

    async def next(self) -> Picture | None:
        """The next picture, None when there is nothing new. Raises :class:`LinkRefused`."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


def picture_source(
    url: str, *, username: str | None = None, password_env: str | None = None, timeout_s: float = 5.0
) -> PictureSource:
    """The source for a picture address. A plain path is a folder when it is one, else a file.

    ``password_env`` names the environment variable that holds the password of ``username``.
    """
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"}:
        return Snapshot(url, username, password_env, timeout_s)
    path = Path(unquote(parts.path) if parts.scheme else url)
    if parts.scheme == "folder" or (not parts.scheme and path.is_dir()):
        return WatchedFolder(path)
    return StillFile(path)


class Snapshot:
    """Asks a network camera for a picture by HTTP, with basic or digest sign-in as the camera wants."""

    def __init__(self, url: str, username: str | None, password_env: str | None, timeout_s: float) -> None:
        import httpx  # noqa: PLC0415 -- loaded only where a network camera is used

        self.url = url
        host = urlsplit(url).hostname or url
        self._where = f"Camera {host}"
        auth: httpx.Auth | None = None
        self._missing_secret = ""
        if username is not None:
            secret = os.environ.get(password_env or "", "")
            if password_env and not secret:
                self._missing_secret = password_env
            self._basic = httpx.BasicAuth(username, secret)
            auth = httpx.DigestAuth(username, secret)
        self._client = httpx.AsyncClient(
            timeout=timeout_s, auth=auth, trust_env=False, follow_redirects=False
        )

    async def next(self) -> Picture | None:
        """A fresh snapshot. Raises :class:`LinkRefused`."""
        import httpx  # noqa: PLC0415 -- see above

        if self._missing_secret:
            raise LinkRefused(
                f"The password of {self._where.lower()} is missing: set the environment variable "
                f"{self._missing_secret}.",
                code="denied",
                remedy="check_camera",
            )
        try:
            async with self._client.stream("GET", self.url) as answer:
                if answer.status_code == httpx.codes.UNAUTHORIZED and self._client.auth is not None:
                    # a camera that offers only basic sign-in; ask that way from now on
                    self._client.auth = self._basic
                if answer.status_code != httpx.codes.OK:
                    denied = answer.status_code in {401, 403}
                    raise LinkRefused(
                        f"{self._where} answers {answer.status_code} instead of a picture.",
                        code="denied" if denied else "unusable",
                        remedy="check_camera",
                    )
                data = bytearray()
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > MOST_BYTES:
                        raise LinkRefused(
                            f"{self._where} sends more than {MOST_BYTES >> 20} MB: is this the address "
                            "of a video stream?",
                            code="unusable",
                            remedy="check_camera",
                        )
                kind = answer.headers.get("content-type", "").split(";")[0].strip()
        except httpx.TimeoutException:
            raise LinkRefused(
                f"{self._where} does not answer in time.", code="unreachable", remedy="check_network"
            ) from None
        except httpx.HTTPError as error:
            raise LinkRefused(
                f"{self._where} cannot be reached: {error}.", code="unreachable", remedy="check_network"
            ) from None
        if not data:
            raise LinkRefused(
                f"{self._where} sends an empty picture.", code="unusable", remedy="check_camera"
            )
        return Picture.of(bytes(data), self.url, kind)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class WatchedFolder:
    """Each new picture file of a folder once, oldest first, when it has stopped growing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: OrderedDict[tuple[str, int, int], None] = OrderedDict()
        self._growing: dict[str, tuple[int, int]] = {}

    async def next(self) -> Picture | None:
        """The oldest file not given yet, or None. Raises :class:`LinkRefused`."""
        return await asyncio.to_thread(self._next)

    def _next(self) -> Picture | None:
        try:
            files = [
                (entry.stat().st_mtime_ns, entry.name, entry.stat().st_size)
                for entry in os.scandir(self.path)
                if entry.is_file() and Path(entry.name).suffix.lower() in SUFFIXES
            ]
        except OSError as error:
            raise LinkRefused(
                f"The folder {self.path} cannot be read: {error.strerror}.",
                code="missing",
                remedy="check_folder",
            ) from None
        growing: dict[str, tuple[int, int]] = {}
        found: Picture | None = None
        for changed, name, size in sorted(files):
            key = (name, changed, size)
            if key in self._seen:
                continue
            if self._growing.get(name) != (changed, size):
                # first sight, or still being written: wait for the next look
                growing[name] = (changed, size)
                continue
            if found is not None:
                growing[name] = (changed, size)
                continue
            try:
                data = (self.path / name).read_bytes()
            except OSError:
                continue  # taken away again between listing and reading
            self._remember(key)
            found = Picture.of(data, str(self.path / name))
        self._growing = growing
        return found

    def _remember(self, key: tuple[str, int, int]) -> None:
        self._seen[key] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    async def close(self) -> None:
        """Nothing is held."""


class StillFile:
    """One file, given again whenever it was replaced by another picture."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None

    async def next(self) -> Picture | None:
        """The file if it is new. Raises :class:`LinkRefused`."""
        return await asyncio.to_thread(self._next)

    def _next(self) -> Picture | None:
        try:
            info = self.path.stat()
            stamp = (info.st_mtime_ns, info.st_size)
            if stamp == self._stamp:
                return None
            data = self.path.read_bytes()
        except OSError as error:
            raise LinkRefused(
                f"The picture {self.path} cannot be read: {error.strerror}.",
                code="missing",
                remedy="check_folder",
            ) from None
        self._stamp = stamp
        return Picture.of(data, str(self.path))

    async def close(self) -> None:
        """Nothing is held."""
