"""What devices that lay files into a folder have in common: looking, states, and one bad file told once."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from devices.adapters.files import NewFiles, folder_of
from devices.config import FolderDevice
from devices.links.supervise import Backoff
from devices.readings import Verdict
from devices.station import Station


class FolderAdapter(ABC):
    """One folder. Families say in :meth:`take` what a file is."""

    #: what is waited for, for the sentence of the state
    awaited = "file"

    def __init__(
        self, config: FolderDevice, station: Station, suffixes: tuple[str, ...], largest: int
    ) -> None:
        self.config = config
        self.station = station
        self.path = folder_of(config.url)
        self._files = NewFiles(self.path, suffixes, largest)

    async def run(self) -> None:
        """Look into the folder until cancelled."""
        backoff = Backoff(
            first=self.config.interval_s, most=max(self.config.reconnect_s, self.config.interval_s)
        )
        while True:
            try:
                found = await asyncio.to_thread(self._files.look)
            except OSError as error:
                denied = isinstance(error, PermissionError)
                code = "denied" if denied else "missing"
                sentence = f"The folder {self.path} cannot be read: {error.strerror}."
                if self.station.state("no_link", code, sentence, "check_folder"):
                    await self.station.trouble(
                        f"link_{code}", f"The folder {self.path} cannot be read.", "check_folder"
                    )
                await asyncio.sleep(backoff.next())
                continue
            backoff.failures = 0
            if self.station.current != "live":
                self.station.state("live", "ready", f"Waiting for the next {self.awaited}.")
            for name, data in found:
                self.station.counters.bytes_in += len(data)
                await self.take(name, data)
            await asyncio.sleep(self.config.interval_s)

    async def signal(self, verdict: Verdict) -> bool:
        """A folder has no lamp."""
        return False

    @abstractmethod
    async def take(self, name: str, data: bytes) -> None:
        """Read one whole file."""
