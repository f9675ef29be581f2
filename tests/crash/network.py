"""The story of a gate PC far from its terminal, over a line that cuts, delays and loses.

Gate PC and terminal are two hosts: network namespaces of their own, each with one tunnel device. Every packet between
them passes through this process, which delays each by its own time (so that they overtake one another), loses some,
and now and then all of them. Needs Linux with ``/dev/net/tun`` and ``unshare``, no rights beyond; where these are not
to be had, gate PC and terminal share a host and a relay between them delays and cuts their connections.
"""

from __future__ import annotations

import fcntl
import heapq
import json
import os
import random
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from tests.crash.gateways import Gate, play
from tests.crash.servers import HOUSE, Nursery, Server
from tests.crash.stations import Result

NEAR, FAR = "10.77.0.1", "10.77.0.2"
#: seconds each packet travels at least and at most, and the share of packets that never arrive
DELAY_S, LOSS = (0.01, 0.05), 0.05

_TUNSETIFF, _TUN_NO_PI = 0x400454CA, 0x1001
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFFLAGS, _UP_RUNNING = 0x8916, 0x891C, 0x8914, 0x41


def _set_up(name: str, address: str) -> None:
    """Give an interface its address in a network of 24 bits, and bring it up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for what, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.0")):
            place = struct.pack("16sHH4s8x8x", name.encode(), socket.AF_INET, 0, socket.inet_aton(value))
            fcntl.ioctl(asking, what, place)
        fcntl.ioctl(asking, _SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), _UP_RUNNING))


def _tunnel(address: str) -> int:
    """A tunnel device of this namespace: what is written to the descriptor arrives here, what leaves is read from it."""
    tunnel = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tunnel, _TUNSETIFF, struct.pack("16sH22x", b"line", _TUN_NO_PI))
    _set_up("line", address)
    return tunnel


class _Between(threading.Thread):
    """What lies between gate PC and terminal, and may be cut."""

    def __init__(self, name: str, seed: int = 7) -> None:
        super().__init__(name=name, daemon=True)
        self._chance = random.Random(seed)
        self._cut = threading.Event()
        self._over = threading.Event()
        self.cuts = 0

    def cut(self, seconds: float) -> None:
        """Nothing passes for so long."""
        self.cuts += 1
        self._cut.set()
        time.sleep(seconds)
        self._cut.clear()

    def close(self) -> None:
        """Carry no more."""
        self._over.set()
        self.join(10)


class Line(_Between):
    """The line between the two hosts: it carries packets."""

    def __init__(self, near: int, far: int) -> None:
        super().__init__("line")
        self._other = {near: far, far: near}
        self.passed = self.lost = 0

    def run(self) -> None:
        """Carry packets until :meth:`close`."""
        travelling: list[tuple[float, int, int, bytes]] = []
        while not self._over.is_set():
            now = time.monotonic()
            while travelling and travelling[0][0] <= now:
                _, _, there, packet = heapq.heappop(travelling)
                with suppress(OSError):  # a host whose buffer is full loses a packet too
                    os.write(there, packet)
            wait = min(0.02, travelling[0][0] - now) if travelling else 0.02
            for here in select.select(list(self._other), [], [], max(0.0, wait))[0]:
                packet = os.read(here, 65_536)
                if self._cut.is_set() or self._chance.random() < LOSS:
                    self.lost += 1
                    continue
                self.passed += 1
                due = time.monotonic() + self._chance.uniform(*DELAY_S)
                heapq.heappush(travelling, (due, self.passed, self._other[here], packet))


class Relay(_Between):
    """The same where a host cannot be divided: it carries the bytes of connections."""

    def __init__(self, port: int) -> None:
        super().__init__("relay")
        self._far = port
        self._gate = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._gate.getsockname()[1])

    def run(self) -> None:
        """Carry bytes until :meth:`close`."""
        pairs: dict[socket.socket, socket.socket] = {}
        while not self._over.is_set():
            for here in select.select([self._gate, *pairs], [], [], 0.02)[0]:
                if here is self._gate:
                    near, _ = self._gate.accept()
                    try:
                        far = socket.create_connection(("127.0.0.1", self._far), timeout=2)
                    except OSError:
                        near.close()
                        continue
                    pairs |= {near: far, far: near}
                elif here in pairs:
                    self._carry(here, pairs)
            time.sleep(self._chance.uniform(*DELAY_S) / 4)
            while self._cut.is_set() and not self._over.is_set():
                time.sleep(0.01)

    @staticmethod
    def _carry(here: socket.socket, pairs: dict[socket.socket, socket.socket]) -> None:
        try:
            data = here.recv(65_536)
            pairs[here].sendall(data)
        except OSError:
            data = b""
        if not data:
            there = pairs.pop(here)
            pairs.pop(there, None)
            here.close()
            there.close()

    def close(self) -> None:
        super().close()
        self._gate.close()


class _FarServer(Server):
    """A terminal on the other host, or behind the relay."""

    far = ""

    @property
    def address(self) -> str:
        return self.far or f"http://{FAR}:{self.port}"


class _FarGate(Gate):
    """The line is cut again and again; every third time the terminal dies meanwhile."""

    def __init__(self, folder: Path, near: Nursery, far: Nursery, line: Line | None) -> None:
        super().__init__(folder, near, lambda config, port: _FarServer(far, config, port))
        self._line: Line | Relay
        if line is None:
            self._line = relay = Relay(self.server.port)
            assert isinstance(self.server, _FarServer)
            self.server.far = f"http://127.0.0.1:{relay.port}"
        else:
            self._line = line
            config = self.server.config
            text = config.read_text(encoding="utf-8")
            config.write_text(f'{text}\n[server]\nhost = "{FAR}"\n', encoding="utf-8")
        self._line.start()
        self._lengths = random.Random(11)

    def strike(self, number: int) -> None:
        if number % 3 == 0:
            self.kills += 1
            self.server.kill()
            self.server.begin()
        self._line.cut(self._lengths.uniform(0.1, 1.5))

    def close(self) -> str:
        """Take the line away; returns what it did."""
        self._line.close()
        if isinstance(self._line, Relay):
            return f"{self._line.cuts} cuts, by a relay"
        sent = self._line.passed + self._line.lost
        return f"{self._line.cuts} cuts; {self._line.lost} of {sent} packets lost"


def _may_tunnel() -> bool:
    """True when this user may make hosts with tunnels of their own."""
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", __name__, "--try"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, check=False, capture_output=True, cwd=HOUSE).returncode == 0
    )


def bad_line(folder: Path, cuts: int) -> Result:
    """Every label that beeped at the gate is in the journal of the terminal on the other host, once, in order."""
    if not _may_tunnel():
        with Nursery() as here:
            return _told(_FarGate(folder, here, here, None), cuts)
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", __name__, str(folder), str(cuts)]
    told = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, cwd=HOUSE)
    assert told.returncode == 0, told.stdout
    return Result(**json.loads(told.stdout.splitlines()[-1]))


def _near(folder: Path, cuts: int) -> None:
    """Be the host of the gate, and tell the story."""
    _set_up("lo", "127.0.0.1")
    meeting = folder / "meeting"
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(str(meeting))
        waiting.listen()
        wrap = ["unshare", "--net", sys.executable, "-m", __spec__.name, "--far", str(meeting)]
        with Nursery(wrap) as far, Nursery() as near:
            with waiting.accept()[0] as there:
                _, (tunnel,), _, _ = socket.recv_fds(there, 1, 1)
            result = _told(_FarGate(folder, near, far, Line(_tunnel(NEAR), tunnel)), cuts)
    print(json.dumps(asdict(result)))


def _told(story: _FarGate, cuts: int) -> Result:
    play(story, cuts)
    return story.result("bad line", story.close())


def _far(meeting: str, command: list[str]) -> None:
    """Be the host of the terminal: hand over its end of the line, and become ``command``."""
    _set_up("lo", "127.0.0.1")
    with socket.socket(socket.AF_UNIX) as there:
        there.connect(meeting)
        tunnel = _tunnel(FAR)
        socket.send_fds(there, [b"."], [tunnel])
    os.execv(command[0], command)


if __name__ == "__main__":
    if sys.argv[1] == "--try":
        _tunnel(NEAR)
    elif sys.argv[1] == "--far":
        _far(sys.argv[2], sys.argv[3:])
    else:
        _near(Path(sys.argv[1]), int(sys.argv[2]))
