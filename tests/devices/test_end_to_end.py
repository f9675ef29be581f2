"""Simulator, wire, link, codec, adapter, fleet, reading: the four families of the demo on real ports."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from devices.live import NotWeighed
from devices.readings import ScanReading, Trouble, WeightReading
from tests.support.wires import Heard, fleet, run, scale_table, scanner_table, until, within, world

SSCC = "00340123450000000017"
SCALES: dict[str, dict[str, Any]] = {
    "yaohua_a9": {"capacity_kg": 60000, "division_kg": 20, "codec": {"unit": "kg"}, "rate_hz": 50},
    "mt_sics": {"capacity_kg": 1500, "division_kg": "0.5"},
    "and_standard": {"capacity_kg": 3000, "division_kg": 1, "rate_hz": 50},
}
LOADS = {"yaohua_a9": "24360", "mt_sics": "61.5", "and_standard": "212"}
#: longer than one swing of the platform: the window of a scale whose wire has no "stable"
SWING = {"stable": {"readings": 5, "seconds": 1.2}}


def scale(protocol: str, port: str, **more: Any) -> dict[str, Any]:
    return {"id": "s", "kind": "scale", "protocol": protocol, "port": port, **SCALES[protocol], **more}


def table(protocol: str, url: str, **more: Any) -> dict[str, Any]:
    about = SCALES[protocol]
    return scale_table(
        url,
        protocol,
        id="s",
        capacity_kg=about["capacity_kg"],
        division_kg=about["division_kg"],
        reconnect_s=0.02,
        **more,
    )


@pytest.mark.parametrize("port", ["pty", "tcp"])
@pytest.mark.parametrize("protocol", list(SCALES))
def test_a_load_becomes_one_weight_with_its_trace(tmp_path: Path, protocol: str, port: str) -> None:
    async def story() -> None:
        heard = Heard()
        async with world(tmp_path, [scale(protocol, port)]) as simulated:
            device = simulated.devices["s"]
            settings = table(protocol, device.describe()["url"])
            settings |= SWING if protocol == "yaohua_a9" else {}
            async with fleet([settings], heard) as working:
                await until(lambda: working.health_of("s").ok, "the scale answers")
                live = working.live("s")
                assert live is not None
                assert live.phase in {"empty", "no_data"}
                await simulated.do("put", {"device": "s", "kg": LOADS[protocol], "roll_s": 0.2})
                taken = await within(working.capture("s", 15))
                assert isinstance(taken, WeightReading), taken
                await until(lambda: heard.of(WeightReading))
                health = working.health_of("s")
            automatic = heard.of(WeightReading)[0]
            for reading, how in ((taken, "capture"), (automatic, "auto")):
                assert reading.kg == Decimal(LOADS[protocol])
                assert (reading.unit, reading.taken, reading.device) == ("kg", how, "s")
                assert reading.trace.frames[-1].value == reading.value
                assert reading.raw in [frame.raw for frame in reading.trace.frames]
            assert taken.id != automatic.id
            assert health.state == "live"
            assert health.counters.bad_check == health.counters.bad_format == 0
            assert health.counters.frames > 5

    run(story())


@pytest.mark.parametrize("port", ["pty", "tcp"])
def test_a_label_becomes_one_scan_and_its_repeat_is_counted(tmp_path: Path, port: str) -> None:
    async def story() -> None:
        heard = Heard()
        device = {"id": "g", "kind": "scanner", "protocol": "scan_text", "port": port}
        async with world(tmp_path, [device]) as simulated:
            url = simulated.devices["g"].describe()["url"]
            async with fleet([scanner_table(url, id="g")], heard) as working:
                await until(lambda: working.health_of("g").ok)
                await until(lambda: simulated.devices["g"].describe()["connected"])
                await simulated.do("scan", {"device": "g", "text": SSCC, "times": 2})
                await simulated.do("scan", {"device": "g", "text": "0109521234543213\x1d10ABC"})
                scans = await until(lambda: len(heard.of(ScanReading)) >= 2 and heard.of(ScanReading))
                await until(lambda: working.health_of("g").counters.frames == 3)
                assert working.health_of("g").counters.repeats == 1
            assert [(s.text, s.aim) for s in scans] == [
                (SSCC, "]C1"),
                ("0109521234543213\x1d10ABC", "]C1"),
            ]
            assert scans[0].raw == f"]C1{SSCC}\r".encode()

    run(story())


@pytest.mark.parametrize("protocol", list(SCALES))
def test_unplugged_and_plugged_in_again_it_weighs_again(tmp_path: Path, protocol: str) -> None:
    async def story() -> None:
        heard = Heard()
        async with world(tmp_path, [scale(protocol, "pty", kg=LOADS[protocol])]) as simulated:
            url = simulated.devices["s"].describe()["url"]
            async with fleet([table(protocol, url)], heard) as working:
                assert isinstance(await within(working.capture("s", 15)), WeightReading)
                await simulated.do("unplug", {"device": "s"})
                health = await until(
                    lambda: (h := working.health_of("s")).state == "no_link" and h, "the loss is seen"
                )
                assert health.code in {"lost", "missing"}
                assert health.remedy == "plug_in"
                live = working.live("s")
                assert live is not None
                assert (live.phase, live.kg) == ("no_data", None)
                refused = await within(working.capture("s", 0.01))
                assert isinstance(refused, NotWeighed)
                assert refused.reason == "no_link"
                troubles = await until(lambda: heard.of(Trouble))
                assert troubles[0].code in {"link_lost", "link_missing"}
                await simulated.do("plug", {"device": "s"})
                assert isinstance(await within(working.capture("s", 15)), WeightReading)
                assert working.health_of("s").counters.reconnects >= 1

    run(story())


BAD_LINE = {"torn": 0.3, "garbled": 0.15, "dropped": 0.1, "doubled": 0.1, "noise": 0.1}


@pytest.mark.parametrize("protocol", list(SCALES))
def test_a_bad_line_costs_frames_but_never_gives_a_wrong_weight(tmp_path: Path, protocol: str) -> None:
    """Every frame that can go wrong does now and then; what becomes evidence is right."""

    async def story() -> None:
        heard = Heard()
        device = scale(protocol, "tcp", kg=LOADS[protocol], faults=BAD_LINE, rate_hz=100)
        async with world(tmp_path, [device]) as simulated:
            url = simulated.devices["s"].describe()["url"]
            slow = {"stable": {"readings": 4, "seconds": 0.1}, "answer_s": 0.05}
            async with fleet([table(protocol, url) | slow], heard) as working:
                await until(lambda: working.health_of("s").counters.frames > 70)
                counted = working.health_of("s").counters
                await simulated.do("fault", {"device": "s", **dict.fromkeys(BAD_LINE, 0.0)})
                taken = await within(working.capture("s", 15))
                assert isinstance(taken, WeightReading)
            weights = [taken, *heard.of(WeightReading)]
            assert {w.kg for w in weights} == {Decimal(LOADS[protocol])}
            assert counted.bad_check + counted.bad_format + counted.resync_bytes > 0

    run(story())


def test_overload_wind_zero_and_silence_refuse_with_their_own_reason(tmp_path: Path) -> None:
    async def story() -> None:
        device = scale("and_standard", "tcp")
        async with world(tmp_path, [device]) as simulated:
            url = simulated.devices["s"].describe()["url"]
            async with fleet([table("and_standard", url, silence_s=0.5)]) as working:

                async def refusal(phase: str) -> str:
                    await until(
                        lambda: (live := working.live("s")) is not None and live.phase == phase, phase
                    )
                    refused = await working.capture("s", 0.01)
                    assert isinstance(refused, NotWeighed)
                    assert refused.sentence
                    return refused.reason

                assert await refusal("empty") == "empty"
                await simulated.do("put", {"device": "s", "kg": 3200, "roll_s": 0})
                assert await refusal("overload") == "overload"
                await simulated.do("put", {"device": "s", "kg": 10, "roll_s": 0})
                assert await refusal("light") == "below_minimum"
                await simulated.do("zero", {"device": "s", "kg": -40})
                assert await refusal("negative") == "negative"
                await simulated.do("zero", {"device": "s", "kg": 0})
                await simulated.do("put", {"device": "s", "kg": 900, "roll_s": 0})
                await simulated.do("wind", {"device": "s", "kg": 30})
                assert await refusal("moving") == "unstable"
                await simulated.do("fault", {"device": "s", "silent": True})
                assert await refusal("no_data") == "no_data"
                await until(lambda: working.health_of("s").state == "no_data")

    run(story())


def test_overload_on_a_wire_without_the_word_is_silence_not_a_weight(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, [scale("yaohua_a9", "tcp", kg=30000)]) as simulated:
            url = simulated.devices["s"].describe()["url"]
            async with fleet([table("yaohua_a9", url, silence_s=0.3)]) as working:
                assert isinstance(await within(working.capture("s", 15)), WeightReading)
                await simulated.do("put", {"device": "s", "kg": 70000, "roll_s": 0})
                await until(lambda: (live := working.live("s")) is not None and live.phase == "no_data")

    run(story())


@pytest.mark.parametrize("until_day", ["2020-01-01", None])
def test_a_scale_out_of_verification_gives_no_evidence(tmp_path: Path, until_day: str | None) -> None:
    async def story() -> None:
        heard = Heard()
        async with world(tmp_path, [scale("yaohua_a9", "tcp", kg=30000)]) as simulated:
            url = simulated.devices["s"].describe()["url"]
            async with fleet([table("yaohua_a9", url, verified_until=until_day)], heard) as working:
                trouble = await until(lambda: heard.of(Trouble))
                assert trouble[0].code == "out_of_verification"
                refused = await working.capture("s", 5)
                assert isinstance(refused, NotWeighed)
                assert (refused.reason, refused.remedy) == ("out_of_verification", "verify_scale")
                live = working.live("s")
                assert live is not None
                assert live.kg == 30000
            assert heard.of(WeightReading) == []

    run(story())


def test_a_camera_reads_the_label_it_sees_once_and_again_after_it_was_gone(tmp_path: Path) -> None:
    async def story() -> None:
        heard = Heard()
        async with world(tmp_path, [{"id": "c", "kind": "camera", "text": SSCC}]) as simulated:
            url = simulated.devices["c"].describe()["url"]
            camera = {"id": "c", "kind": "camera", "url": url, "point": "gate-1"}
            camera |= {"interval_s": 0.1, "repeat_s": 0.2, "reconnect_s": 0.1}
            async with fleet([camera], heard) as working:
                scans = await until(lambda: heard.of(ScanReading))
                assert (scans[0].text, scans[0].symbology, scans[0].aim) == (SSCC, "GS1-128", "]C1")
                picture = working.picture("c")
                assert picture is not None
                assert picture.sha256 == scans[0].extra["picture"]
                seen = working.health_of("c").counters.pictures
                await until(lambda: working.health_of("c").counters.pictures > seen + 3)
                assert len(heard.of(ScanReading)) == 1
                await simulated.do("picture", {"device": "c", "empty": True})
                seen = working.health_of("c").counters.pictures
                await until(lambda: working.health_of("c").counters.pictures > seen + 3)
                await simulated.do("picture", {"device": "c", "text": SSCC, "qr": "PALLET-0042"})
                await until(lambda: {s.text for s in heard.of(ScanReading)[1:]} == {SSCC, "PALLET-0042"})
                await simulated.do("unplug", {"device": "c"})
                await until(lambda: working.health_of("c").state == "no_link")
                await simulated.do("plug", {"device": "c"})
                await until(lambda: working.health_of("c").ok)
                await simulated.do("fault", {"device": "c", "garbled": 1.0})
                await until(lambda: working.health_of("c").state in {"odd_data", "live"})
            assert [t.code for t in heard.of(Trouble)] == ["link_unreachable"]

    run(story())


def test_many_readings_of_one_device_keep_their_order(tmp_path: Path) -> None:
    async def story() -> None:
        heard = Heard()
        devices = [
            {
                "id": f"g{n}",
                "kind": "scanner",
                "protocol": "scan_text",
                "port": "tcp",
                "faults": {"torn": 0.5},
            }
            for n in range(3)
        ]
        async with world(tmp_path, devices) as simulated:
            urls = {name: device.describe()["url"] for name, device in simulated.devices.items()}
            async with fleet([scanner_table(url, id=name) for name, url in urls.items()], heard):
                await until(lambda: all(d.describe()["connected"] for d in simulated.devices.values()))
                texts = [f"PALLET-{number:04d}" for number in range(60)]

                async def scan_all(name: str) -> None:
                    for text in texts:
                        await simulated.do("scan", {"device": name, "text": text})

                await asyncio.gather(*(scan_all(name) for name in urls))
                await until(lambda: len(heard.of(ScanReading)) == 180, "all scans arrive")
                for name in urls:
                    assert [s.text for s in heard.of(ScanReading, name)] == texts
                assert len({s.id for s in heard.of(ScanReading)}) == 180

    run(story())
