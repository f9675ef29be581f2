"""The simulated devices of the demo: a process of their own at the other end of real wires, watched and restarted.

A demo that runs on a screen for days must not stand there with dead scales because one process died: it is started
again under the same addresses, with growing pauses, and says so.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

log = logging.getLogger("karvon.demo")

START_S = 30.0
#: first and longest pause before they are started again; a process that lived this long begins with the first again
FIRST_PAUSE_S, LONGEST_PAUSE_S, LIVED_S = 0.5, 30.0, 60.0
AWAY = "The simulated devices have stopped and are being started again. Try again in a moment."


class SimulatorsError(RuntimeError):
    """The simulators did not start; the text is what they said."""


class Simulated:
    """``python -m simulators`` as a child process, with its control port. Use as an async context manager."""

    def __init__(self, scenario: str, folder: Path) -> None:
        self._scenario = scenario
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._client: httpx.AsyncClient | None = None
        self._watching: asyncio.Task[None] | None = None
        #: device id -> address it can be reached at
        self.urls: dict[str, str] = {}
        #: how often they were started again
        self.restarts = 0

    @property
    def running(self) -> bool:
        """Whether they answer now."""
        return self._client is not None

    @property
    def pid(self) -> int | None:
        """The process that plays the devices."""
        return self._process.pid if self._process is not None else None

    async def __aenter__(self) -> Self:
        """Start them and wait until every device has an address. Raises :class:`SimulatorsError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._start()
        self._watching = asyncio.create_task(self._watch(), name="simulators")
        return self

    async def _start(self) -> None:
        token_file = self._folder / "control.token"
        ports = {
            device: number
            for device, url in self.urls.items()
            if "://" in url and (number := urlsplit(url).port) is not None
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "simulators",
            self._scenario,
            "--dir",
            str(self._folder),
            "--control",
            "0",
            "--token-file",
            str(token_file),
            "--ports",
            json.dumps(ports),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl-C reaches us first; we close their standard input
        )
        try:
            control = await asyncio.wait_for(self._addresses(), START_S)
        except (TimeoutError, ValueError) as error:
            await self._end()
            raise SimulatorsError(f"the simulated devices did not start: {error}") from error
        token = token_file.read_text(encoding="ascii").strip()
        self._client = httpx.AsyncClient(
            base_url=control, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=10
        )

    async def _addresses(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "control" in said:
                return str(said["control"])
            self.urls[said["device"]] = said["url"]
        raise ValueError("they ended at once")

    async def _watch(self) -> None:
        """Start them again whenever they end."""
        pause, started = FIRST_PAUSE_S, time.monotonic()
        while True:
            assert self._process is not None
            code = await self._process.wait()
            client, self._client = self._client, None
            if client is not None:
                await client.aclose()
            if time.monotonic() - started >= LIVED_S:
                pause = FIRST_PAUSE_S
            log.error("The simulated devices ended (%s); they are started again in %.1f s.", code, pause)
            await asyncio.sleep(pause)
            pause, started = min(2 * pause, LONGEST_PAUSE_S), time.monotonic()
            try:
                await self._start()
            except (SimulatorsError, OSError) as error:
                log.error("%s", error)
                continue
            self.restarts += 1
            log.warning("The simulated devices run again, at the same addresses.")

    async def __aexit__(self, *_: object) -> None:
        """Stop them."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._end()

    async def _end(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def do(self, action: str, device: str, **more: Any) -> dict[str, Any]:
        """One action at a device (``scan``, ``put``, ``take`` ...). Raises ``ValueError`` with their sentence."""
        if self._client is None:
            raise ValueError(AWAY)
        try:
            answer = await self._client.post(f"/{action}", json={"device": device, **more})
            body: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ValueError(AWAY) from error
        if answer.status_code != httpx.codes.OK:
            raise ValueError(body.get("error", "the simulators refused"))
        return body

    async def devices(self) -> list[dict[str, Any]]:
        """Every simulated device with what it does now; none while they are being started again."""
        if self._client is None:
            return []
        try:
            body = (await self._client.get("/devices")).json()
        except (httpx.HTTPError, ValueError):
            return []
        found: list[dict[str, Any]] = body["devices"]
        return found
