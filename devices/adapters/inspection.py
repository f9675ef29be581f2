"""X-ray systems that lay their results into a folder: each record once, with its pictures found and compared."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from devices.adapters.folder import FolderAdapter
from devices.config import InspectionFolder
from devices.nii import LARGEST, InspectionResult, ResultRefused, read_result
from devices.readings import EventReading, new_id
from devices.station import Station

SUFFIXES = (".json", ".xml")


class InspectionAdapter(FolderAdapter):
    """One folder. A record is read when it has stopped growing; one that cannot be read is told once."""

    awaited = "result"

    def __init__(self, config: InspectionFolder, station: Station) -> None:
        super().__init__(config, station, SUFFIXES, LARGEST)

    async def take(self, name: str, data: bytes) -> None:
        """Read one result."""
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
