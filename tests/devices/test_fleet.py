"""The fleet: nobody waits for anybody else, nothing is dropped, faults of ours stay with one device."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from devices.adapters.scanner import ScannerAdapter
from devices.config import load_devices
from devices.errors import LinkError
from devices.fleet import Fleet, UnknownDevice
from devices.live import Live, NotWeighed
from devices.readings import Reading, ScanReading, Trouble, Verdict
from devices.station import QUEUE, Tapped
from tests.support.wires import Heard, Pty, fleet, run, scale_table, scanner_table, until, within


def test_a_consumer_that_hangs_at_one_device_does_not_hold_up_the_other(tmp_path: Path) -> None:
    async def story() -> None:
        one, two = Pty(tmp_path / "one"), Pty(tmp_path / "two")
        seen: list[str] = []
        hang = asyncio.Event()

        async def take(reading: Reading) -> Verdict | None:
            if reading.device == "one":
                await hang.wait()
            if isinstance(reading, ScanReading):
                seen.append(f"{reading.device}:{reading.text}")
            return "accepted"

        tables = [scanner_table(str(one.path), id="one"), scanner_table(str(two.path), id="two")]
        async with Fleet(load_devices(tables), take) as working:
            await until(lambda: all(h.ok for h in working.health()))
            one.write(b"]C0A\r")
            two.write(b"]C0B\r]C0C\r")
            await until(lambda: seen == ["two:B", "two:C"])
            hang.set()
            await until(lambda: "one:A" in seen)
        one.unplug()
        two.unplug()

    run(story())


def test_a_missing_port_does_not_delay_a_good_one(tmp_path: Path) -> None:
    async def story() -> None:
        good = Pty(tmp_path / "good")
        tables = [
            scanner_table("/dev/no-such-port", id="missing"),
            scanner_table("socket://192.0.2.1:4001", id="far"),
            scanner_table(str(good.path), id="good"),
        ]
        heard = Heard()
        async with fleet(tables, heard) as working:
            await until(lambda: working.health_of("good").ok)
            good.write(b"]C0A\r")
            await until(lambda: heard.of(ScanReading))
            health = await until(lambda: (h := working.health_of("missing")).state == "no_link" and h)
            assert (health.code, health.remedy) == ("missing", "plug_in")
            trouble = await until(lambda: heard.of(Trouble, "missing"))
            assert trouble[0].code == "link_missing"
        good.unplug()

    run(story())


def test_a_busy_port_is_named_and_taken_when_it_is_free(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        table = scanner_table(str(pty.path), id="g", reconnect_s=0.05)
        async with fleet([table]) as first:
            await until(lambda: first.health_of("g").ok)
            second = Fleet(load_devices([table]))
            await second.__aenter__()
            health = await until(lambda: (h := second.health_of("g")).state == "no_link" and h)
            assert (health.code, health.remedy) == ("busy", "close_other")
        await until(lambda: second.health_of("g").ok)
        await second.__aexit__(None, None, None)
        pty.unplug()

    run(story())


def test_a_full_queue_holds_back_the_wire_and_loses_no_scan(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        texts = [f"P{number:05d}" for number in range(QUEUE * 4)]
        async with fleet([scanner_table(str(pty.path), id="g")]) as working:
            await until(lambda: working.health_of("g").ok)

            def send() -> None:
                for text in texts:
                    pty.write(f"]C0{text}\r".encode())

            sending = asyncio.create_task(asyncio.to_thread(send))
            await until(lambda: working.health_of("g").counters.readings == QUEUE)
            got: list[str] = []
            async for reading in working.readings():
                assert isinstance(reading, ScanReading)
                got.append(reading.text)
                if len(got) == len(texts):
                    break
            await sending
        pty.unplug()
        assert got == texts

    run(story())


def test_readings_take_turns(tmp_path: Path) -> None:
    async def story() -> None:
        ptys = [Pty(tmp_path / name) for name in ("a", "b")]
        tables = [scanner_table(str(pty.path), id=pty.path.name) for pty in ptys]
        async with fleet(tables) as working:
            await until(lambda: all(h.ok for h in working.health()))
            for pty in ptys:
                pty.write(b"".join(b"]C0%d\r" % number for number in range(20)))
            await until(lambda: sum(h.counters.readings for h in working.health()) == 40)
            order = [reading.device async for reading in _first(working, 40)]
            assert sorted(order[:4]) == ["a", "a", "b", "b"]
        for pty in ptys:
            pty.unplug()

    run(story())


async def _first(working: Fleet, count: int):  # type: ignore[no-untyped-def]
    async for reading in working.readings():
        yield reading
        count -= 1
        if not count:
            return


def test_the_verdict_goes_back_to_the_device_after_it_was_taken(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        order: list[str] = []

        async def take(reading: Reading) -> Verdict | None:
            order.append("recorded")
            if isinstance(reading, ScanReading) and reading.text == "BAD":
                raise RuntimeError("the disk is full")
            return "refused"

        table = scanner_table(
            str(pty.path), id="g", signals={"refused": r"\x15", "attention": "?", "accepted": r"\x06"}
        )
        async with Fleet(load_devices([table]), take) as working:
            await until(lambda: working.health_of("g").ok)
            pty.write(b"]C0A\r")
            assert await asyncio.to_thread(pty.read) == b"\x15"
            assert order == ["recorded"]
            pty.write(b"]C0BAD\r")
            assert await asyncio.to_thread(pty.read) == b"?", "what could not be recorded never sounds good"
        pty.unplug()

    run(story())


def test_a_fault_of_ours_stays_with_one_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good_take = ScannerAdapter.take

    async def bad_take(self: ScannerAdapter, result: object) -> None:
        if self.config.id == "bad":
            raise ZeroDivisionError("a bug")
        await good_take(self, result)  # type: ignore[arg-type]

    monkeypatch.setattr(ScannerAdapter, "take", bad_take)

    async def story() -> None:
        bad, good = Pty(tmp_path / "bad"), Pty(tmp_path / "good")
        heard = Heard()
        tables = [scanner_table(str(bad.path), id="bad"), scanner_table(str(good.path), id="good")]
        async with fleet(tables, heard) as working:
            await until(lambda: all(h.ok for h in working.health()))
            bad.write(b"]C0A\r")
            await until(lambda: working.health_of("bad").state == "failed")
            good.write(b"]C0B\r")
            await until(lambda: heard.of(ScanReading, "good"))
            await until(lambda: working.health_of("bad").ok, "it is started again")
        bad.unplug()
        good.unplug()

    run(story())


def test_what_was_switched_off_stays_off_and_unknown_names_are_named(tmp_path: Path) -> None:
    async def story() -> None:
        off = scanner_table("/dev/none", id="off", enabled=False)
        async with fleet([off]) as working:
            assert working.health_of("off").state == "off"
            assert not await working.signal("off", "accepted")
            assert working.live("off") is None
            assert working.picture("off") is None
            refused = await working.capture("off", 0)
            assert isinstance(refused, NotWeighed)
            assert refused.reason == "not_a_scale"
            with pytest.raises(LinkError):
                await working.send("off", b"x")
            with pytest.raises(UnknownDevice, match="known are off"):
                working.live("on")

    run(story())


def test_live_weights_are_offered_when_they_change(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        async with fleet([scale_table(str(pty.path), id="s")]) as working:
            lives = working.lives()
            first = await within(anext(lives))
            assert isinstance(first, Live)
            assert first.phase == "no_data"
            await until(lambda: working.health_of("s").state == "no_data")
            pty.write(b"\x02+00123401F\x03")
            shown = await within(anext(lives))
            assert (shown.kg, shown.value, shown.unit) == (1240, 1234, "kg")
            assert shown.to_dict()["kg"] == "1240"
            await lives.aclose()  # type: ignore[attr-defined]
        pty.unplug()

    run(story())


def test_a_tap_hears_bytes_frames_and_readings(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        taps: list[Tapped] = []
        async with fleet([scanner_table(str(pty.path), id="g")]) as working:
            await until(lambda: working.health_of("g").ok)
            end = working.tap("g", taps.append)
            pty.write(b"]C0A\r")
            await until(lambda: taps)
            await working.send("g", b"!")
            assert b"".join(t.data for t in taps if t.way == "in") == b"]C0A\r"
            assert taps[-1].way == "out"
            assert [type(r).__name__ for t in taps for r in t.results] == ["Label"]
            assert [type(r).__name__ for t in taps for r in t.readings] == ["ScanReading"]
            end()
            end()
            pty.write(b"]C0B\r")
            await until(lambda: working.health_of("g").counters.readings == 2)
            assert all(b"B" not in t.data for t in taps)
        pty.unplug()

    run(story())


@pytest.mark.slow
def test_a_thousand_reconnects_leak_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        threads = threading.active_count()
        files = len(os.listdir("/dev/fd"))
        table = scanner_table(str(pty.path), id="g", reconnect_s=0.001, repeat_s=0)
        heard = Heard()
        async with fleet([table], heard) as working:
            for number in range(1000):
                await until(lambda: working.health_of("g").ok)
                pty.write(b"]C0A\r")
                await until(lambda n=number: working.health_of("g").counters.frames == n + 1)  # type: ignore[misc]
                pty.unplug()
                await until(lambda n=number: working.health_of("g").counters.reconnects >= n + 1)  # type: ignore[misc]
                pty.plug()
            assert threading.active_count() <= threads + 3
            assert len(heard.of(ScanReading)) == 1000
        pty.unplug()
        await until(lambda: threading.active_count() <= threads + 1)
        assert len(os.listdir("/dev/fd")) <= files + 1

    asyncio.run(asyncio.wait_for(story(), 110))
