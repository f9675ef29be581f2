"""Servers that are killed without warning and are back in a moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

HOUSE = Path(__file__).parents[2]
START_S = 240.0


def gone(pid: int) -> bool:
    """True when no such process is there any more: all of its threads are gone and its files are closed."""
    return not Path(f"/proc/{pid}").exists()


def wait_until(what: str, ready: object, seconds: float = START_S) -> None:
    """Poll until ``ready()`` is true; fails with ``what`` when it takes longer than ``seconds``."""
    assert callable(ready)
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class Nursery:
    """Where servers come from. ``wrap`` is a command that runs it in other surroundings (a small disk)."""

    def __init__(self, wrap: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*wrap, sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HOUSE,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        assert first == "ready\n", f"the nursery said {first!r}"

    def born(self, argv: Sequence[str], log: Path, clock: Path | None = None) -> int:
        """A new ``karvon`` process; returns its number."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"argv": list(argv), "log": str(log), "clock": str(clock) if clock else None}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait(10)


class Server:
    """One ``karvon serve`` under one configuration, through all its lives."""

    def __init__(self, nursery: Nursery, config: Path, port: int, clock: Path | None = None) -> None:
        self._nursery = nursery
        self.config = config
        self._clock = clock
        self.port = port
        self.log = config.with_suffix(".log")
        self.pid = 0
        self.kills = 0

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Live, and do not wait until it answers."""
        argv = ["serve", "--config", str(self.config), "--port", str(self.port)]
        self.pid = self._nursery.born(argv, self.log, self._clock)

    def start(self) -> None:
        """Live; back when it answers."""
        self.begin()
        self.wait()

    def ready(self) -> bool:
        """True when it takes writes."""
        assert not gone(self.pid), f"the server ended by itself: {self.said()}"
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def wait(self) -> None:
        """Back when it answers."""
        wait_until("the server never answered", self.ready)

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""

    def kill(self) -> None:
        """SIGKILL: no warning, no clean-up."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            wait_until("a killed process stays", lambda: gone(self.pid))
            self.kills += 1
            self.pid = 0

    def end(self) -> None:
        """Kill it at the end of a story; this death does not count."""
        if self.pid and not gone(self.pid):
            kills = self.kills
            self.kill()
            self.kills = kills
