"""The simulated devices of the demo: a process of their own at the other end of real wires."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, Self

import httpx

START_S = 30.0


class SimulatorsError(RuntimeError):
    """The simulators did not start; the text is what they said."""


class Simulated:
    """``python -m simulators`` as a child process, with its control port. Use as an async context manager."""

    def __init__(self, scenario: str, folder: Path) -> None:
        self._scenario = scenario
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._client: httpx.AsyncClient | None = None
        #: device id -> address it can be reached at
        self.urls: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        """Start them and wait until every device has an address. Raises :class:`SimulatorsError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        token_file = self._folder / "control.token"
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
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl-C reaches us first; we close their standard input
        )
        try:
            control = await asyncio.wait_for(self._addresses(), START_S)
        except (TimeoutError, ValueError) as error:
            await self.__aexit__()
            raise SimulatorsError(f"the simulated devices did not start: {error}") from error
        token = token_file.read_text(encoding="ascii").strip()
        self._client = httpx.AsyncClient(
            base_url=control, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=10
        )
        return self

    async def _addresses(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "control" in said:
                return str(said["control"])
            self.urls[said["device"]] = said["url"]
        raise ValueError("they ended at once")

    async def __aexit__(self, *_: object) -> None:
        """Stop them."""
        if self._client is not None:
            await self._client.aclose()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def do(self, action: str, device: str, **more: Any) -> dict[str, Any]:
        """One action at a device (``scan``, ``put``, ``take`` ...). Raises ``ValueError`` with their sentence."""
        assert self._client is not None
        answer = await self._client.post(f"/{action}", json={"device": device, **more})
        body: dict[str, Any] = answer.json()
        if answer.status_code != httpx.codes.OK:
            raise ValueError(body.get("error", "the simulators refused"))
        return body

    async def devices(self) -> list[dict[str, Any]]:
        """Every simulated device with what it does now."""
        assert self._client is not None
        body = (await self._client.get("/devices")).json()
        found: list[dict[str, Any]] = body["devices"]
        return found
