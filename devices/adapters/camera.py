"""Cameras as scanners: fetch a picture, search it, let frames agree, report each code once while in view."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from devices.config import Camera
from devices.errors import LinkRefused
from devices.links.pictures import Picture, PictureSource, picture_source
from devices.links.supervise import Backoff
from devices.readings import ScanReading, Verdict, new_id
from devices.station import Station

if TYPE_CHECKING:
    from devices.vision import Decoded, FrameVoter


#: endings of recordings that are played like a camera
FILMS = (".avi", ".mp4", ".mkv", ".mov", ".ts", ".mjpg")


class CameraAdapter:
    """One camera. The last picture is kept as the photograph for whoever needs evidence."""

    def __init__(self, config: Camera, station: Station) -> None:
        self.config = config
        self.station = station
        self.last: Picture | None = None
        self._source: PictureSource = source_of(config)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"pictures {config.id}")
        self._voter: FrameVoter | None = None
        self._troubled: str = ""
        self._searched = ""
        self._found: list[Decoded] = []

    async def run(self) -> None:
        """Fetch and search until cancelled."""
        backoff = Backoff(
            first=self.config.interval_s, most=max(self.config.reconnect_s, self.config.interval_s)
        )
        try:
            while True:
                try:
                    picture = await self._source.next()
                except LinkRefused as refused:
                    await self._refused(refused)
                    await asyncio.sleep(backoff.next())
                    continue
                backoff.failures = 0
                self._troubled = ""
                if picture is None:
                    if self.station.current != "live":
                        self.station.state("live", "ready", "Waiting for the next picture.")
                    await asyncio.sleep(self.config.interval_s)
                    continue
                await self._take(picture)
                await asyncio.sleep(self.config.interval_s)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            await self._source.close()

    async def signal(self, verdict: Verdict) -> bool:
        """A camera has no lamp."""
        return False

    async def _refused(self, refused: LinkRefused) -> None:
        if self.station.current == "live":
            self.station.counters.reconnects += 1
        self.station.state("no_link", refused.code, refused.sentence, refused.remedy)
        if self._troubled != refused.code:
            self._troubled = refused.code
            await self.station.trouble(f"link_{refused.code}", refused.sentence, refused.remedy)

    async def _take(self, picture: Picture) -> None:
        from devices.vision import PictureRefused  # noqa: PLC0415 -- OpenCV is loaded only where a camera runs

        self.station.counters.pictures += 1
        self.station.counters.bytes_in += len(picture.data)
        self.last = picture
        if not self.config.read_codes:
            self._seen()
            return
        loop = asyncio.get_running_loop()
        try:
            codes = await loop.run_in_executor(self._pool, self._search, picture)
        except PictureRefused as refused:
            self.station.counters.bad_format += 1
            self.station.state("odd_data", "no_picture", str(refused), "check_camera")
            return
        self._seen()
        for code in codes:
            await self.station.emit(
                ScanReading(
                    id=new_id(),
                    device=self.config.id,
                    point=self.config.point,
                    at=picture.at,
                    protocol="picture",
                    text=code.text,
                    aim=code.aim,
                    symbology=code.symbology,
                    extra={
                        "picture": picture.sha256,
                        "quad": [list(p) for p in code.corners],
                        "votes": code.votes,
                    },
                    raw=code.raw,
                )
            )

    def _seen(self) -> None:
        self.station.frame()
        self.station.state("live", "live", "Pictures come.")

    def _search(self, picture: Picture) -> list[Decoded]:
        """Codes that became known with this picture. Runs in the camera's own thread."""
        from devices.vision import FrameVoter, read_image  # noqa: PLC0415 -- see _take

        if self._voter is None:
            forget = max(1, round(self.config.repeat_s / self.config.interval_s))
            window = max(6, self.config.agree)
            self._voter = FrameVoter(window=window, needed=self.config.agree, forget=forget)
        if picture.sha256 != self._searched:
            # cameras and simulators that stand still send the very same picture again and again
            self._found = read_image(picture.data, deep=self.config.deep)
            self._searched = picture.sha256
        return self._voter.feed(self._found)


def source_of(config: Camera) -> PictureSource:
    """Where the pictures of a configured camera come from."""
    film = config.url.startswith("file:") and config.url.lower().endswith(FILMS)
    if film or config.url.startswith(("rtsp:", "rtsps:", "v4l2:")):
        from devices.links.video import VideoStream  # noqa: PLC0415 -- only where a camera streams

        return VideoStream(config.url, username=config.username, password_env=config.password_env)
    return picture_source(
        config.url,
        username=config.username,
        password_env=config.password_env,
        timeout_s=config.timeout_s,
    )
