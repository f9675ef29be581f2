"""A folder into which a program lays files: each file once, when it has stopped growing, oldest first."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: files that are remembered as told
REMEMBERED = 20_000


class NewFiles:
    """What is new in a folder. Asked now and then, from a thread: it reads the disk."""

    def __init__(self, path: Path, suffixes: tuple[str, ...], largest: int) -> None:
        self.path = path
        self._suffixes = suffixes
        self._largest = largest
        self._told: OrderedDict[tuple[str, int, int], None] = OrderedDict()
        self._growing: dict[str, tuple[int, int]] = {}

    def look(self) -> list[tuple[str, bytes]]:
        """Name and content (one byte above the limit at most) of files that are new and whole. Raises ``OSError``."""
        with os.scandir(self.path) as entries:
            files = sorted(
                (info.st_mtime_ns, entry.name, info.st_size)
                for entry in entries
                if entry.name.lower().endswith(self._suffixes) and entry.is_file()
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
                    data = file.read(self._largest + 1)
            except OSError:
                continue  # taken away again between listing and reading
            self._told[key] = None
            while len(self._told) > REMEMBERED:
                self._told.popitem(last=False)
            found.append((name, data))
        self._growing = growing
        return found


def folder_of(url: str) -> Path:
    """The folder that a URL (``folder:///path``) or a plain path names."""
    parts = urlsplit(url)
    return Path(unquote(parts.path) if parts.scheme else url)
