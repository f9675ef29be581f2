"""Modbus TCP through pymodbus: registers for transmitters, coils for lamps.

:class:`ModbusLink` takes and gives the frames of the serial form (address, function, data, CRC), so that whatever
speaks Modbus RTU over a wire speaks it over TCP as well; what registers mean is not its business.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerRTU

from devices.errors import LinkLost, LinkRefused

PORT = 502
CONNECT_S = 5.0
ANSWER_S = 1.0

#: functions that read: bits, bits, registers, registers
_READS = {1: "read_coils", 2: "read_discrete_inputs", 3: "read_holding_registers", 4: "read_input_registers"}


async def connect(host: str, port: int) -> AsyncModbusTcpClient:
    """A connected client that does not reconnect by itself. Raises :class:`LinkRefused`."""
    client = AsyncModbusTcpClient(host, port=port, timeout=ANSWER_S, retries=0, reconnect_delay=0)
    try:
        async with asyncio.timeout(CONNECT_S):
            connected = await client.connect()
    except (TimeoutError, ModbusException, OSError):
        connected = False
    if not connected:
        client.close()
        raise LinkRefused(
            f"{host}:{port} does not answer as a Modbus TCP device.",
            code="unreachable",
            remedy="check_network",
        )
    return client


class ModbusLink:
    """Read requests in serial form go out over TCP; their answers come back in serial form."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.note = ""
        self._client: AsyncModbusTcpClient | None = None
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def open(self) -> None:
        """Connect. Raises :class:`LinkRefused`."""
        self._client = await connect(self.host, self.port)

    async def read(self) -> bytes:
        """The next answer. Raises :class:`LinkLost`."""
        data = await self._inbox.get()
        if data is None:
            raise LinkLost(f"{self.host}:{self.port} closed the connection.", remedy="check_network")
        return data

    async def write(self, data: bytes) -> None:
        """Send one read request. A unit that does not answer gives no bytes. Raises :class:`LinkLost`."""
        client = self._client
        if client is None or not client.connected:
            self._inbox.put_nowait(None)
            raise LinkLost(f"The connection to {self.host}:{self.port} is closed.", remedy="check_network")
        if len(data) != 8 or data[1] not in _READS:
            raise LinkLost("Only reading is possible over this link.", remedy="check_protocol")
        unit, function = data[0], data[1]
        start, count = int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:6], "big")
        try:
            answer = await getattr(client, _READS[function])(start, count=count, device_id=unit)
        except ConnectionException:
            self._inbox.put_nowait(None)
            raise LinkLost(f"{self.host}:{self.port} is lost.", remedy="check_network") from None
        except ModbusException:
            return  # no answer in time, or a broken one: for the asker both are silence
        if answer.isError():
            frame = bytes((unit, function | 0x80, getattr(answer, "exception_code", 4)))
        elif function in (1, 2):
            packed = bytearray((count + 7) // 8)
            for place, bit in enumerate(answer.bits[:count]):
                packed[place // 8] |= bit << place % 8
            frame = bytes((unit, function, len(packed))) + packed
        else:
            registers = b"".join(value.to_bytes(2, "big") for value in answer.registers)
            frame = bytes((unit, function, len(registers))) + registers
        self._inbox.put_nowait(frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big"))

    async def close(self) -> None:
        """Hang up."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
        self._inbox.put_nowait(None)


class Coils:
    """Outputs of one unit. Addresses count from 0, as on the wire."""

    def __init__(self, host: str, port: int, unit: int) -> None:
        self.host, self.port, self.unit = host, port, unit
        self._client: AsyncModbusTcpClient | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Connect. Raises :class:`LinkRefused`."""
        self._client = await connect(self.host, self.port)

    async def read(self, address: int) -> bool:
        """Whether an output is on. Raises :class:`LinkLost`."""
        answer = await self._ask("read_coils", address, count=1)
        return bool(answer.bits[0])

    async def write(self, address: int, on: bool) -> None:
        """Switch one output; back when the unit has confirmed it. Raises :class:`LinkLost`."""
        await self._ask("write_coil", address, on)

    async def _ask(self, function: str, *arguments: object, **more: object) -> Any:
        client = self._client
        where = f"Unit {self.unit} at {self.host}:{self.port}"
        if client is None or not client.connected:
            raise LinkLost(f"The connection to {self.host}:{self.port} is closed.", remedy="check_network")
        try:
            async with self._turn:
                answer = await getattr(client, function)(*arguments, device_id=self.unit, **more)
        except ModbusException as error:
            raise LinkLost(f"{where} does not answer: {error}.", remedy="check_network") from None
        if answer.isError():
            code = getattr(answer, "exception_code", "?")
            raise LinkLost(
                f"{where} refuses output {arguments[0]} (exception {code}).", remedy="check_device"
            )
        return answer

    async def close(self) -> None:
        """Hang up; outputs stay as they are."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(ModbusException, OSError):
                client.close()
