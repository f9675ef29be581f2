"""Reports that take long: made in threads of their own, a few at a time, while everybody goes on working.

A job belongs to the person who asked for it and is forgotten after some hours or when the terminal stops: a report can
always be made again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from terminal.reports.model import Report
from terminal.reports.source import Progress
from terminal.store.ids import uuid7

log = logging.getLogger("karvon")
#: jobs that run at the same time, jobs that are remembered for one person, and for how long
AT_ONCE, REMEMBERED, FORGOTTEN = 2, 10, timedelta(hours=4)
State = Literal["waiting", "running", "done", "failed"]


@dataclass(slots=True)
class Job:
    """One report under way. ``done`` of ``all`` entries of the journal were read."""

    id: str
    owner: str
    ask: Any
    at: datetime
    state: State = "waiting"
    done: int = 0
    all: int = 0
    report: Report | None = None

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        if self.state == "done":
            return 100
        return min(99, self.done * 100 // self.all) if self.all else 0


@dataclass(slots=True)
class Jobs:
    """The jobs of one running terminal."""

    clock: Callable[[], datetime]
    _jobs: dict[str, Job] = field(default_factory=dict)
    _room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, owner: str, ask: Any, work: Callable[[Progress], Report]) -> Job:
        """Begin; the same question of the same person that still runs is not asked twice."""
        now = self.clock()
        with self._lock:
            self._forget(owner, now)
            for job in self._jobs.values():
                if job.owner == owner and job.ask == ask and job.state in ("waiting", "running"):
                    return job
            job = Job(str(uuid7()), owner, ask, now)
            self._jobs[job.id] = job
        threading.Thread(target=self._run, args=(job, work), name=f"report-{job.id}", daemon=True).start()
        return job

    def get(self, identity: str, owner: str) -> Job | None:
        """The job, for whoever asked for it."""
        job = self._jobs.get(identity)
        return job if job is not None and job.owner == owner else None

    def of(self, owner: str) -> list[Job]:
        """The jobs of a person, newest first."""
        with self._lock:
            self._forget(owner, self.clock())
            return [job for job in reversed(self._jobs.values()) if job.owner == owner]

    def _forget(self, owner: str, now: datetime) -> None:
        mine = [job for job in self._jobs.values() if job.owner == owner]
        over = [job for job in self._jobs.values() if now - job.at > FORGOTTEN]
        for job in (*mine[: max(0, len(mine) - REMEMBERED + 1)], *over):
            if job.state in ("done", "failed"):
                self._jobs.pop(job.id, None)

    def _run(self, job: Job, work: Callable[[Progress], Report]) -> None:
        def progress(done: int, entries: int) -> None:
            # Two passes over the journal (devices) count one after the other: what was reached is never taken back.
            job.done, job.all = max(job.done, done), max(job.all, entries)

        with self._room:
            job.state = "running"
            try:
                job.report = work(progress)
                job.state = "done"
            except Exception:
                job.state = "failed"
                log.exception("the report %s could not be made", job.id)
