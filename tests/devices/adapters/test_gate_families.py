"""Portals, tag readers, logger folders and the question for the firmware: what becomes a reading, and what does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devices.identity import cleaned, questions
from devices.protocols import codec
from devices.protocols.results import Message, Noise
from devices.readings import EventReading, Trouble
from tests.support.wires import Heard, Pty, fleet, run, scale_table, until, world

BACKGROUND = b"GB,000188,000206,000262,000243\r\nNB,000002,000002,000002,000002\r\n"
SLICE = b"GS,000190,000201,000250,000240\r\nNS,000002,000002,000002,000002\r\n"
ALARM = b"GA,000990,001201,001250,000940\r\n"


def portal(path: Path) -> dict[str, Any]:
    return {
        "id": "portal",
        "kind": "radiation",
        "protocol": "rpm_vm250",
        "url": str(path),
        "point": "gate",
        "reconnect_s": 0.05,
    }


def test_a_passage_is_one_reading_and_an_alarm_is_told_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        async with fleet([portal(pty.path)], heard) as working:
            await until(lambda: working.health_of("portal").state == "no_data")
            for _ in range(3):
                pty.write(BACKGROUND)
            await until(lambda: working.health_of("portal").counters.frames == 6 and heard.of(EventReading))
            assert [r.fields["record"] for r in heard.of(EventReading)] == ["GB"]
            pty.write(SLICE + SLICE + ALARM)
            await until(lambda: len(heard.of(EventReading)) == 2)
            assert heard.of(EventReading)[1].fields["alarm"] is True
            pty.write(ALARM + SLICE + b"GX,0001,000300,000000,000000\r\n")
            await until(lambda: len(heard.of(EventReading)) == 3)
            passage = heard.of(EventReading)[2]
            assert passage.fields == {
                "record": "GX",
                "kind": "passage",
                "alarm": True,
                "alarms": ["gamma"],
                "lines": 8,
                "gamma_most": 990 + 1201 + 1250 + 940,
                "neutron_most": 8,
                "occupancy": 1,
            }
            assert passage.raw.count(b"GS") == 3
            pty.write(b"GH,000000,009999,000262,000243\r\n")
            await until(lambda: len(heard.of(EventReading)) == 4)
            assert working.health_of("portal").remedy == "check_device"
            pty.write(BACKGROUND + BACKGROUND)
            await until(lambda: len(heard.of(EventReading)) == 5)
            assert working.health_of("portal").remedy == "none"
        pty.unplug()

    run(story())


def test_a_portal_that_falls_silent_watches_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        async with fleet([{**portal(pty.path), "silence_s": 1.0}], heard) as working:
            await until(lambda: working.health_of("portal").code == "opened")
            pty.write(BACKGROUND)
            await until(lambda: working.health_of("portal").state == "live")
            await until(lambda: working.health_of("portal").code == "silent")
        pty.unplug()

    run(story())


def test_a_tag_that_stays_is_told_once(tmp_path: Path) -> None:
    async def story() -> None:
        heard, pty = Heard(), Pty(tmp_path / "p")
        table = {"id": "tags", "kind": "reader", "protocol": "llrp", "url": str(pty.path), "point": "gate"}
        speaker = codec("llrp")

        def report(number: int, *epcs: str) -> bytes:
            tags = [{"epc": epc, "antenna": 1, "rssi": -40 - number} for epc in epcs]
            fields = {"message": "RO_ACCESS_REPORT", "id": number, "version": 1, "tags": tags}
            return speaker.encode(Message(fields))

        async with fleet([{**table, "repeat_s": 60}], heard) as working:
            await until(lambda: working.health_of("tags").ok)
            pty.write(report(1, "3114257BF4499602D2000000"))
            pty.write(report(2, "3114257BF4499602D2000000"))
            pty.write(report(3, "3114257BF4499602D2000000", "300000000000000000000001"))
            await until(lambda: len(heard.of(EventReading)) == 2)
            assert [tag["epc"] for tag in heard.of(EventReading)[1].fields["tags"]] == [
                "300000000000000000000001"
            ]
            assert working.health_of("tags").counters.repeats == 1
            pty.write(speaker.encode(Message({"message": "KEEPALIVE", "id": 9, "version": 1})))
            await until(lambda: working.health_of("tags").counters.frames == 4)
            assert len(heard.of(EventReading)) == 2
        pty.unplug()

    run(story())


def test_logger_files_become_readings_once(tmp_path: Path) -> None:
    folder = tmp_path / "loggers"
    table = {
        "id": "loggers",
        "kind": "logger",
        "url": f"folder://{folder}",
        "point": "store",
        "zone": "Asia/Tashkent",
        "interval_s": 0.05,
        "reconnect_s": 0.05,
    }
    text = b"Serial: TL-77\nDate,Time,Temp C\n2026-11-15,08:00,4.1\n2026-11-15,08:10,4.4\n"

    async def story() -> None:
        heard = Heard()
        async with fleet([table], heard) as working:
            await until(lambda: working.health_of("loggers").code == "missing")
            folder.mkdir()
            await until(lambda: working.health_of("loggers").ok)
            (folder / "TRM-1.csv").write_bytes(text)
            reading = (await until(lambda: heard.of(EventReading)))[0]
            assert (reading.kind, reading.fields["file"], reading.fields["count"]) == (
                "temperature",
                "TRM-1.csv",
                2,
            )
            assert reading.fields["first_at"] == "2026-11-15T03:00:00+00:00"
            assert reading.raw == text
            (folder / "odd.csv").write_bytes(b"nothing,to,see\n")
            await until(lambda: [t for t in heard.of(Trouble) if t.code == "odd_record"])
            assert len(heard.of(EventReading)) == 1

    run(story())


@pytest.mark.parametrize(
    ("protocol", "kind", "expected"),
    [
        ("mt_sics", "scale", "KARVON-SIM Standard 3000.0 kg 1.00 1.2.3.4"),
        ("sma", "scale", "1.0"),
        ("ssi", "scanner", "KARVON-SIM 1.0"),
        ("zpl_hs", "printer", "KARVON-SIM V1.0.0Z"),
    ],
)
def test_a_device_is_asked_for_its_firmware(tmp_path: Path, protocol: str, kind: str, expected: str) -> None:
    async def story() -> None:
        simulated: dict[str, Any] = {"id": "d", "kind": kind, "protocol": protocol}
        if kind == "scale":
            simulated |= {"capacity_kg": 3000, "division_kg": 1}
        async with world(tmp_path, [simulated]) as made:
            url = made.devices["d"].describe()["url"]
            table: dict[str, Any] = {"id": "d", "kind": kind, "protocol": protocol, "url": url, "point": "p"}
            if kind == "scale":
                table = scale_table(url, id="d", protocol=protocol)
            async with fleet([{**table, "firmware": "as on the plate"}], Heard()) as working:
                assert working.health_of("d").firmware == "as on the plate"
                await until(lambda: working.health_of("d").firmware == expected)
                assert working.health_of("d").to_dict()["firmware"] == expected
                await until(lambda: working.health_of("d").ok)

    run(story())


def test_one_that_is_only_listened_to_is_not_asked(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        table = scale_table(str(pty.path), id="s", protocol="mt_sics", ask=False)
        async with fleet([{**table, "firmware": "IND245 3.1"}], Heard()) as working:
            await until(lambda: working.health_of("s").code == "opened")
            pty.write(b"S S      500.0 kg\r\n")
            await until(lambda: working.health_of("s").ok)
            assert working.health_of("s").counters.bytes_out == 0
            assert working.health_of("s").firmware == "IND245 3.1"
        pty.unplug()

    run(story())


def test_answers_about_the_firmware() -> None:
    (question,) = questions("dini_argeo", {"addr": "01"})
    assert question.data == b"01VER\r\n"
    assert question.read(Noise("bad_format", b"01VER,02.04,DFW06\r\n", "")) == "02.04,DFW06"
    assert question.read(Noise("bad_format", b"ERR04\r\n", "")) is None
    assert questions("yaohua_a9", {}) == ()
    assert cleaned("  A\x00B\r\n C " + "x" * 200)[:6] == "A B C "
    printer = codec("zpl_hs")
    whole = b"\x02ZT230-200dpi,V72.19.6Z,8,8192KB\x03\r\n"
    for cut in range(1, len(whole)):
        fresh = codec("zpl_hs")
        found = [*fresh.feed(whole[:cut]), *fresh.feed(whole[cut:])]
        assert [r.fields["firmware"] for r in found if isinstance(r, Message)] == ["V72.19.6Z"], cut
    refused = [*printer.feed(b"\x02ZT230,oops\x03"), *printer.flush()]
    assert all(isinstance(one, Noise) for one in refused)
    assert refused
