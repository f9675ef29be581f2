"""Several devices on one wire, Modbus TCP, relay boards, acknowledgements and greetings, over real ports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from devices.config import load_devices
from devices.errors import ConfigProblem
from devices.fleet import Fleet
from devices.protocols import codec
from devices.protocols.results import Label, Message, Noise, Weight
from devices.readings import ScanReading, WeightReading
from simulators.modbus import ModbusServer
from tests.support.wires import Heard, fleet, run, scale_table, scanner_table, until, within

#: protocol -> addresses of three indicators, and what each of them weighs
BUSES: dict[str, list[Any]] = {
    "tenzo_m": [1, 2, 7],
    "laumas_ascii": ["01", "02", "07"],
    "modbus_rtu": [1, 2, 7],
    "yaohua_cmd": ["A", "B", "G"],
}
KG = [Decimal(1000), Decimal(24360), Decimal(500)]


class Pair:
    """A two-wire pair behind a device server: everybody hears everything; with ``echo`` the host hears itself."""

    def __init__(self, protocol: str, *, echo: bool = False) -> None:
        self.protocol = protocol
        self.echo = echo
        self.weights = dict(zip(BUSES[protocol], KG, strict=True))
        self.silent: set[Any] = set()
        self.late: set[Any] = set()
        self.asked: list[Any] = []
        self.busy = False
        self.collisions = 0

    def settings(self, address: Any) -> dict[str, Any]:
        more = {"layout": "int32_be", "start": 0, "count": 2} if self.protocol == "modbus_rtu" else {}
        return {"addr": address, "unit": "kg", **more}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = codec(self.protocol, {"unit": "kg"}, direction="host_to_device")
        with suppress(OSError):
            while data := await reader.read(200):
                if self.echo:
                    writer.write(data)
                for request in host.feed(data):
                    if isinstance(request, Message):
                        self.collisions += self.busy
                        asyncio.get_running_loop().create_task(self.answer(request.fields["addr"], writer))
        writer.close()

    async def answer(self, address: Any, writer: asyncio.StreamWriter) -> None:
        self.asked.append(address)
        if address in self.silent:
            return
        self.busy = True
        await asyncio.sleep(0.6 if address in self.late else 0.002)
        self.busy = False
        device = codec(self.protocol, self.settings(address))
        weight = Weight(self.weights[address], "kg", True, "gross", 1, frozenset(), {"addr": address})
        with suppress(OSError, RuntimeError):
            writer.write(device.encode(weight))


@asynccontextmanager
async def pair(protocol: str, **more: Any) -> Any:
    made = Pair(protocol, **more)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    try:
        yield made, f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def tables(pair_: Pair, url: str, **more: Any) -> list[dict[str, Any]]:
    return [
        scale_table(
            url,
            pair_.protocol,
            id=f"scale-{place}",
            codec={key: value for key, value in pair_.settings(address).items() if key != "unit"},
            **more,
        )
        for place, address in enumerate(pair_.weights)
    ]


@pytest.mark.parametrize("protocol", BUSES)
@pytest.mark.parametrize("echo", [False, True])
def test_indicators_on_one_pair_are_asked_turn_by_turn(protocol: str, echo: bool) -> None:
    async def story() -> None:
        async with pair(protocol, echo=echo) as (wire, url):
            heard = Heard()
            serial = {"serial": {"local_echo": True}} if echo else {}
            async with fleet(tables(wire, url, **serial), heard) as working:
                await until(lambda: len(heard.of(WeightReading)) == 3, "three loads")
                assert {r.device: r.kg for r in heard.of(WeightReading)} == {
                    f"scale-{place}": kg for place, kg in enumerate(KG)
                }
                assert wire.collisions == 0
                assert all(health.counters.bad_format == 0 for health in working.health())

    run(story())


@pytest.mark.parametrize("protocol", ["tenzo_m", "modbus_rtu"])
def test_a_silent_or_late_address_never_stops_the_others(protocol: str) -> None:
    async def story() -> None:
        async with pair(protocol) as (wire, url):
            silent, late, good = wire.weights
            wire.silent.add(silent)
            wire.late.add(late)
            heard = Heard()
            async with fleet(tables(wire, url), heard) as working:
                await until(lambda: heard.of(WeightReading, "scale-2"), "the good one")
                await until(lambda: working.health_of("scale-0").counters.timeouts >= 2)
                await until(lambda: working.health_of("scale-0").state == "no_data")
                # asked less and less often, the dead ones leave the wire to the living one
                await until(lambda: wire.asked.count(good) > 4 * wire.asked.count(silent), "its turns")
                assert {r.kg for r in heard.of(WeightReading)} == {KG[2]}
                wire.silent.clear()
                wire.late.clear()
                await until(lambda: len({r.device for r in heard.of(WeightReading)}) == 3, "all back")

    run(story())


def test_a_pair_that_breaks_comes_back_for_all(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair("tenzo_m") as (wire, url), fleet(tables(wire, url)) as working:
            await until(lambda: all(health.ok for health in working.health()))
            bus = working._stations["scale-0"].bus
            assert bus is not None
            assert bus._link is not None
            await bus._link.close()
            await until(lambda: all(health.counters.reconnects for health in working.health()), "all lost it")
            await until(lambda: all(health.ok for health in working.health()), "all back")

    run(story())


def test_only_scales_with_addresses_of_their_own_share_a_wire() -> None:
    url = "/dev/ttyS9"
    good = [scale_table(url, "tenzo_m", codec={"addr": 1}), scale_table(url, "tenzo_m", codec={"addr": 2})]
    assert len(load_devices(good)) == 2
    cases: list[tuple[dict[str, Any], str]] = [
        (scale_table(url, "tenzo_m", codec={"addr": 1}), "same address '1'"),
        (scale_table(url, "tenzo_m", codec={"addr": 3}, serial={"baudrate": 4800}), "one wire has one speed"),
        (scale_table(url, "yaohua_a9"), "is none"),
        (scanner_table(url), "is none"),
    ]
    for table, sentence in cases:
        with pytest.raises(ConfigProblem, match=sentence):
            load_devices([good[0], table])


@asynccontextmanager
async def modbus() -> Any:
    server = ModbusServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def test_a_transmitter_is_read_over_modbus_tcp_by_its_layout() -> None:
    async def story() -> None:
        async with modbus() as server:
            kg = 24360
            block = [1 << 11, kg >> 16, kg & 0xFFFF, kg >> 16, kg & 0xFFFF]  # laumas: status, gross, net
            server.registers |= {(3, 6 + place): value for place, value in enumerate(block)}
            heard = Heard()
            table = scale_table(server.url, "modbus_rtu", codec={"layout": "laumas", "addr": 3})
            async with fleet([table], heard) as working:
                reading = (await until(lambda: heard.of(WeightReading), "the load"))[0]
                assert (reading.kg, reading.device_stable, reading.mode) == (Decimal(24360), True, "gross")
                server.silent.add(3)
                await until(lambda: working.health_of(table["id"]).state == "no_data", "silent")
                server.silent.clear()
                await until(lambda: working.health_of(table["id"]).ok, "back")
                port = server.port
                await server.stop()
                await until(lambda: working.health_of(table["id"]).state == "no_link", "gone")
                server.port = port
                await server.start()
                await until(lambda: working.health_of(table["id"]).ok, "here again")

    run(story())


def test_a_wrong_register_is_an_exception_and_never_a_weight() -> None:
    async def story() -> None:
        async with modbus() as server:
            heard = Heard()
            table = scale_table(
                server.url, "modbus_rtu", codec={"layout": "int32_be", "addr": 3, "start": 99}
            )
            async with fleet([table], heard) as working:
                await until(lambda: working.health_of(table["id"]).counters.frames > 3)
                assert heard.of(WeightReading) == []
                assert working.live(table["id"]).phase == "no_data"  # type: ignore[union-attr]

    run(story())


def relay(url: str, **more: Any) -> dict[str, Any]:
    signals = {"accepted": "0=on 1=off", "refused": "0=off 1=on", "attention": "2"}
    return {
        "id": "light",
        "kind": "relay",
        "url": url,
        "point": "gate-1",
        "signals": signals,
        "unit": 9,
        "pulse_s": 0.05,
        "reconnect_s": 0.2,
        **more,
    }


def test_a_traffic_light_follows_the_verdicts_and_a_pulse_ends() -> None:
    async def story() -> None:
        async with modbus() as server:
            server.coils |= {(9, place): False for place in range(3)}
            async with fleet([relay(server.url)]) as working:
                await until(lambda: working.health_of("light").ok)
                assert await working.signal("light", "accepted")
                assert (server.coils[9, 0], server.coils[9, 1]) == (True, False)
                assert await working.signal("light", "refused")
                assert (server.coils[9, 0], server.coils[9, 1]) == (False, True)
                assert await working.signal("light", "attention")
                assert server.coils[9, 2]
                await until(lambda: not server.coils[9, 2], "the pulse ends")
                assert await working.signal("light", "already_done")
                assert server.coils[9, 0]
                port = server.port
                await server.stop()
                await until(lambda: working.health_of("light").state == "no_link", "gone")
                assert not await working.signal("light", "accepted")
                server.port = port
                await server.start()
                await until(lambda: working.health_of("light").ok, "back")

    run(story())


def test_a_board_without_the_output_says_so() -> None:
    async def story() -> None:
        async with modbus() as server, fleet([relay(server.url)]) as working:
            await until(lambda: working.health_of("light").state == "no_link")
            assert "exception 2" in working.health_of("light").sentence

    run(story())
    with pytest.raises(ConfigProblem, match="is no output"):
        load_devices([relay("modbus://192.0.2.1", signals={"accepted": "one"})])
    with pytest.raises(ConfigProblem, match="must be modbus_rtu"):
        load_devices([scale_table("modbus://192.0.2.1", "yaohua_a9")])


class Station:
    """The device's side of a TCP port: collects what the host says, sends when told."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        with suppress(OSError):
            while data := await reader.read(100):
                self.heard += data
        writer.close()

    @asynccontextmanager
    async def listening(self) -> Any:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        try:
            yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            if self.writer is not None:
                self.writer.transport.abort()


def packet(text: str, status: int = 0) -> bytes:
    made = bytearray(codec("ssi").encode(Label(text, "]C0", "Code 128")))
    made[3] = status
    total = -sum(made[:-2]) & 0xFFFF
    return bytes(made[:-2]) + total.to_bytes(2, "big")


def acks(heard: bytes) -> list[str]:
    found = codec("ssi", direction="host_to_device").feed(bytes(heard))
    return [str(r.fields["command"]) for r in found if isinstance(r, Message) and not isinstance(r, Noise)]


def test_a_scanner_is_acknowledged_only_when_its_label_is_in_safe_hands() -> None:
    async def story() -> None:
        device, safe = Station(), asyncio.Event()
        taken: list[str] = []

        async def keep(reading: Any) -> None:
            if isinstance(reading, ScanReading):
                await safe.wait()
                taken.append(reading.text)

        async with device.listening() as url:
            table = scanner_table(url, protocol="ssi")
            async with Fleet(load_devices([table]), keep) as working:
                await until(lambda: device.writer)
                assert device.writer is not None
                device.writer.write(packet("LABEL-1"))
                await until(lambda: working.health_of(table["id"]).counters.frames == 1)
                assert acks(device.heard) == []
                safe.set()
                await until(lambda: acks(device.heard) == ["CMD_ACK"], "acknowledged")
                # the acknowledgement got lost: the scanner says it again, and it is one scan
                device.writer.write(packet("LABEL-1", status=1))
                await until(lambda: acks(device.heard) == ["CMD_ACK"] * 2, "again")
                assert taken == ["LABEL-1"]

    run(story())


def test_a_reader_is_kept_alive_and_a_terminal_is_greeted() -> None:
    async def story(table: Callable[[str], dict[str, Any]], says: bytes, wants: bytes) -> None:
        device = Station()
        async with device.listening() as url, fleet([table(url)]):
            await until(lambda: device.writer)
            assert device.writer is not None
            device.writer.write(says)
            await within(_comes(device, wants))

    async def _comes(device: Station, wants: bytes) -> None:
        await until(lambda: wants in device.heard, f"{wants.hex()}")

    alive, ack = bytes.fromhex("043E0000000A00000001"), bytes.fromhex("04480000000A00000001")
    reader = {"id": "rfid", "kind": "reader", "protocol": "llrp", "point": "gate-1"}
    run(story(lambda url: {**reader, "url": url}, alive, ack))
    run(story(lambda url: scale_table(url, "tenzo_643"), b"", b"\x010001\x10"))
