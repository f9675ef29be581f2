"""Moving pictures through OpenCV: network cameras (``rtsp://``) and cameras of this machine (``v4l2:///dev/video0``),
and recordings (``file:///films/gate.avi``).

A thread reads the stream as fast as it comes, because a stream that is not read grows old in its buffers; the newest
frame is kept and encoded only when somebody asks. A stream that has stopped is opened again: OpenCV may hang in a
read for ever, so a thread that does not come back is left to die by itself and a new one is started.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from devices.errors import LinkRefused
from devices.links.camera_faults import node_fault, node_gives_nothing, stream_gives_nothing
from devices.links.pictures import Picture

OPEN_S = 8.0
#: a stream that gives no frame for so long is opened again
STALL_S = 5.0
QUALITY = 92


class VideoStream:
    """One camera. ``next`` gives the newest frame that was not given yet."""

    def __init__(
        self,
        url: str,
        *,
        username: str | None = None,
        password_env: str | None = None,
        stall_s: float = STALL_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self._username = username
        self._password_env = password_env
        self._stall_s = stall_s
        self._monotonic = monotonic
        self._reader: _Reader | None = None
        self._given = 0

    @property
    def where(self) -> str:
        """The camera for people, without password."""
        parts = urlsplit(self.url)
        if parts.scheme == "file":
            return f"Recording {unquote(parts.path)}"
        return f"Camera {unquote(parts.path) if parts.scheme == 'v4l2' else parts.hostname or self.url}"

    async def next(self) -> Picture | None:
        """The newest frame, None when there is none newer. Raises :class:`LinkRefused` when the stream is away."""
        if self._reader is None:
            await self._open()
        reader = self._reader
        assert reader is not None
        number, frame, at = reader.newest()
        if number != self._given:
            self._given = number
            data = await asyncio.to_thread(_jpeg, frame)
            return Picture.of(data, self.where, "image/jpeg")
        if reader.ended or self._monotonic() - at > self._stall_s:
            await self.close()
            raise self._stopped()
        return None

    def _stopped(self) -> LinkRefused:
        """Why a camera that gave pictures gives none any more."""
        parts = urlsplit(self.url)
        if parts.scheme == "file":
            return LinkRefused(
                f"{self.where} has been played to its end; it begins again.", code="ended", remedy="none"
            )
        if parts.scheme == "v4l2" and not os.path.exists(unquote(parts.path)):
            return LinkRefused(f"{self.where} was unplugged.", code="lost", remedy="plug_in_camera")
        remedy = "restart_device" if parts.scheme == "v4l2" else "check_network"
        return LinkRefused(f"{self.where} has stopped sending pictures.", code="lost", remedy=remedy)

    async def close(self) -> None:
        """Stop reading; a hanging thread is not waited for longer than a second."""
        reader, self._reader = self._reader, None
        self._given = 0
        if reader is not None:
            await asyncio.to_thread(reader.stop)

    async def _open(self) -> None:
        source, backend = self._source()
        reader = _Reader(source, backend, self._monotonic)
        try:
            async with asyncio.timeout(OPEN_S):
                while not (reader.newest()[0] or reader.ended):  # noqa: ASYNC110 -- a thread works meanwhile
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass
        if not reader.newest()[0]:
            await asyncio.to_thread(reader.stop)
            raise await self._nothing()
        self._reader = reader

    async def _nothing(self) -> LinkRefused:
        """Why nothing came at all."""
        parts = urlsplit(self.url)
        if parts.scheme == "v4l2":
            return await asyncio.to_thread(node_gives_nothing, unquote(parts.path), self.where)
        if parts.scheme == "file":
            return LinkRefused(
                f"{self.where} is no film that can be played.", code="unusable", remedy="check_folder"
            )
        return await stream_gives_nothing(
            self.url, self.where, with_password=self._username is not None or "@" in parts.netloc
        )

    def _source(self) -> tuple[str, str]:
        """Address and backend for OpenCV. Raises :class:`LinkRefused` for what cannot be opened at all."""
        parts = urlsplit(self.url)
        if parts.scheme == "v4l2":
            path = unquote(parts.path)
            if (fault := node_fault(path, self.where)) is not None:
                raise fault
            return path, "v4l2"
        if parts.scheme == "file":
            path = unquote(parts.path)
            if not os.access(path, os.R_OK):
                raise LinkRefused(f"{path} cannot be read.", code="missing", remedy="check_folder")
            return path, "film"
        if self._username is None:
            return self.url, "ffmpeg"
        secret = os.environ.get(self._password_env or "", "")
        if self._password_env and not secret:
            raise LinkRefused(
                f"The password of {self.where.lower()} is missing: set the environment variable "
                f"{self._password_env}.",
                code="denied",
                remedy="check_camera",
            )
        netloc = (
            f"{quote(self._username, safe='')}:{quote(secret, safe='')}@{parts.netloc.rpartition('@')[2]}"
        )
        return parts._replace(netloc=netloc).geturl(), "ffmpeg"


class _Reader:
    """The thread around one ``cv2.VideoCapture``; only it touches the capture."""

    def __init__(self, source: str, backend: str, monotonic: Callable[[], float]) -> None:
        self._source, self._backend, self._monotonic = source, backend, monotonic
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._frame: Any = None
        self._number = 0
        self._at = monotonic()
        self.ended = False
        self._thread = threading.Thread(target=self._work, name="video", daemon=True)
        self._thread.start()

    def newest(self) -> tuple[int, Any, float]:
        """Number (0: none yet), frame and time of the newest frame."""
        with self._lock:
            return self._number, self._frame, self._at

    def stop(self) -> None:
        """Ask the thread to end and give it a second."""
        self._stop.set()
        self._thread.join(1.0)

    def _work(self) -> None:
        import cv2  # noqa: PLC0415 -- OpenCV is loaded only where a camera streams

        try:
            if self._backend == "v4l2":
                capture = cv2.VideoCapture(self._source, cv2.CAP_V4L2)
            elif self._backend == "film":
                capture = cv2.VideoCapture(self._source, cv2.CAP_FFMPEG)
            else:
                times = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 5000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 5000]
                capture = cv2.VideoCapture(self._source, cv2.CAP_FFMPEG, times)
            try:
                # a film is played as fast as it was taken; a camera is read as fast as it sends
                rate = capture.get(cv2.CAP_PROP_FPS) if self._backend == "film" else 0.0
                pause = 1 / min(max(rate, 1.0), 60.0) if self._backend == "film" else 0.0
                while capture.isOpened() and not self._stop.wait(pause):
                    good, frame = capture.read()
                    if not good:
                        break
                    with self._lock:
                        self._frame, self._at = frame, self._monotonic()
                        self._number += 1
            finally:
                with suppress(cv2.error):
                    capture.release()
        except cv2.error:
            pass  # whatever the camera sent: it ends here and is opened again
        finally:
            self.ended = True


def _jpeg(frame: Any) -> bytes:
    import cv2  # noqa: PLC0415 -- see _work

    good, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not good:
        raise LinkRefused(
            "The camera sent a picture that cannot be kept.", code="unusable", remedy="check_camera"
        )
    return bytes(data)
