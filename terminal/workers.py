"""``karvon serve --workers N``: several processes that share one port and one PostgreSQL.

The parent opens the port, brings the tables up to date, and starts the workers with the open socket; a worker that dies
is replaced. The parent answers nothing itself, so nothing is lost with it but the care for the others. On SQLite one
process owns the file, so more than one worker is refused.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from devices.config import Relay
from devices.errors import ConfigProblem
from terminal.settings import Settings
from terminal.store import sqlite_path

log = logging.getLogger("karvon")
STOP_S = 15.0  # workers finish what they have begun; then they are killed
SOON_S = 1.0  # a worker that lives less long than this is not started again at once
LOOK_S = 0.1


def insist_on_postgres(settings: Settings, workers: int) -> None:
    """Raise :class:`ConfigProblem` when these settings cannot have so many workers."""
    if workers < 1:
        raise ConfigProblem([f"--workers {workers}: one worker at least."])
    if workers > 1 and sqlite_path(settings.database) is not None:
        raise ConfigProblem(
            [
                f"--workers {workers} needs PostgreSQL: only one process may write a SQLite file. Set `database` to "
                "a postgresql:// address, or start without --workers."
            ]
        )
    if workers > 1 and os.name == "nt":
        raise ConfigProblem(
            ["--workers needs Linux or macOS: Windows does not hand an open port to other processes."]
        )


class Workers:
    """The parent of ``count`` workers on one port."""

    def __init__(self, config: Path, settings: Settings, count: int, port: int | None) -> None:
        self._config = config
        self._count = count
        self._stopping = False
        host = settings.server.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server(
            (host, settings.server.port if port is None else port), family=family, backlog=2048
        )
        self._listening.set_inheritable(True)
        self._workers: dict[subprocess.Popen[bytes], float] = {}

    @property
    def port(self) -> int:
        """The port they share."""
        return int(self._listening.getsockname()[1])

    def run(self) -> int:
        """Keep the workers alive until SIGTERM or SIGINT; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        with tempfile.TemporaryDirectory(prefix="karvon-workers-") as room:  # 0700: nobody else enters
            log.info("%d workers on port %d", self._count, self.port)
            while not self._stopping:
                self._replace(Path(room))
                time.sleep(LOOK_S)
            self._end()
        self._listening.close()
        return 0

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _replace(self, room: Path) -> None:
        now = time.monotonic()
        for worker, born in list(self._workers.items()):
            if worker.poll() is None:
                continue
            if now - born < SOON_S:
                continue  # it is counted as there until its second is over
            log.error("Worker %d ended with %s; another takes its place.", worker.pid, worker.returncode)
            del self._workers[worker]
        while len(self._workers) < self._count and not self._stopping:
            handle = self._listening.fileno()
            command = [sys.executable, "-m", "terminal.cli", "serve", "--config", str(self._config)]
            command += ["--worker", f"{handle}:{room}:{os.getpid()}"]
            self._workers[subprocess.Popen(command, pass_fds=[handle])] = now

    def _end(self) -> None:
        for worker in self._workers:
            worker.terminate()
        until = time.monotonic() + STOP_S
        for worker in self._workers:
            try:
                worker.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def run_worker(config: Path, place: str) -> int:
    """Be one worker; ``place`` is what the parent says: the number of its open socket, the common folder, itself."""
    from terminal.running import open_service, server, settings_of  # noqa: PLC0415 -- the parent needs none of it
    from terminal.workers_keeper import Worker  # noqa: PLC0415

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every request that is passed on
    handle, _, rest = place.partition(":")
    room, _, parent = rest.rpartition(":")
    service = open_service(settings_of(config, None))
    lamps = any(isinstance(device, Relay) for device in service.settings.devices)
    running = server(service, alone=not lamps)
    app: Any = running.config.app
    worker = Worker(app, service, Path(room))
    running.config.app = worker
    service.leading = worker.lead
    _end_with(int(parent))
    with socket.socket(fileno=int(handle)) as listening:
        running.run(sockets=[listening])
    return 0 if running.started else 3


def _end_with(parent: int) -> None:
    """Stop when the parent is gone: nobody would replace or stop this worker then."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_S * 5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="karvon-parent", daemon=True).start()
