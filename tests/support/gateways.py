"""For tests of the gateway: a terminal that answers as it is told, real servers, and a scanner on a TCP port."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[2]

#: (status, body, headers); None hangs until the client has given up
Told = tuple[int, Any, dict[str, str]] | None


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ScriptedTerminal:
    """Takes readings over HTTP. ``script`` decides the answer to each request; by default everything is accepted."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.script: Callable[[str, list[dict[str, Any]]], Told | str] = lambda path, readings: "take"
        self.tokens: list[str] = []
        self._open = threading.Event()
        terminal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["content-length"]))
                terminal.tokens.append(self.headers.get("authorization", ""))
                terminal._answer(self, json.loads(data))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, handler: BaseHTTPRequestHandler, readings: Any) -> None:
        told = self.script(handler.path, readings)
        if isinstance(readings, list):
            self.requests.append(readings)
        if told is None:
            self._open.wait(30)
            handler.close_connection = True
            return
        if isinstance(told, str):
            for reading in readings:
                self.taken.setdefault(reading["id"], reading)
            told = (200, [{"id": reading["id"], "verdict": "accepted"} for reading in readings], {})
        status, body, headers = told
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    @property
    def texts(self) -> list[str]:
        """What was scanned, in the order in which it was first taken."""
        return [reading["text"] for reading in self.taken.values() if reading["reading"] == "scan"]

    @contextmanager
    def running(self) -> Iterator[ScriptedTerminal]:
        """Listen."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._open.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)


class Scanner:
    """A scanner with a TCP port, worked by a patient operator: a label is scanned again until it beeps."""

    def __init__(self) -> None:
        self.beeps: asyncio.Queue[bytes] = asyncio.Queue()
        self.connected = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> Scanner:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        self.url = f"socket://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        if self._writer is not None:
            self._writer.transport.abort()

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.connected.set()
        with suppress(OSError):
            while data := await reader.read(100):
                for byte in data:
                    self.beeps.put_nowait(bytes((byte,)))
        if self._writer is writer:
            self._writer = None
            self.connected.clear()
        writer.close()

    async def scan(self, text: str) -> None:
        """Read one label; lost when nobody listens."""
        await asyncio.wait_for(self.connected.wait(), 30)
        if self._writer is not None:
            with suppress(OSError):
                self._writer.write(b"]C0" + text.encode() + b"\r\n")
                await self._writer.drain()

    async def scan_until_heard(self, text: str, patience: float = 5.0) -> bytes:
        """Scan again and again until there is a beep; returns the beep."""
        while not self.beeps.empty():
            self.beeps.get_nowait()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            await self.scan(text)
            waited = time.monotonic() + patience
            while time.monotonic() < waited and self.connected.is_set():
                with suppress(TimeoutError):
                    return await asyncio.wait_for(self.beeps.get(), 0.1)
        raise AssertionError(f"no beep for {text}")


#: what a scanner hears: accepted, already done, refused, attention
SIGNALS = {"accepted": "A", "already_done": "D", "refused": "R", "attention": "T"}


def gateway_toml(folder: Path, devices: list[dict[str, Any]], **settings: Any) -> Path:
    """Write a configuration."""
    lines = ["[gateway]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
    for device in devices:
        lines.append("[[devices]]")
        for key, value in device.items():
            text = json.dumps(value)
            if isinstance(value, dict):
                text = "{ " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in value.items()) + " }"
            lines.append(f"{key} = {text}")
    path = folder / "gateway.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def scanner_of(url: str, identity: str = "gate-scanner", **more: Any) -> dict[str, Any]:
    """The configuration of a scanner that beeps and hears every repetition."""
    return {
        "id": identity,
        "kind": "scanner",
        "protocol": "scan_text",
        "url": url,
        "point": "tally-1",
        "repeat_s": 0,
        "signals": SIGNALS,
        **more,
    }


class Process:
    """A ``karvon`` command in a process of its own, which can be killed without warning."""

    def __init__(self, *arguments: str, log: Path) -> None:
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "terminal.cli", *arguments],
            stdout=self._log,
            stderr=self._log,
            stdin=subprocess.DEVNULL,
            cwd=HOUSE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def kill(self) -> None:
        """No warning, no clean-up. Killed twice is killed once."""
        self.process.kill()
        self.process.wait(10)
        self._log.close()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._log.close()
        return code
