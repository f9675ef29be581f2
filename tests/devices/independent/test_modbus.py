"""Modbus by other hands: pymodbus reads our simulated transmitter, and our codec talks to its server."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from devices.protocols import codec
from devices.readings import WeightReading
from tests.simulators.every import configured, simulated
from tests.support.wires import fleet, run, until, within, world


@pytest.mark.parametrize("kg", ["124.5", "0.0", "250.0"])
def test_pymodbus_reads_our_simulated_transmitter(tmp_path: Path, kg: str) -> None:
    async def story() -> None:
        async with world(tmp_path, [simulated("modbus_rtu", "tcp", kg=kg)]) as there:
            port = int(there.devices["modbus-rtu"].describe()["url"].rpartition(":")[2])
            client = AsyncModbusTcpClient("127.0.0.1", port=port, framer=FramerType.RTU, timeout=5)
            assert await client.connect()
            try:
                answer = await within(client.read_holding_registers(6, count=5, device_id=1))
                assert not answer.isError(), answer
                status, high, low, *_ = answer.registers
                assert Decimal(high << 16 | low).scaleb(-1) == Decimal(kg)
                assert status >> 11 & 1, "the load stands still"
                part = await within(client.read_holding_registers(7, count=2, device_id=1))
                assert part.registers == [high, low]
                beyond = await within(client.read_holding_registers(100, count=2, device_id=1))
                assert beyond.isError()
                assert beyond.exception_code == 2
                written = await within(client.write_register(5, 8, device_id=1))
                assert written.isError(), "nobody zeroes this scale over its wire"
            finally:
                client.close()

    run(story())


@pytest.mark.parametrize("count", [12340, 200, 3000000])
def test_our_fleet_weighs_with_the_server_of_pymodbus(count: int) -> None:
    """A block as a Laumas transmitter has it, served by somebody else's code, with their CRC."""

    async def story() -> None:
        block = [1 << 11, count >> 16, count & 0xFFFF, count >> 16, count & 0xFFFF]
        device = SimDevice(1, [SimData(6, values=block, datatype=DataType.REGISTERS)])
        server = ModbusTcpServer(device, framer=FramerType.RTU, address=("127.0.0.1", 0))
        await server.listen()
        assert server.transport is not None
        port = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        try:
            table = configured("modbus_rtu", f"socket://127.0.0.1:{port}", capacity_kg=400000)
            async with fleet([table]) as working:
                await until(lambda: working.health_of("modbus-rtu").ok)
                taken = await within(working.capture("modbus-rtu", 10))
                assert isinstance(taken, WeightReading), taken
                assert taken.value == Decimal(count).scaleb(-1)
                assert working.health_of("modbus-rtu").counters.bad_check == 0
        finally:
            await server.shutdown()
            await asyncio.sleep(0)

    run(story())


def test_our_request_is_what_pymodbus_sends() -> None:
    """Byte for byte: the poll for the Laumas block."""
    sent: list[bytes] = []

    async def story() -> None:
        async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sent.append(await reader.read(64))
            writer.close()

        listening = await asyncio.start_server(swallow, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        client = AsyncModbusTcpClient(
            "127.0.0.1", port=port, framer=FramerType.RTU, retries=0, timeout=2, reconnect_delay=0
        )
        await client.connect()
        asking = asyncio.create_task(client.read_holding_registers(6, count=5, device_id=1))
        await until(lambda: sent)
        client.close()
        await asyncio.gather(asking, return_exceptions=True)
        listening.close()

    run(story())
    assert sent == [codec("modbus_rtu", {"layout": "laumas", "addr": 1}).poll()]
