"""Stories of other troubles: a full disk, a clock that jumps, a torn write-ahead log, two servers on one file."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from terminal.store import url_of
from tests.crash.killed import told
from tests.crash.servers import Nursery, gone, wait_until
from tests.crash.stations import Result, Station

#: more than the write-ahead log takes before it is moved (16,000 pages of 4 kB), or the log itself fills the disk
DISK_MB = 160


def _may_mount() -> bool:
    """True when this user may give a process a small disk of its own."""
    command = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/mnt"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


@contextmanager
def _small_disk(folder: Path) -> Iterator[tuple[Nursery, Path]]:
    """A nursery whose servers see a small disk at ``folder``, and where that disk is for us."""
    mount = f'mount -t tmpfs -o size={DISK_MB}m,mode=700 none "$0" && exec "$@"'
    with Nursery(["unshare", "--mount", "--map-root-user", "sh", "-c", mount, str(folder)]) as nursery:
        yield nursery, Path(f"/proc/{nursery.process.pid}/root{folder}")


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    """Fill a disk to the last byte, and make room again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _no_longer_files(pid: int) -> Iterator[None]:
    """Where nobody may mount: no file of the process may grow beyond a page, and it may again afterwards."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def full_disk(folder: Path, times: int, seed: int = 5, longest_s: float = 0.7) -> Result:
    """The disk is full, with and without a death meanwhile; then there is room again."""
    mine, small = folder / "mine", folder / "disk"
    mine.mkdir()
    small.mkdir()
    small_disk = _may_mount()
    with _small_disk(small) if small_disk else _plain(small) as (nursery, disk):
        story = told("full disk", mine, url_of(mine / "karvon.sqlite3"), seed, nursery)
        for path in mine.iterdir():
            if path.is_file():
                shutil.copy(path, disk / path.name)
        (disk / "karvon.toml").write_text((mine / "karvon.toml").read_text().replace(str(mine), str(small)))
        server = story.server
        server.config = small / "karvon.toml"  # its log stays outside: a full disk is no reason to be silent
        with story.scanning():
            for number in range(times):
                story.a_moment(longest_s)
                with _full(disk) if small_disk else _no_longer_files(server.pid):
                    _more("a full disk is never said", lambda: len(_put_off(story.stations)))
                    if number % 2:
                        server.kill()
                if number % 2:
                    server.start()
                _more("it never went on", lambda: sum(len(station.answered) for station in story.stations))
        said = {answer.json()["detail"] for answer in _put_off(story.stations)}
        assert all(len(sentence) > 20 for sentence in said), said
        kills = server.kills
        after = folder / "after"
        after.mkdir()
        for path in disk.glob("karvon.sqlite3*"):
            if not path.name.endswith(".owner"):
                shutil.copy(path, after / path.name)
    note = f"{len(_put_off(story.stations))} answers 503; {'a disk' if small_disk else 'files'} of a few MB"
    return story.result(kills, note, url_of(after / "karvon.sqlite3"))


@contextmanager
def _plain(folder: Path) -> Iterator[tuple[Nursery, Path]]:
    with Nursery() as nursery:
        yield nursery, folder


def _more(what: str, count: Callable[[], int], many: int = 8) -> None:
    """Wait until there are so many more."""
    before = count()
    wait_until(what, lambda: count() > before + many)


def _put_off(stations: Sequence[Station]) -> list[httpx.Response]:
    return [answer for station in stations for answer in station.put_off]


def jumping_clock(folder: Path, jumps: int, seed: int = 6, longest_s: float = 0.6) -> Result:
    """The clock of the server jumps three hours forward and back while everybody scans, with a death now and then."""
    clock = folder / "clock"
    clock.write_text("0", encoding="utf-8")
    with Nursery() as nursery:
        story = told("clock jumps 3 h", folder, url_of(folder / "karvon.sqlite3"), seed, nursery, clock)
        with story.scanning():
            for number in range(jumps):
                story.a_moment(longest_s)
                new = folder / "clock.new"
                new.write_text(str((10_800, 0, -10_800, 0)[number % 4]), encoding="utf-8")
                new.replace(clock)
                if number % 3 == 2:
                    story.server.kill()
                    story.server.start()
            story.a_moment(longest_s)
        return story.result(story.server.kills, f"{jumps} jumps")


def torn_log(folder: Path, times: int, seed: int = 7, longest_s: float = 0.6) -> Result:
    """Killed, and what the disk had not finished is behind the last commit: garbage, half a frame, a frame of before."""
    log = folder / "karvon.sqlite3-wal"
    with Nursery() as nursery:
        story = told("torn write-ahead log", folder, url_of(folder / "karvon.sqlite3"), seed, nursery)
        with story.scanning():
            for number in range(times):
                story.a_moment(longest_s)
                story.server.kill()
                _tear(log, number, story.chance.randbytes(9000))
                story.server.start()
        return story.result(story.server.kills, f"{times} torn ends")


def _tear(log: Path, how: int, noise: bytes) -> None:
    """Leave behind the last frame what a power cut leaves; what was flushed before is whole."""
    if not log.exists() or log.stat().st_size < 32:
        return
    with log.open("r+b") as file:
        head = file.read(32)
        page = int.from_bytes(head[8:12], "big")
        frame = 24 + page
        file.seek(0, os.SEEK_END)
        size = file.tell()
        if how % 3 == 0:
            file.write(noise)
        elif how % 3 == 1:  # the beginning of a frame that looks right, and no more
            file.write((1).to_bytes(4, "big") + bytes(4) + head[16:24] + noise[:100])
        elif size >= 32 + frame:  # an old frame once more: its checksum cannot fit here
            file.seek(32)
            again = file.read(frame)
            file.seek(0, os.SEEK_END)
            file.write(again + noise[: frame // 2])


def two_servers(folder: Path, times: int, seed: int = 8, longest_s: float = 0.5) -> Result:
    """A second server on the same file is refused with a sentence, also right after the first was killed and is back."""
    with Nursery() as nursery:
        story = told("two servers, one file", folder, url_of(folder / "karvon.sqlite3"), seed, nursery)
        refused = folder / "second.log"
        with story.scanning():
            for _ in range(times):
                story.a_moment(longest_s)
                story.server.kill()
                story.server.start()
                argv = ["serve", "--config", str(folder / "karvon.toml"), "--port", "0"]
                second = nursery.born(argv, refused)
                wait_until("a second server stays", lambda pid=second: gone(pid), 30)  # type: ignore[misc]
        said = refused.read_text(encoding="utf-8")
        assert said.count("Only one server may own a SQLite file") == times, said
        return story.result(story.server.kills, f"{times} refused")
