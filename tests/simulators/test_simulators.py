"""Simulated devices: faults by seed, physics of a platform, scenarios, control port, the process itself."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols import codec
from devices.protocols.results import Weight
from devices.vision import read_image
from simulators.camera import jpeg, label, modules
from simulators.control import token_from
from simulators.faults import Faults, Mistake, Rates
from simulators.scanner import guess_aim
from simulators.scenario import SCENARIOS, read_scenario, scenario_of
from simulators.weighing import Platform
from simulators.world import World
from tests.support.wires import run, until, within, world

D = Decimal
SSCC = "00340123450000000017"


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=20), st.integers(0, 100))
def test_the_same_seed_gives_the_same_bad_day(frames: list[bytes], seed: int) -> None:
    rates = Rates(torn=0.5, dropped=0.3, garbled=0.3, doubled=0.2, noise=0.2)
    one, two = Faults(seed, rates), Faults(seed, rates)
    assert [one.apply(f) for f in frames] == [two.apply(f) for f in frames]


@given(st.binary(min_size=1, max_size=50), st.integers(0, 1000))
def test_torn_frames_are_whole_when_put_together(frame: bytes, seed: int) -> None:
    assert b"".join(Faults(seed, Rates(torn=1.0)).apply(frame)) == frame
    assert Faults(seed, Rates()).apply(frame) == [frame]
    assert Faults(seed, Rates(silent=True)).apply(frame) == []
    assert len(b"".join(Faults(seed, Rates(dropped=1.0)).apply(frame))) == len(frame) - 1


def test_a_stuck_indicator_repeats_itself_until_it_is_freed() -> None:
    faults = Faults(1, Rates(stuck=True))
    assert [faults.apply(f) for f in (b"a", b"b")] == [[b"a"], [b"a"]]
    faults.rates = Rates()
    assert faults.apply(b"c") == [b"c"]


@pytest.mark.parametrize(
    "wanted", [{"torn": 2}, {"torn": True}, {"stuck": 1}, {"bent": 0.1}, {"slow_s": "x"}]
)
def test_impossible_faults_are_named(wanted: dict[str, Any]) -> None:
    with pytest.raises(Mistake, match=next(iter(wanted))):
        Rates().changed(wanted)


@given(st.integers(1, 3000).map(lambda n: D(20 * n)), st.floats(0, 5))
def test_a_load_rests_at_exactly_its_weight(kg: Decimal, roll_s: float) -> None:
    platform = Platform(D(60000), D(20))
    platform.put(kg, 10.0, roll_s)
    assert not platform.show(10.0 + roll_s / 2).stable or roll_s == 0 or kg <= 20
    rest = platform.show(10.0 + roll_s + 15)
    assert (rest.kg, rest.stable, rest.overload) == (kg, True, False)
    platform.take(40.0)
    assert platform.show(60.0).kg == 0


def test_a_truck_swings_before_it_stands() -> None:
    platform = Platform(D(60000), D(20))
    platform.put(D(24360), 0.0, 2.0)
    shown = [platform.show(n / 10) for n in range(100)]
    assert max(s.kg for s in shown) > 24360
    assert [s.stable for s in shown] == sorted(s.stable for s in shown), "once it stands it stands"


def test_wind_zero_drift_and_overload() -> None:
    platform = Platform(D(60000), D(20), seed=3)
    platform.wind_kg = D(60)
    gusts = [platform.show(100 + n) for n in range(50)]
    assert len({s.kg for s in gusts}) > 2
    assert not any(s.stable for s in gusts)
    platform.wind_kg, platform.zero_kg = D(0), D(-60)
    assert platform.show(200).kg == -60
    platform.zero_kg = D(0)
    platform.put(D(61000), 200.0)
    assert platform.show(230.0).overload


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        (SSCC, "]C1"),
        ("0109521234543213\x1d10A", "]C1"),
        ("4006381333931", "]E0"),
        ("PALLET-1", "]C0"),
        ("Гуманитарный груз", "]Q1"),
    ],
)
def test_a_label_has_the_identifier_of_its_kind(text: str, aim: str) -> None:
    assert guess_aim(text) == aim


@pytest.mark.parametrize("text", [SSCC, "0109521234543213\x1d10ABC", "PALLET-0042"])
def test_a_printed_label_reads_as_what_it_says(text: str) -> None:
    read = {code.text for code in read_image(jpeg(label(text, "QR-" + text.replace("\x1d", ""))))}
    assert {text, "QR-" + text.replace("\x1d", "")} <= read


def test_what_cannot_be_printed_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="cannot be printed"):
        modules("груз")


def test_the_scenarios_that_come_along_are_good() -> None:
    for path in SCENARIOS.glob("*.toml"):
        World(read_scenario(path), Path("/nowhere"))
    terminal = read_scenario(Path("terminal.toml"))
    assert [device.id for device in terminal.devices] == [
        "gate-1-scanner",
        "gate-2-scanner",
        "tally-1-scanner",
        "load-1-scanner",
        "weighbridge-1",
        "pallet-scale-1",
        "platform-2",
        "gate-1-camera",
    ]


SCANNER = {"id": "g", "kind": "scanner", "protocol": "scan_text", "port": "tcp"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"speed": 1}, "unknown key 'speed'"),
        ({"devices": [{"id": "g", "kind": "smell"}]}, "`kind` is one of"),
        ({"devices": [{**SCANNER, "colour": "red"}]}, "unknown key 'colour'"),
        ({"devices": [SCANNER, SCANNER]}, "there twice"),
        ({"devices": [{**SCANNER, "port": "tcp:many"}]}, "`port` is pty"),
        ({"devices": [{"id": "../g", "kind": "scanner"}]}, "`id` is a short name"),
        ({"devices": [SCANNER], "steps": [{"device": "h", "do": "scan"}]}, "there is no device 'h'"),
        ({"devices": [SCANNER], "steps": [{"device": "g"}]}, "`do` is missing"),
        ({"devices": [SCANNER], "steps": [{"device": "g", "do": "scan", "at": -1}]}, "a time is a number"),
    ],
)
def test_a_mistake_in_a_scenario_is_named(data: dict[str, Any], words: str) -> None:
    with pytest.raises(Mistake, match=words):
        scenario_of(data)


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ({**SCANNER, "protocol": "morse"}, "no protocol 'morse'"),
        ({**SCANNER, "codec": {"max": -1}}, "max"),
        ({**SCANNER, "faults": {"torn": 7}}, "torn"),
        (
            {"id": "s", "kind": "scale", "protocol": "mt_sics", "capacity_kg": 1, "division_kg": 2},
            "division_kg",
        ),
    ],
)
def test_a_device_that_cannot_be_made_is_named(device: dict[str, Any], words: str) -> None:
    with pytest.raises(Mistake, match=words):
        World(scenario_of({"devices": [device]}), Path("/nowhere"))


def test_a_polled_scale_answers_through_the_same_codec(tmp_path: Path) -> None:
    async def story() -> None:
        scale = {"id": "s", "kind": "scale", "protocol": "mt_sics", "port": "tcp", "kg": "61.5"}
        scale |= {"capacity_kg": 1500, "division_kg": "0.5"}
        async with world(tmp_path, [scale]) as simulated:
            url = simulated.devices["s"].describe()["url"]
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
            decoder = codec("mt_sics")
            for command in (b"SI\r\n", b"S\r\n", b"Z\r\n"):
                writer.write(command)
                (answer,) = decoder.feed(await within(reader.readuntil(b"\n")))
                if command == b"Z\r\n":
                    assert not isinstance(answer, Weight), "a simulated scale refuses to be zeroed"
                else:
                    assert isinstance(answer, Weight)
                    assert (answer.value, answer.stable) == (D("61.5"), True)
            writer.close()

    run(story())


def test_steps_happen_in_order_and_repeat(tmp_path: Path) -> None:
    async def story() -> None:
        steps = [
            {"at": 0.1, "device": "g", "do": "scan", "text": "B", "every": 0.05, "times": 2},
            {"at": 0.0, "device": "g", "do": "put", "kg": 5},
        ]
        made = World(scenario_of({"devices": [SCANNER], "steps": steps}), tmp_path)
        await made.start()
        device = made.devices["g"]
        port = int(device.describe()["url"].rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await within(reader.readexactly(10)) == b"]C0B\r" * 2
        await until(lambda: made.mistakes)
        assert "a scanner cannot put" in made.mistakes[0]
        writer.close()
        await made.stop()

    run(story())


@pytest.mark.parametrize(
    ("action", "order", "words"),
    [
        ("scan", {"device": "x"}, "no device 'x'"),
        ("scan", {}, "no device None"),
        ("scan", {"device": "g"}, "`text`"),
        ("scan", {"device": "g", "text": "A", "times": 0}, "`times`"),
        ("scan", {"device": "g", "text": "A", "loud": 1}, "no 'loud'"),
        ("put", {"device": "g", "kg": 1}, "a scanner cannot put"),
        ("put", {"device": "s", "kg": "NaN"}, "weight in kilograms"),
        ("put", {"device": "s", "kg": True}, "weight in kilograms"),
        ("put", {"device": "s", "kg": 1, "roll_s": -1}, "a time is"),
        ("picture", {"device": "c"}, "give `text`"),
        ("picture", {"device": "c", "base64": "AAAA"}, "no picture"),
        ("picture", {"device": "c", "path": "/none"}, "cannot be read"),
        ("plate", {"device": "c", "plate": "ё"}, "number plate"),
        ("send", {"device": "g", "hex": "zz"}, "`hex`"),
        ("send", {"device": "g"}, "give `fields`"),
        ("fault", {"device": "g", "torn": 9}, "`torn`"),
    ],
)
def test_a_wrong_order_is_answered_with_a_sentence(
    tmp_path: Path, action: str, order: dict[str, Any], words: str
) -> None:
    async def story() -> None:
        devices = [SCANNER, {"id": "c", "kind": "camera"}]
        devices.append({"id": "s", "kind": "scale", "protocol": "mt_sics", "port": "tcp"})
        async with world(tmp_path, devices) as simulated:
            with pytest.raises(Mistake, match=words):
                await simulated.do(action, order)

    run(story())


def test_a_camera_shows_what_it_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, [{"id": "c", "kind": "camera"}]) as simulated:
            url = simulated.devices["c"].describe()["url"]

            async def codes() -> set[str]:
                data = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read())
                return {code.text for code in read_image(data)}

            assert await codes() == set()
            await simulated.do("picture", {"device": "c", "text": SSCC, "blur": 0.8})
            assert await codes() == {SSCC}
            await simulated.do("plate", {"device": "c", "plate": "01A123BC"})
            assert await codes() == set()
            _, png = cv2.imencode(".png", np.asarray(label("PALLET-1", "")))
            await simulated.do("picture", {"device": "c", "base64": base64.b64encode(png.tobytes()).decode()})
            assert await codes() == {"PALLET-1"}

    run(story())


def test_the_token_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "run" / "token"
    token = token_from(path)
    assert token_from(path) == token
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("short", encoding="ascii")
    with pytest.raises(Mistake, match="too short"):
        token_from(path)


class Process:
    """``python -m simulators`` as the demo starts it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulators", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[dict[str, Any]] = []

    def ready(self) -> list[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1].get("ready"):
                return self.lines
        raise AssertionError(self.process.communicate()[1])

    def call(self, path: str, order: dict[str, Any] | None = None, token: str = "") -> tuple[int, Any]:
        request = urllib.request.Request(
            self.lines[-1]["control"] + path,
            data=None if order is None else json.dumps(order).encode(),
            headers={"Authorization": f"Bearer {token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def end(self) -> int:
        self.process.communicate(timeout=20)
        return self.process.returncode


def test_the_demo_terminal_runs_as_a_process_and_stops_with_its_parent(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    process = Process(
        "terminal.toml", "--dir", str(tmp_path / "dev"), "--control", "0", "--token-file", str(token_file)
    )
    lines = process.ready()
    token = token_file.read_text()
    urls = {line["device"]: line["url"] for line in lines if "device" in line}
    assert len(urls) == 8
    assert urls["weighbridge-1"] == str(tmp_path / "dev" / "weighbridge-1")
    assert Path(urls["weighbridge-1"]).is_symlink()
    assert process.call("/devices")[0] == 401
    status, answer = process.call("/devices", token=token)
    assert status == 200
    assert {device["id"]: device["url"] for device in answer["devices"]} == urls
    put = {"device": "weighbridge-1", "kg": 24360, "roll_s": 0}
    assert process.call("/put", put, token) == (200, {"ok": True, "connected": False})
    assert process.call("/put", {"device": "weighbridge-1", "kg": "much"}, token)[0] == 400
    assert process.call("/unplug", {"device": "weighbridge-1"}, token)[0] == 200
    assert not Path(urls["weighbridge-1"]).exists()
    assert process.call("/plug", {"device": "weighbridge-1"}, token)[0] == 200
    assert Path(urls["weighbridge-1"]).exists()
    assert process.call("/nothing", {"device": "weighbridge-1"}, token)[0] == 400
    assert process.process.stdin is not None
    assert process.end() == 0, "closing its standard input ends it"
    assert not Path(urls["weighbridge-1"]).is_symlink()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process = Process("--protocol", "yaohua_a9", "--dir", str(tmp_path), "--kg", "24360")
    process.ready()
    process.process.send_signal(number)
    assert process.end() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give a scenario file"),
        (["no-such.toml"], "no-such.toml"),
        (["--protocol", "morse"], "no protocol 'morse'"),
        (["--protocol", "scan_text", "--codec", "[]"], "JSON object"),
    ],
)
def test_a_wrong_call_ends_with_a_sentence(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulators", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
