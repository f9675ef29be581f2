"""Real processes for the journeys: ``karvon demo``, ``karvon serve`` and the simulated devices, each as a person starts it."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from terminal.demo.people import PASSWORD

T = TypeVar("T")
#: longest wait for anything that must happen by itself, in seconds: a machine under load is slow, not wrong
PATIENCE = 150.0
KARVON = (sys.executable, "-m", "terminal.cli")


def until(found: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Ask again until the answer is true; its value. Fails with ``what`` when that takes too long."""
    deadline = time.monotonic() + patience
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Process:
    """A child process whose lines on standard output can be waited for."""

    def __init__(self, command: Sequence[str], *, stdin: bool = False) -> None:
        self.child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        self.said: list[str] = []
        self._ended = False
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._lines.put(line.decode(errors="replace").rstrip("\n"))
        self._lines.put(None)

    def line(self, patience: float = PATIENCE) -> str | None:
        """The next line; None when the process has ended."""
        line = self._lines.get(timeout=patience)
        if line is not None:
            self.said.append(line)
        self._ended = line is None
        return line

    def find(self, pattern: str, patience: float = PATIENCE) -> re.Match[str]:
        """Read on until a line matches."""
        deadline = time.monotonic() + patience
        while (line := self.line(max(0.1, deadline - time.monotonic()))) is not None:
            if (match := re.search(pattern, line)) is not None:
                return match
        raise AssertionError("it ended: " + "\n".join(self.said))

    def rest(self) -> str:
        """Everything it said, once it has ended."""
        if self._ended:
            return "\n".join(self.said)
        while self.line() is not None:
            pass
        return "\n".join(self.said)

    def interrupt(self) -> int:
        """Ctrl-C; its exit code."""
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(PATIENCE)

    def kill(self) -> None:
        """The power goes off."""
        self.child.kill()
        self.close()

    def close(self) -> None:
        """End it, whatever it does, and let go of its pipes."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self._reader.join(PATIENCE)
        print(self.rest())  # shown beside a test that failed
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Voice:
    """Somebody who speaks to the API of a running server over the network, as a station does."""

    def __init__(self, address: str, login: str, language: str = "en") -> None:
        self.client = httpx.Client(
            base_url=address, trust_env=False, timeout=30, headers={"accept-language": language}
        )
        told = self.client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
        assert told.status_code == 200, told.text
        self.client.headers["x-csrf-token"] = told.json()["csrf"]

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of something that must be there."""
        answer = self.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """A write."""
        return self.client.post(f"/api/v1{path}", json=body)

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """The answer to a write that could be asked."""
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def close(self) -> None:
        """Hang up."""
        self.client.close()


class Demo(Process):
    """``karvon demo``: the server, its simulated devices, and the sample day; ``busy`` with the morning before it."""

    def __init__(self, data: Path, *options: str, port: int = 0, busy: bool = False) -> None:
        more = options if busy else (*options, "--no-morning")
        super().__init__((*KARVON, "demo", "--data", str(data), "--port", str(port), *more))
        self.data = data
        self._hand: Voice | None = None

    def ready(self) -> str:
        """Its address, without the slash at the end."""
        self.address = self.find(r"(http://localhost:\d+)/")[1]
        return self.address

    def act(self, action: str, device: str, **more: Any) -> None:
        """Do something at a simulated device: what drivers, forklifts and the wind do."""
        self._hand = self._hand or Voice(self.address, "admin")
        self._hand.ask("/demo/device", action=action, device=device, **more)

    def close(self) -> None:
        """Stop everything."""
        if self._hand is not None:
            self._hand.close()
        super().close()


class Simulators(Process):
    """``python -m simulators``: devices that live on when the server dies. Killed and started again, they keep their
    places: the pseudo-terminals have the same names."""

    def __init__(self, folder: Path) -> None:
        token = folder / "control.token"
        options = ("--dir", str(folder), "--control", "0", "--token-file", str(token))
        super().__init__((sys.executable, "-m", "simulators", "terminal", *options), stdin=True)
        self.urls: dict[str, str] = {}
        while "control" not in (said := json.loads(self.line() or "{}")):
            self.urls[said["device"]] = said["url"]
        self.client = httpx.Client(
            base_url=said["control"],
            headers={"authorization": f"Bearer {token.read_text()}"},
            trust_env=False,
            timeout=30,
        )

    def act(self, action: str, device: str, **more: Any) -> dict[str, Any]:
        """Do something at one device."""
        answer = self.client.post(f"/{action}", json={"device": device, **more})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def close(self) -> None:
        """Stop them."""
        self.client.close()
        super().close()


def verified(data: Path) -> dict[str, Any]:
    """What ``karvon verify --state`` says of a store that no server holds: chain and every row must be proven."""
    told: dict[str, Any] = {}
    for options in ((), ("--state",)):
        ended = subprocess.run(
            (*KARVON, "verify", "--data", str(data), "--json", *options), capture_output=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        told = json.loads(ended.stdout)
    return told
