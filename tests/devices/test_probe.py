"""Guessing protocols, probing ports, recordings, plugins and the doctor."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import doctor
from devices.config import load_devices
from devices.errors import ConfigProblem, LinkRefused
from devices.guess import guess
from devices.links.holding import holders
from devices.plugins import load_plugins
from devices.ports import stable_name
from devices.probe import ProbeReport, probe, questions
from devices.protocols import CODECS
from devices.protocols.results import Label
from devices.recorder import BadRecording, Piece, Recorder, parse_recording, read_recording
from devices.station import Tapped
from tests.support.wires import Pty, fleet, run, scale_table, scanner_table, until, world

A9 = b"".join(
    bytes.fromhex(frame)
    for frame in ("022B303031323334303146 03", "022B303033323930303133 03", "022B303030303230303139 03")
)


@pytest.mark.parametrize(
    ("data", "protocol"),
    [
        (A9 * 3, "yaohua_a9"),
        (A9[5:] * 3, "yaohua_a9"),
        (b"ST,NT,+0012.34kg\r\nUS,GS,+0012.36kg\r\nST,GS,+0012.34kg\r\n", "and_standard"),
        (b"S S     100.00 g\r\nS D      99.87 g\r\nS S     100.00 g\r\n", "mt_sics"),
        (b"]C100340123450000000017\r]C0PALLET-0042\r]E04006381333931\r", "scan_text"),
    ],
)
def test_a_stream_names_its_protocol(data: bytes, protocol: str) -> None:
    best = guess(data)[0]
    assert best.protocol == protocol, [(g.protocol, g.sure) for g in guess(data)[:4]]
    assert best.sure >= 50
    assert best.why
    assert best.sample


def test_a_codec_that_would_believe_anything_is_less_sure() -> None:
    ranking = {g.protocol: g for g in guess(A9 * 3)}
    assert ranking["yaohua_a9"].strict > 0.9
    assert all(g.sure < ranking["yaohua_a9"].sure for name, g in ranking.items() if name != "yaohua_a9")


@given(st.binary(max_size=200))
def test_guessing_never_fails_and_is_repeatable(data: bytes) -> None:
    some = ["yaohua_a9", "and_standard", "scan_text", "mt_sics"]
    assert guess(data, some) == guess(data, some)
    assert all(0 <= g.sure <= 100 for g in guess(data, some))


def test_nothing_and_noise_give_no_certain_guess() -> None:
    assert guess(b"") == []
    assert all(g.sure < 50 for g in guess(bytes(range(128, 256)) * 2))


def test_probing_a_port_that_streams(tmp_path: Path) -> None:
    async def story() -> None:
        scale = {"id": "s", "kind": "scale", "protocol": "yaohua_a9", "codec": {"unit": "kg"}, "kg": 24360}
        scale |= {"capacity_kg": 60000, "division_kg": 20, "rate_hz": 50}
        async with world(tmp_path, [scale]) as simulated:
            told: list[str] = []
            url = simulated.devices["s"].describe()["url"]
            report = await probe(url, seconds=0.3, progress=told.append)
        assert report.best is not None
        heard, best = report.best
        assert (best.protocol, heard.line["baudrate"]) == ("yaohua_a9", 9600)
        assert "yaohua_a9" in report.sentence
        assert "9600 8N1" in report.sentence
        assert told

    run(story())


def test_a_polled_scale_is_found_only_when_asking_is_allowed(tmp_path: Path) -> None:
    async def story() -> ProbeReport:
        scale = {"id": "s", "kind": "scale", "protocol": "mt_sics", "port": "tcp", "kg": 61.5}
        scale |= {"capacity_kg": 1500, "division_kg": "0.5"}
        async with world(tmp_path, [scale]) as simulated:
            url = simulated.devices["s"].describe()["url"]
            silent = await probe(url, seconds=0.1)
            assert silent.best is None
            assert "--ask" in silent.sentence
            return await probe(url, seconds=0.2, ask=True)

    report = asyncio.run(story())
    assert report.best is not None
    assert report.best[1].protocol == "mt_sics"
    assert report.best[0].asked


def test_only_questions_are_asked() -> None:
    for _, question in questions():
        assert not question.startswith((b"Z", b"T", b"@")), question


def test_probing_what_is_not_there_is_refused() -> None:
    with pytest.raises(LinkRefused):
        asyncio.run(probe("/dev/no-such-port", seconds=0.01))


def test_a_recording_replays_bit_for_bit(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "p")
        table = scanner_table(str(pty.path), id="g", reconnect_s=0.02)
        path = tmp_path / "g.jsonl"
        started = datetime.now(UTC)
        with Recorder(
            path, device="g", protocol="scan_text", settings={}, started=started, t0=0.0
        ) as recorder:
            async with fleet([table]) as working:
                working.tap("g", recorder)
                await until(lambda: working.health_of("g").ok)
                pty.write(b"]C0A\r\x00\xff]C0B\r]C0half")
                await until(lambda: recorder.bytes == 19)
                await working.send("g", b"\x06")
                pty.unplug()
                await until(lambda: working.health_of("g").state == "no_link")
        recording = read_recording(path)
        assert recording.received == b"]C0A\r\x00\xff]C0B\r]C0half"
        assert recording.started == started
        assert [piece.way for piece in recording.pieces if piece.way != "in"] == ["out", "gap"]
        results = [result for _, _, found in recording.frames() for result in found]
        assert isinstance(results[0], Label)
        assert results[0].text == "A"
        assert b"".join(r.raw for r in results) == recording.received
        with pytest.raises(FileExistsError):
            Recorder(path, device="g", protocol="scan_text", settings={}, started=started, t0=0.0)

    run(story())


HEAD = json.dumps(
    {"karvon_recording": 1, "device": "g", "protocol": "scan_text", "started": "2026-08-01T07:00:00+00:00"}
)


def test_a_recording_cut_off_by_a_power_cut_is_good_up_to_there() -> None:
    lines = [HEAD + "\n", '{"t": 0.5, "way": "in", "hex": "5d"}\n', '{"t": 0.6, "way": "i']
    assert parse_recording(lines).pieces == (Piece(0.5, "in", b"]"),)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["\n"],
        ["{}\n"],
        [HEAD + "\n", "[]\n"],
        [HEAD + "\n", '{"t": 1, "way": "up", "hex": ""}\n'],
        [HEAD + "\n", '{"t": 1, "way": "in", "hex": "5"}\n'],
        [HEAD.replace("+00:00", "") + "\n"],
    ],
)
def test_what_is_no_recording_is_refused_by_line(lines: list[str]) -> None:
    with pytest.raises(BadRecording):
        parse_recording(lines)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20))
def test_any_bytes_survive_a_recording(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("rec") / "r.jsonl"
    with Recorder(
        path, device="g", protocol="scan_text", settings={}, started=datetime.now(UTC), t0=5.0
    ) as rec:
        for number, data in enumerate(pieces):
            rec(Tapped("g", 5.0 + number, "in", data))
    recording = read_recording(path)
    assert [piece.data for piece in recording.pieces] == pieces
    assert recording.received == b"".join(pieces)


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "karvon.protocols")


def test_a_codec_of_somebody_else_plugs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    del_later = dict(CODECS)
    taken = CODECS.pop("yaohua_a9")
    try:
        assert load_plugins([point("yaohua_a9", taken)]) == ["yaohua_a9"]
        assert CODECS["yaohua_a9"] == taken
        assert load_plugins([point("yaohua_a9", taken)]) == [], "a second time changes nothing"
    finally:
        CODECS.clear()
        CODECS.update(del_later)
    assert load_plugins() == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (point("yaohua_a9", "other.package:Codec"), "has already"),
        (point("new_one", "no.such.package:Codec"), "cannot be loaded"),
        (point("new_one", "json:loads"), "is no codec"),
        (point("new_one", "devices.protocols.yaohua:YaohuaA9"), "calls itself 'yaohua_a9'"),
    ],
)
def test_a_codec_that_cannot_be_is_loud(found: EntryPoint, words: str) -> None:
    before = dict(CODECS)
    with pytest.raises(ConfigProblem, match=words):
        load_plugins([found])
    assert before == CODECS


def test_the_doctor_finds_what_is_wrong_with_devices(tmp_path: Path) -> None:
    pty = Pty(tmp_path / "p")
    tables = [
        scanner_table(str(pty.path), id="good"),
        scanner_table("/dev/ttyUSB77", id="gone"),
        scale_table("push://", id="old", verified_until="2020-01-01"),
        scanner_table("COM9", id="off", enabled=False),
        {"id": "cam", "kind": "camera", "url": "http://127.0.0.1:1/x.jpg", "point": "g"},
    ]
    found = asyncio.run(doctor.examine(load_devices(tables)))
    pty.unplug()
    by = {name: [f for f in found if f.about == name] for name in ("good", "gone", "old", "off", "cam")}
    assert [f.level for f in by["good"]] == ["ok"]
    assert [f.level for f in by["gone"]] == ["warn", "bad"]
    assert "may be another device after a replug" in by["gone"][0].sentence
    assert [f.level for f in by["old"]] == ["bad"]
    assert [f.level for f in by["off"]] == ["ok"]
    assert [f.level for f in by["cam"]] == ["bad"]
    assert all(f.remedy for f in found if f.level != "ok")


def test_the_doctor_judges_clock_verification_and_meddlers() -> None:
    now = datetime(2026, 8, 1, 12, tzinfo=UTC)
    assert doctor.clock(datetime(1970, 1, 1, tzinfo=UTC), None)[0].level == "bad"
    assert doctor.clock(now, False)[0].level == "warn"
    assert doctor.clock(now, True)[0].level == "ok"
    assert doctor.meddlers(["init", "ModemManager"])[0].level == "warn"
    assert doctor.meddlers(["init"]) == []
    for until_day, level in ((date(2026, 8, 10), "warn"), (None, "warn"), (date(2026, 7, 1), "bad")):
        scale = load_devices([scale_table("COM1", id="s", verified_until=until_day)])[0]
        assert [f.level for f in doctor.verification(scale, now)] == [level]
    fine = load_devices([scale_table("COM1", id="s", verified_until=(now + timedelta(days=99)).date())])[0]
    assert doctor.verification(fine, now) == []
    assert doctor.synchronised() in {True, False, None}


def test_names_that_stay_are_found(tmp_path: Path) -> None:
    node = tmp_path / "ttyUSB0"
    node.touch()
    (tmp_path / "by-id").mkdir()
    (tmp_path / "by-id" / "usb-scale-if00").symlink_to(node)
    assert stable_name(str(node), tmp_path) == str(tmp_path / "by-id" / "usb-scale-if00")
    assert stable_name(str(tmp_path / "other"), tmp_path) == str(tmp_path / "other")


def test_the_program_that_holds_a_port_is_named(tmp_path: Path) -> None:
    pty = Pty(tmp_path / "p")
    with pty.path.open("rb"):
        assert any("(" in who for who in holders(str(pty.path)))
    pty.unplug()
    assert list(holders(str(tmp_path / "none"))) == []
