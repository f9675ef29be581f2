"""A gateway at work: devices in, queue between, terminal out; stops when told to, losing nothing.

A reading is on disk before anything is said about it: the beep of a scanner comes after the commit here, with the
verdict of the terminal when that arrives in time, and with "attention" when it does not.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import httpx

from devices.config import Relay
from devices.fleet import Fleet
from devices.readings import Reading, ScanReading, Verdict, to_dict
from terminal.gateway.configured import Configured
from terminal.gateway.courier import Courier
from terminal.gateway.credentials import Credentials, client
from terminal.store.outbox import Outbox, OutboxFull

log = logging.getLogger("karvon.gateway")

STATE = "state.json"
LOCK = "lock"
#: state for `karvon gateway status` is written so often
STATE_S = 2.0
#: a full queue is tried again after so many seconds
FULL_AGAIN_S = 1.0
#: share of the limit from which on people are warned
WARN_AT = 0.8


class AlreadyRunning(Exception):  # noqa: N818 -- the name says what happened
    """Another gateway works on this data folder."""


class Gateway:
    """The devices of one gate PC and their way to the terminal."""

    def __init__(self, configured: Configured, credentials: Credentials) -> None:
        self.configured = configured
        self.credentials = credentials
        self.full = ""
        self._waiting: dict[str, asyncio.Future[Verdict | None]] = {}
        self._beeps: set[asyncio.Task[None]] = set()
        self._held: set[str] = set()
        self.outbox: Outbox
        self.courier: Courier
        self.fleet: Fleet

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Work until ``stop``; then hand on what the devices still hold, and try to empty the queue."""
        settings = self.configured.settings
        lock = take_lock(self.configured.data_dir)
        try:
            self.outbox = Outbox(
                self.configured.queue,
                limit_bytes=self.configured.limit_bytes,
                keep_free_bytes=self.configured.keep_free_bytes,
            )
            http = client(
                self.credentials.server,
                token=self.credentials.token,
                timeout_s=settings.timeout_s,
                ca_file=self.configured.ca_file,
            )
            try:
                await self._work(http, stop, ready)
            finally:
                await http.aclose()
                await self.outbox.close()
        finally:
            lock.close()

    async def _work(self, http: httpx.AsyncClient, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        settings = self.configured.settings
        self.courier = Courier(
            self.outbox,
            http,
            self._answered,
            batch=settings.batch,
            retry_s=settings.retry_s,
            poison_s=settings.poison_s,
        )
        names = [device.id for device in self.configured.devices]
        carrying = asyncio.create_task(self.courier.run(names), name="courier")
        try:
            async with Fleet(self.configured.devices, self.on_reading) as self.fleet:
                telling = asyncio.create_task(self._tell(), name="state")
                ready()
                stopping = asyncio.create_task(stop.wait())
                try:
                    # a courier that ends has failed: stop loudly rather than fill the queue in silence
                    await asyncio.wait({stopping, carrying, telling}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    stopping.cancel()
                    telling.cancel()
                    await asyncio.gather(stopping, telling, return_exceptions=True)
            # the fleet has handed on everything it held: now the queue
            if not carrying.done():
                await self._drain(settings.drain_s)
        finally:
            failed = carrying.done()
            carrying.cancel()
            for beep in list(self._beeps):
                beep.cancel()
            await asyncio.gather(carrying, *self._beeps, return_exceptions=not failed)
            await self._write_state(running=False)

    async def on_reading(self, reading: Reading) -> Verdict | None:
        """Put a reading on disk. While the queue is full it is held here, and its device with it."""
        body = json.dumps(to_dict(reading), ensure_ascii=False, separators=(",", ":"))
        if isinstance(reading, ScanReading):  # before it is on disk: the courier may be quick
            self._waiting[reading.id] = asyncio.get_running_loop().create_future()
        while True:
            try:
                await self.outbox.put(reading.id, reading.device, body)
                break
            except OutboxFull as full:
                if not self.full:
                    log.error("%s Readings are held at the devices until there is room.", full)
                self.full = str(full)
                if reading.id not in self._held and isinstance(reading, ScanReading):
                    self._held.add(reading.id)
                    await self.fleet.signal(reading.device, "attention")
                await asyncio.sleep(FULL_AGAIN_S)
        self.full = ""
        self._held.discard(reading.id)
        if isinstance(reading, ScanReading):
            beep = asyncio.create_task(self._beep(reading))
            self._beeps.add(beep)
            beep.add_done_callback(self._beeps.discard)
        self.courier.ring(reading.device)
        return None

    def _answered(self, identity: str, verdict: Verdict | None) -> None:
        future = self._waiting.get(identity)
        if future is not None and not future.done():
            future.set_result(verdict)

    async def _beep(self, reading: Reading) -> None:
        """Tell the device what became of its reading, once: late is "attention", and later says nothing more."""
        away = self.courier.standing.state not in {"ok", "starting"}
        patience = (
            min(0.2, self.configured.settings.verdict_s) if away else self.configured.settings.verdict_s
        )
        verdict: Verdict | None = "attention"
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    verdict = await self._waiting[reading.id]
        finally:
            self._waiting.pop(reading.id, None)
        if verdict is None:
            return
        await self.fleet.signal(reading.device, verdict)
        for device in self.configured.devices:  # the lamps and barriers that stand at the same place
            if isinstance(device, Relay) and device.point == reading.point and verdict in device.signals:
                await self.fleet.signal(device.id, verdict)

    async def _drain(self, seconds: float) -> None:
        """Let the courier empty the queue, for a while; what is left waits on disk for the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (await self.outbox.amounts()).waiting:  # noqa: ASYNC110 -- the courier works meanwhile
                    await asyncio.sleep(0.05)

    async def _tell(self) -> None:
        """Keep the state file fresh."""
        warned = False
        while True:
            state = await self._write_state(running=True)
            used = state["queue"]["used_bytes"] / self.configured.limit_bytes
            if used > WARN_AT and not warned:
                log.error("the queue has used %d %% of its limit", round(100 * used))
            warned = used > WARN_AT
            await asyncio.sleep(STATE_S)

    async def _write_state(self, *, running: bool) -> dict[str, Any]:
        standing = self.courier.standing
        amounts = await self.outbox.amounts()
        state: dict[str, Any] = {
            "running": running,
            "pid": os.getpid(),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "gateway": self.credentials.id,
            "terminal": {
                "server": self.credentials.server,
                "state": standing.state,
                "sentence": standing.sentence,
                "since": standing.since,
                "last_answer": standing.last_answer,
                "failures": standing.failures,
            },
            "queue": {"full": self.full, "used_bytes": amounts.used_bytes, "waiting": amounts.waiting},
            "devices": [health.to_dict() for health in self.fleet.health()] if hasattr(self, "fleet") else [],
        }
        path = self.configured.data_dir / STATE
        part = path.with_name(f".{STATE}.part")
        with suppress(OSError):  # a full disk must not stop the carrying
            part.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
            part.replace(path)
        return state


def take_lock(folder: Path) -> IO[bytes]:
    """The lock of a data folder, held until closed. Raises :class:`AlreadyRunning`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (folder / LOCK).open("ab")
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 -- there only on Windows

            getattr(msvcrt, "locking")(file.fileno(), getattr(msvcrt, "LK_NBLCK"), 1)  # noqa: B009 -- not on this system for the type checker
        else:
            import fcntl  # noqa: PLC0415 -- not on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise AlreadyRunning(f"Another gateway works in {folder}; two would send everything twice.") from None
    return file


def is_locked(folder: Path) -> bool:
    """True while a gateway works in the folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        take_lock(folder).close()
    except AlreadyRunning:
        return True
    return False


async def until_told(gateway: Gateway, ready: Callable[[], None]) -> None:
    """Run a gateway until SIGTERM or SIGINT. A second signal does not interrupt the draining."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # not on every system; there Ctrl+C raises KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    await gateway.run(stop, ready)
