"""A simulated Modbus TCP device: holding registers and coils of several units, by hand and not by a library.

``registers`` and ``coils`` are keyed by unit and address (from 0). What is not there is answered with exception 2;
a unit in ``silent`` does not answer at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

_READ_COILS, _READ_HOLDING, _READ_INPUT, _WRITE_COIL, _WRITE_COILS = 1, 3, 4, 5, 15
_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS, _ILLEGAL_VALUE = 1, 2, 3


class _Refused(Exception):  # noqa: N818 -- travels inside this module only
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ModbusServer:
    """Serves on the loopback while started."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.registers: dict[tuple[int, int], int] = {}
        self.coils: dict[tuple[int, int], bool] = {}
        self.silent: set[int] = set()
        #: every switching of a coil, in order: (unit, address, on)
        self.switched: list[tuple[int, int, bool]] = []
        #: called before registers are read, to bring them up to date
        self.refresh: Callable[[int], Mapping[int, int]] = lambda unit: {}
        self._server: asyncio.Server | None = None
        self._peers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The address for a device configuration."""
        return f"modbus://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    async def start(self) -> None:
        """Listen; port 0 takes a free number and keeps it."""
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._peer, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up on everybody."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._peers):
            writer.transport.abort()

    async def _peer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = await reader.readexactly(7)
                    size = int.from_bytes(head[4:6], "big")
                    if head[2:4] != b"\0\0" or not 2 <= size <= 254:
                        break
                    pdu = await reader.readexactly(size - 1)
                    if head[6] in self.silent:
                        continue
                    answer = self.answer(head[6], pdu)
                    writer.write(head[:4] + (len(answer) + 1).to_bytes(2, "big") + head[6:7] + answer)
                    await writer.drain()
        finally:
            self._peers.discard(writer)
            writer.close()

    def answer(self, unit: int, pdu: bytes) -> bytes:
        """The answer to one request (function and data, without header)."""
        try:
            return pdu[:1] + self._answer(unit, pdu[0], pdu[1:])
        except _Refused as refused:
            return bytes((pdu[0] | 0x80, refused.code))

    def _answer(self, unit: int, function: int, data: bytes) -> bytes:
        if len(data) < 4:
            raise _Refused(_ILLEGAL_VALUE)
        start, count = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        if function in (_READ_HOLDING, _READ_INPUT):
            for address, value in self.refresh(unit).items():
                self.registers[unit, address] = value
            values = [self._known(self.registers, unit, start + place) for place in range(count)]
            return bytes((2 * count,)) + b"".join(value.to_bytes(2, "big") for value in values)
        if function == _READ_COILS:
            bits = [self._known(self.coils, unit, start + place) for place in range(count)]
            packed = sum(bit << place for place, bit in enumerate(bits))
            return bytes(((count + 7) // 8,)) + packed.to_bytes((count + 7) // 8, "little")
        if function == _WRITE_COIL:
            if count not in (0x0000, 0xFF00):
                raise _Refused(_ILLEGAL_VALUE)
            self._switch(unit, start, count == 0xFF00)
            return data[:4]
        if function == _WRITE_COILS:
            packed = int.from_bytes(data[5:], "little")
            for place in range(count):
                self._switch(unit, start + place, bool(packed >> place & 1))
            return data[:4]
        raise _Refused(_ILLEGAL_FUNCTION)

    def _switch(self, unit: int, address: int, on: bool) -> None:
        self._known(self.coils, unit, address)
        self.coils[unit, address] = on
        self.switched.append((unit, address, on))

    @staticmethod
    def _known(table: Mapping[tuple[int, int], int], unit: int, address: int) -> int:
        if (unit, address) not in table:
            raise _Refused(_ILLEGAL_ADDRESS)
        return table[unit, address]


class Board(ModbusServer):
    """A relay board or traffic light of a scenario: ``outputs`` coils of one unit, all off at first."""

    kind = "relay"
    protocol = "modbus"

    def __init__(
        self, device_id: str, point: str = "", *, port: int = 0, unit: int = 1, outputs: int = 8
    ) -> None:
        super().__init__(port)
        self.id, self.point, self.unit = device_id, point, unit
        self.coils = {(unit, address): False for address in range(outputs)}

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``; ``on`` holds the outputs that are switched on."""
        return {
            "id": self.id,
            "kind": self.kind,
            "protocol": self.protocol,
            "point": self.point,
            "url": self.url,
            "plugged": self.running,
            "connected": bool(self._peers),
            "on": [address for (_, address), on in self.coils.items() if on],
            "switched": len(self.switched),
        }
