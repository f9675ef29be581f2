"""What adapters make of frames: repeats, lost settings, plates, events, relays, echoes; on real ports."""

from __future__ import annotations

import asyncio
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from devices.protocols import codec
from devices.protocols.results import Message
from devices.readings import EventReading, PlateReading, ScanReading, Trouble, WeightReading
from tests.support.wires import Heard, Pty, fleet, run, scale_table, scanner_table, until, within


def test_repeats_within_the_window_are_one_scan_and_later_ones_are_two(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        async with fleet([scanner_table(str(pty.path), id="g", repeat_s=0.3)], heard) as working:
            await until(lambda: working.health_of("g").ok)
            pty.write(b"]C0A\r]C0A\r]C0B\r]C0A\r")
            await until(lambda: working.health_of("g").counters.frames == 4)
            await asyncio.sleep(0.31)
            pty.write(b"]C0A\r")
            await until(lambda: len(heard.of(ScanReading)) == 4)
            assert working.health_of("g").counters.repeats == 1
        pty.unplug()
        assert [s.text for s in heard.of(ScanReading)] == ["A", "B", "A", "A"]

    run(story())


def test_a_scanner_that_was_reset_is_noticed_at_its_first_scan(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        table = scanner_table(str(pty.path), id="g", require_aim=True, codec={"aim": False})
        async with fleet([table], heard) as working:
            await until(lambda: working.health_of("g").ok)
            pty.write(b"00340123450000000017\r")
            troubles = await until(lambda: heard.of(Trouble))
        pty.unplug()
        assert (troubles[0].code, troubles[0].remedy) == ("aim_missing", "set_scanner")
        assert troubles[0].raw == b"00340123450000000017\r"
        assert heard.of(ScanReading) == []

    run(story())


def test_half_a_frame_is_given_up_when_the_line_falls_idle(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        async with fleet([scanner_table(str(pty.path), id="g")], heard) as working:
            await until(lambda: working.health_of("g").ok)
            pty.write(b"]C100340123")
            await until(lambda: working.health_of("g").counters.truncated == 1)
            pty.write(b"]C100340123450000000017\r")
            scans = await until(lambda: heard.of(ScanReading))
        pty.unplug()
        assert scans[0].text == "00340123450000000017"

    run(story())


def test_half_a_frame_before_a_replug_is_not_glued_to_the_rest_after_it(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        async with fleet([scanner_table(str(pty.path), id="g", reconnect_s=0.02)], heard) as working:
            await until(lambda: working.health_of("g").ok)
            pty.write(b"]C1003401234")
            await until(lambda: working.health_of("g").counters.bytes_in == 12)
            pty.unplug()
            await until(lambda: working.health_of("g").state == "no_link")
            pty.plug()
            await until(lambda: working.health_of("g").ok)
            pty.write(b"50000000017\r]C100340123450000000017\r")
            scans = await until(lambda: heard.of(ScanReading))
        pty.unplug()
        assert [s.text for s in scans] == ["00340123450000000017"]

    run(story())


def test_nonsense_is_a_state_with_a_remedy(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        async with fleet([scale_table(str(pty.path), id="s", silence_s=0.3)]) as working:
            await until(lambda: working.health_of("s").state == "no_data")

            def odd() -> bool:
                pty.write(b"\x9b\x16\xe0\x55" * 8)
                return working.health_of("s").state == "odd_data"

            await until(odd)
            health = working.health_of("s")
            assert "no yaohua_a9 frames" in health.sentence
            assert health.remedy == "check_line"
            assert health.counters.resync_bytes > 0
        pty.unplug()

    run(story())


def test_an_indicator_that_falls_silent_is_no_data(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        async with fleet([scale_table(str(pty.path), id="s", silence_s=0.3)]) as working:
            await until(lambda: working.health_of("s").state == "no_data")
            pty.write(b"\x02+00123401F\x03")
            await until(lambda: working.health_of("s").ok)
            await until(lambda: working.health_of("s").state == "no_data")
            assert working.health_of("s").remedy == "check_device"
            assert working.health_of("s").to_dict()["advice"]
        pty.unplug()

    run(story())


def test_our_own_echo_on_two_wires_is_not_an_answer(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        table = scale_table(
            str(pty.path),
            "mt_sics",
            id="s",
            capacity_kg=1500,
            division_kg=1,
            serial={"local_echo": True},
            answer_s=0.5,
        )
        stop = asyncio.Event()

        def echo_and_answer() -> None:
            while not stop.is_set():
                try:
                    asked = pty.read()
                except OSError:
                    return
                pty.write(asked + b"S S     612 kg\r\n" * asked.count(b"\n"))

        async with fleet([table], heard) as working:
            await until(lambda: working.health_of("s").state in {"no_data", "live"})
            answering = asyncio.create_task(asyncio.to_thread(echo_and_answer))
            taken = await within(working.capture("s", 10))
            assert isinstance(taken, WeightReading)
            assert taken.kg == 612
            assert working.health_of("s").counters.bad_format == 0
            stop.set()
        pty.unplug()
        await answering

    run(story())


def test_a_scale_that_does_not_answer_is_counted_not_stormed(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        table = scale_table(str(pty.path), "mt_sics", id="s", answer_s=0.1, poll_s=0.05, capacity_kg=1500)
        async with fleet([table]) as working:
            await until(lambda: working.health_of("s").counters.timeouts >= 3)
            asked = await asyncio.to_thread(pty.read)
            assert asked.count(b"SI\r\n") <= working.health_of("s").counters.timeouts + 1
        pty.unplug()

    run(story())


def test_an_answer_that_is_no_weight_is_neither_weight_nor_trouble(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        message = Message({"command": "A", "addr": "A"})
        raw = codec("yaohua_cmd").encode(message)
        table = scale_table(str(pty.path), "yaohua_cmd", id="s", answer_s=0.1)
        async with fleet([table], heard) as working:
            await until(lambda: working.health_of("s").state in {"no_data", "live"})
            pty.write(raw)  # a handshake is no weight, and no trouble either
            await until(lambda: working.health_of("s").counters.frames == 1)
        pty.unplug()
        assert heard.of(WeightReading) == []

    run(story())


def test_a_relay_gets_the_bytes_of_the_verdict(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        relay = {
            "id": "r",
            "kind": "relay",
            "url": str(pty.path),
            "point": "gate-1",
            "signals": {"accepted": r"\xa0\x01\x01\xa2", "refused": "NO"},
        }
        async with fleet([relay]) as working:
            await until(lambda: working.health_of("r").ok)
            assert await working.signal("r", "accepted")
            assert await asyncio.to_thread(pty.read) == b"\xa0\x01\x01\xa2"
            assert await working.signal("r", "already_done"), "a repeat sounds like an acceptance"
            assert not await working.signal("r", "attention")
        pty.unplug()

    run(story())


def test_a_plate_becomes_a_plate_reading() -> None:
    xml = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<EventNotificationAlert version="2.0" '
        b'xmlns="http://www.isapi.org/ver20/XMLSchema"><ipAddress>192.0.2.1</ipAddress>'
        b"<dateTime>2026-08-01T12:00:00+05:00</dateTime><eventType>ANPR</eventType><eventState>active</eventState>"
        b"<ANPR><country>0</country><licensePlate>01A123BC</licensePlate><line>1</line>"
        b"<direction>forward</direction><confidenceLevel>97</confidenceLevel></ANPR></EventNotificationAlert>"
    )

    async def story() -> None:
        heard = Heard()
        camera = {
            "id": "p",
            "kind": "anpr",
            "protocol": "hikvision_anpr",
            "url": "push://",
            "point": "gate-1",
        }
        async with fleet([camera], heard) as working:
            await until(lambda: working.health_of("p").ok)
            await working.feed("p", xml)
            plates = await until(lambda: heard.of(PlateReading) or heard.of(EventReading))
        assert isinstance(plates[0], PlateReading)
        assert plates[0].plate == "01A123BC"
        assert plates[0].confidence in {None, Decimal(97)}

    run(story())


@pytest.mark.parametrize("ask", [True, False])
def test_a_protocol_can_be_asked_or_listened_to(tmp_path: Path, ask: bool) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        table = scale_table(str(pty.path), "and_standard", id="s", ask=ask, answer_s=0.05)
        async with fleet([table]) as working:
            await until(lambda: working.health_of("s").state in {"no_data", "live"})
            if ask:
                await until(lambda: working.health_of("s").counters.bytes_out)
            pty.write(b"ST,GS,+0001260kg\r\n")
            await until(lambda: working.health_of("s").counters.frames == 1)
            assert bool(working.health_of("s").counters.bytes_out) is ask
        pty.unplug()

    run(story())


def test_a_peer_that_accepts_and_says_nothing_is_called_again() -> None:
    """A half-open connection looks alive for ever; a streaming scale that is silent too long is reconnected."""

    async def story() -> None:
        calls: list[asyncio.StreamWriter] = []
        silent = await asyncio.start_server(lambda _, writer: calls.append(writer), "127.0.0.1", 0)
        url = f"socket://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
        async with fleet([scale_table(url, id="s", silence_s=0.05, reconnect_s=0.02)]) as working:
            await until(lambda: len(calls) >= 2)
            assert working.health_of("s").counters.reconnects >= 1
        silent.close()
        for writer in calls:
            writer.transport.abort()

    run(story())


def test_a_device_that_calls_us_is_waited_for() -> None:
    async def story() -> None:
        heard = Heard()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        async with fleet([scanner_table(f"listen://127.0.0.1:{port}", id="g")], heard) as working:
            await until(lambda: working.health_of("g").code == "waiting")
            assert str(port) in working.health_of("g").sentence
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"]C0A\r")
            await until(lambda: heard.of(ScanReading))
            await until(lambda: working.health_of("g").ok)
            writer.close()
            await until(lambda: working.health_of("g").code == "waiting")

    run(story())
