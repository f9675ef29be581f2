"""X-ray systems that lay their results into a folder: each record once, with its pictures found and compared."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import OrderedDict
from pathlib import Path
from urllib.parse import unquote, urlsplit

from devices.config import InspectionFolder
from devices.links.supervise import Backoff
from devices.nii import LARGEST, InspectionResult, ResultRefused, read_result
from devices.readings import EventReading, Verdict, new_id
from devices.station import Station

SUFFIXES = (".json", ".xml")
#: records that are remembered as told
REMEMBERED = 20_000


class InspectionAdapter:
    """One folder. A record is read when it has stopped growing; one that cannot be read is told once."""

    def __init__(self, config: InspectionFolder, station: Station) -> None:
        self.config = config
        self.station = station
        self.path = folder_of(config)
        self._told: OrderedDict[tuple[str, int, int], None] = OrderedDict()
        self._growing: dict[str, tuple[int, int]] = {}

    async def run(self) -> None:
        """Look into the folder until cancelled."""
        backoff = Backoff(
            first=self.config.interval_s, most=max(self.config.reconnect_s, self.config.interval_s)
        )
        while True:
            try:
                found = await asyncio.to_thread(self._look)
            except OSError as error:
                changed = self.station.state(
                    "no_link",
                    "missing",
                    f"The folder {self.path} cannot be read: {error.strerror}.",
                    "check_folder",
                )
                if changed:
                    await self.station.trouble(
                        "link_missing", f"The folder {self.path} cannot be read.", "check_folder"
                    )
                await asyncio.sleep(backoff.next())
                continue
            backoff.failures = 0
            if self.station.current != "live":
                self.station.state("live", "ready", "Waiting for the next result.")
            for name, data in found:
                await self._take(name, data)
            await asyncio.sleep(self.config.interval_s)

    async def signal(self, verdict: Verdict) -> bool:
        """A folder has no lamp."""
        return False

    async def _take(self, name: str, data: bytes) -> None:
        self.station.counters.bytes_in += len(data)
        try:
            result = read_result(data)
        except ResultRefused as refused:
            self.station.counters.bad_format += 1
            await self.station.trouble(
                "odd_result",
                f"The result {name} cannot be read, so that nothing is cleared by it: {refused}",
                "check_device",
                data[:4096],
            )
            return
        self.station.frame()
        fields = result.fields() | {
            "file": name,
            "images_found": await asyncio.to_thread(self._pictures, result),
        }
        await self.station.emit(
            EventReading(
                id=new_id(),
                device=self.config.id,
                point=self.config.point,
                at=self.station.clock.utc(),
                protocol="nii",
                kind="inspection",
                fields=fields,
                raw=data,
            )
        )

    def _pictures(self, result: InspectionResult) -> list[str]:
        """SHA-256 of the named pictures that lie in the folder and are what the record says."""
        found = []
        for image in result.images:
            if Path(image.name).name != image.name:
                continue  # a name that leads out of the folder is nobody's picture
            try:
                with (self.path / image.name).open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                continue
            if digest == image.sha256:
                found.append(digest)
        return found

    def _look(self) -> list[tuple[str, bytes]]:
        """Records that are new and whole, oldest first. Raises ``OSError``."""
        with os.scandir(self.path) as entries:
            files = sorted(
                (info.st_mtime_ns, entry.name, info.st_size)
                for entry in entries
                if entry.name.lower().endswith(SUFFIXES) and entry.is_file()
                for info in (entry.stat(),)
            )
        growing: dict[str, tuple[int, int]] = {}
        found: list[tuple[str, bytes]] = []
        for changed, name, size in files:
            key = (name, changed, size)
            if key in self._told:
                continue
            if self._growing.get(name) != (changed, size):
                growing[name] = (changed, size)
                continue
            try:
                with (self.path / name).open("rb") as file:
                    data = file.read(LARGEST + 1)
            except OSError:
                continue  # taken away again between listing and reading
            self._told[key] = None
            while len(self._told) > REMEMBERED:
                self._told.popitem(last=False)
            found.append((name, data))
        self._growing = growing
        return found


def folder_of(config: InspectionFolder) -> Path:
    """The folder that the URL names."""
    parts = urlsplit(config.url)
    return Path(unquote(parts.path) if parts.scheme else config.url)
