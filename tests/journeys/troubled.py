"""A proxy between browsers and the terminal that misbehaves at random, as bad networks and broken boxes do."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

#: what may happen to a scan: before it reached the terminal, or after the terminal took it
FAULTS = ("cut", "cut after", "500", "500 after", "409", "404", "portal")
#: longer than a station waits for an answer, in seconds
SILENCE_S = 11.0
_OWN = frozenset({"transfer-encoding", "connection", "keep-alive", "content-length", "date", "server"})


class Troubled:
    """Passes everything on to a port of this machine. Of scans, every ``share``-th on average meets a fault; as many as
    ``silences`` wait longer than a station does. Streams are not passed on: pages live without them."""

    def __init__(self, port: int, *, seed: int, share: float = 0.12, silences: int = 2) -> None:
        self.port, self.share, self.silences = port, share, silences
        self.dice = random.Random(seed)
        self.lock = threading.Lock()
        self.passed = 0
        self.nonces: set[str] = set()
        self.done: Counter[str] = Counter()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.address = f"http://localhost:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def fault(self, body: bytes) -> str:
        """What happens to this scan; nothing to most."""
        with self.lock:
            self.passed += 1
            self.nonces.add(json.loads(body)["nonce"])
            if self.silences and self.passed % 40 == 0:
                self.silences -= 1
                found = "silence"
            else:
                found = self.dice.choice(FAULTS) if self.dice.random() < self.share else ""
            self.done[found] += 1
            return found

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """Pass it on."""
                self._pass()

            def do_POST(self) -> None:
                """Pass it on, unless it is a scan that meets a fault."""
                self._pass(scans=self.path == "/api/v1/scans")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def _pass(self, *, scans: bool = False) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                fault = owner.fault(body) if scans else ""
                if fault == "cut" or self.path.startswith(("/api/v1/stream", "/api/v1/live")):
                    self.close_connection = True
                    return
                if fault in ("500", "409", "404"):
                    self._say(int(fault), b'{"detail": "somebody else says so"}')
                    return
                if fault == "portal":
                    self._say(200, b"<!doctype html><title>Sign in to the network</title>")
                    return
                answer = self._ask(body)
                if fault == "silence":
                    time.sleep(SILENCE_S)
                if answer is None or fault in ("cut after", "silence"):
                    self.close_connection = True
                elif fault == "500 after":
                    self._say(500, b"")
                else:
                    self._say(*answer)

            def _ask(self, body: bytes) -> tuple[int, bytes, list[tuple[str, str]]] | None:
                line = http.client.HTTPConnection("127.0.0.1", owner.port, timeout=60)
                try:
                    line.request(self.command, self.path, body or None, dict(self.headers.items()))
                    told = line.getresponse()
                    return told.status, told.read(), told.getheaders()
                except (OSError, http.client.HTTPException):
                    return None
                finally:
                    line.close()

            def _say(self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
                try:
                    self.send_response_only(status)
                    for name, value in headers or []:
                        if name.lower() not in _OWN:
                            self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # the browser had hung up

        return Handler

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
