"""TCP with asyncio streams, calling out or being called.

Not pyserial's ``socket://``: that one throws away what arrives while it opens, and a device that greets
first loses its greeting. A dead peer that sends no FIN is found by keep-alive within about half a minute.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from contextlib import suppress

from devices.errors import LinkLost, LinkRefused

CONNECT_S = 5.0
WRITE_S = 2.0
CHUNK = 4096


class TcpClientLink:
    """Connects to a device server, network reader or scale terminal."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.note = ""
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect within five seconds. Raises :class:`LinkRefused`."""
        where = f"{self.host}:{self.port}"
        try:
            async with asyncio.timeout(CONNECT_S):
                self._reader, self._writer = await asyncio.open_connection(
                    self.host, self.port, limit=4 * CHUNK
                )
        except TimeoutError:
            raise LinkRefused(
                f"{where} does not answer within {CONNECT_S:g} seconds.",
                code="unreachable",
                remedy="check_network",
            ) from None
        except ConnectionRefusedError:
            raise LinkRefused(
                f"{where} refuses the connection.", code="refused", remedy="free_session"
            ) from None
        except socket.gaierror:
            raise LinkRefused(
                f"The name {self.host} is not known on this network.",
                code="unreachable",
                remedy="check_network",
            ) from None
        except OSError as error:
            raise LinkRefused(
                f"{where} cannot be reached: {reason(error)}.", code="unreachable", remedy="check_network"
            ) from None
        keep_alive(self._writer)

    async def read(self) -> bytes:
        """Whatever arrived. Raises :class:`LinkLost` when the peer hangs up."""
        if self._reader is None:
            raise LinkLost("The connection is closed.", remedy="check_network")
        try:
            data = await self._reader.read(CHUNK)
        except OSError as error:
            raise LinkLost(
                f"{self.host}:{self.port} is lost: {reason(error)}.", remedy="check_network"
            ) from None
        if not data:
            raise LinkLost(f"{self.host}:{self.port} closed the connection.", remedy="check_network")
        return data

    async def write(self, data: bytes) -> None:
        """Send all of it within two seconds. Raises :class:`LinkLost`."""
        await send(self._writer, data, f"{self.host}:{self.port}")

    async def close(self) -> None:
        """Hang up."""
        writer, self._writer = self._writer, None
        await hang_up(writer)


class TcpServerLink:
    """Waits for the device to call. The newest caller wins: after a power cut the old one is a ghost."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.note = ""
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue(64)

    async def open(self) -> None:
        """Listen. Raises :class:`LinkRefused` when the port is taken. Port 0 takes any free one."""
        try:
            self._server = await asyncio.start_server(
                self._called, self.host, self.port, limit=4 * CHUNK, reuse_address=True
            )
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            raise LinkRefused(
                f"Port {self.port} is taken by another program."
                if busy
                else f"Cannot listen on {self.host}:{self.port}: {reason(error)}.",
                code="busy" if busy else "unusable",
                remedy="choose_port",
            ) from None
        self.port = self._server.sockets[0].getsockname()[1]
        self.note = f"Waiting for the device to connect to port {self.port}."

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ghost, self._writer = self._writer, writer
        await hang_up(ghost)
        keep_alive(writer)
        self.note = ""
        try:
            await self._inbox.put(b"")
            while data := await reader.read(CHUNK):
                if self._writer is not writer:
                    break
                await self._inbox.put(data)
        except OSError:
            pass  # the caller is gone; the note below says so and the next call is welcome
        finally:
            if self._writer is writer:
                self._writer = None
                self.note = f"The device hung up; waiting for it to connect to port {self.port} again."
            writer.close()

    async def read(self) -> bytes:
        """Whatever arrived from the present caller; ``b""`` when a new one has called."""
        data = await self._inbox.get()
        if data is None:
            raise LinkLost("The port is closed.", remedy="none")
        return data

    async def write(self, data: bytes) -> None:
        """Send to the present caller. Raises :class:`LinkLost` when there is none."""
        await send(self._writer, data, "the device")

    async def close(self) -> None:
        """Stop listening and hang up."""
        server, self._server = self._server, None
        writer, self._writer = self._writer, None
        if server is not None:
            server.close()
        await hang_up(writer)
        if self._inbox.full():
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)


async def send(writer: asyncio.StreamWriter | None, data: bytes, whom: str) -> None:
    """Write and drain within two seconds. Raises :class:`LinkLost`."""
    if writer is None:
        raise LinkLost(f"There is no connection to {whom}.", remedy="check_network")
    try:
        writer.write(data)
        async with asyncio.timeout(WRITE_S):
            await writer.drain()
    except TimeoutError:
        raise LinkLost(f"{whom} takes no more bytes.", remedy="check_network") from None
    except (OSError, RuntimeError) as error:
        raise LinkLost(f"{whom} is lost: {error}.", remedy="check_network") from None


async def hang_up(writer: asyncio.StreamWriter | None) -> None:
    """Close without waiting for a peer that no longer answers."""
    if writer is None:
        return
    writer.transport.abort()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()


def keep_alive(writer: asyncio.StreamWriter) -> None:
    """Find a dead peer within half a minute; send small commands at once."""
    sock = writer.get_extra_info("socket")
    if sock is None:
        return
    options = [
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 10),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 20_000),
    ]
    for level, name, value in options:
        if hasattr(socket, name):  # not every system has every option
            with suppress(OSError):
                sock.setsockopt(level, getattr(socket, name), value)


def reason(error: OSError) -> str:
    """The system's own words for an error, without the numbers."""
    return os.strerror(error.errno) if error.errno else str(error)
