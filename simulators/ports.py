"""Where a simulated device can be reached: a pseudo-terminal with a stable name, or a TCP port.

Both lose what is sent while nobody listens, as a real wire does; both can be unplugged and plugged in again
under the same address.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

OnBytes = Callable[[bytes], None]

#: how often a pseudo-terminal looks whether somebody has opened it
LOOK_S = 0.02
CHUNK = 4096


class Port(Protocol):
    """One end of a wire. ``url`` is what goes into the device configuration."""

    url: str

    @property
    def plugged(self) -> bool:
        """Whether the address exists."""
        ...

    @property
    def connected(self) -> bool:
        """Whether somebody listens at the other end."""
        ...

    async def plug(self) -> None:
        """Make the address exist. Raises ``OSError``."""
        ...

    async def unplug(self) -> None:
        """Pull the plug: whoever listens sees the wire die."""
        ...

    async def write(self, data: bytes) -> None:
        """Send; lost when nobody listens or takes it."""
        ...


class PtyPort:
    """A pseudo-terminal; ``path`` is a symbolic link to its present node."""

    def __init__(self, path: Path, on_bytes: OnBytes) -> None:
        self.path = path
        self.url = str(path)
        self._on_bytes = on_bytes
        self._master: int | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def plugged(self) -> bool:
        """Whether the link exists."""
        return self._master is not None

    @property
    def connected(self) -> bool:
        """Whether a program has the terminal open (Linux reports a hang-up while none has)."""
        if self._master is None:
            return False
        look = select.poll()
        look.register(self._master, select.POLLIN)
        return not any(event & (select.POLLHUP | select.POLLERR) for _, event in look.poll(0))

    async def plug(self) -> None:
        """Open a new pair and point the link at it."""
        if self._master is not None:
            return
        import pty  # noqa: PLC0415 -- POSIX only; TCP ports work everywhere
        import tty  # noqa: PLC0415

        master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        node = os.ttyname(slave)
        os.close(slave)  # from now on a hang-up on the master means: nobody listens
        self._master = master
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(node)
        fresh.replace(self.path)
        self._watch = asyncio.create_task(self._listen(master))

    async def unplug(self) -> None:
        """Close the pair and remove the link."""
        master, self._master = self._master, None
        if master is None:
            return
        with suppress(FileNotFoundError):
            self.path.unlink()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        os.close(master)

    async def write(self, data: bytes) -> None:
        """Send what the terminal takes within a second; the rest falls on the floor."""
        rest = memoryview(data)
        for _ in range(50):
            if self._master is None or not self.connected:
                return
            try:
                rest = rest[os.write(self._master, rest) :]
            except BlockingIOError:
                pass
            except OSError:
                return
            if not rest:
                return
            await asyncio.sleep(LOOK_S)

    async def _listen(self, master: int) -> None:
        """Read while somebody has the terminal open; look for one while nobody has."""
        loop = asyncio.get_running_loop()
        while True:
            if not self.connected:
                await asyncio.sleep(LOOK_S)
                continue
            readable = asyncio.Event()
            loop.add_reader(master, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(master)
            try:
                data = os.read(master, CHUNK)
            except OSError:  # nobody has it open any more, or nothing there after all
                await asyncio.sleep(LOOK_S)
                continue
            if data:
                self._on_bytes(data)


class TcpPort:
    """A TCP port on the loopback, for any number of listeners; keeps its number over unplugging."""

    def __init__(
        self,
        port: int,
        on_bytes: OnBytes,
        host: str = "127.0.0.1",
        on_connect: Callable[[], None] | None = None,
    ) -> None:
        self.host, self.port = host, port
        self._on_connect = on_connect
        self.url = f"socket://{host}:{port}"
        self._on_bytes = on_bytes
        self._server: asyncio.Server | None = None
        self._peers: set[asyncio.StreamWriter] = set()

    @property
    def plugged(self) -> bool:
        """Whether the port listens."""
        return self._server is not None

    @property
    def connected(self) -> bool:
        """Whether somebody is connected."""
        return bool(self._peers)

    async def plug(self) -> None:
        """Listen; port 0 takes a free number and keeps it."""
        if self._server is None:
            self._server = await asyncio.start_server(self._peer, self.host, self.port, reuse_address=True)
            self.port = self._server.sockets[0].getsockname()[1]
            self.url = f"socket://{self.host}:{self.port}"

    async def unplug(self) -> None:
        """Hang up on everybody and stop listening."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._peers):
            writer.transport.abort()
        self._peers.clear()

    async def write(self, data: bytes) -> None:
        """Send to every listener that still takes bytes."""
        for writer in list(self._peers):
            if writer.transport.get_write_buffer_size() > 16 * CHUNK:
                continue  # a listener that does not read loses bytes, as on a real line
            with suppress(OSError, RuntimeError):
                writer.write(data)

    async def _peer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers.add(writer)
        if self._on_connect is not None:
            self._on_connect()
        try:
            while data := await reader.read(CHUNK):
                self._on_bytes(data)
        except OSError:
            pass  # hung up without a farewell
        finally:
            self._peers.discard(writer)
            writer.close()
