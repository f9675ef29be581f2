"""The power fails again and again while a truck goes through: nothing acknowledged is lost, doubled or out of order."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from terminal.demo import day, place
from terminal.demo.people import PASSWORD
from terminal.demo.starting import seed
from terminal.running import opened
from terminal.settings import read
from tests.journeys.machines import KARVON, PATIENCE, Process, Simulators, Voice, until, verified
from tests.journeys.people import PATIENCE_MS, office
from tests.support.app import nonce, sscc

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SEED = 20261125
KILLS = 4
TRUCK_KG = day.TRUCK_EMPTY_KG


def _toml(value: object) -> str:
    if isinstance(value, Decimal | date):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _table(values: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def configuration(folder: Path, urls: Mapping[str, str], port: int) -> Path:
    """A ``karvon.toml`` with the demo's points and devices, for ``karvon serve``."""
    text = _table({"data_dir": "."})
    text += "\n[server]\n" + _table({"port": port})
    text += "\n[terminal]\n" + _table({"sscc_prefix": "9521234"})
    text += "\n[[weighing.outside]]\n" + _table({"id": "rail-motion", "verified_until": date(2030, 3, 1)})
    text += "".join("\n[[points]]\n" + _table(point) for point in place.POINTS)
    text += "".join("\n[[devices]]\n" + _table(device) for device in place.devices(urls))
    path = folder / "karvon.toml"
    path.write_text(text, encoding="utf-8")
    return path


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``karvon serve``, killed and started again on the same data and the same port."""

    def __init__(self, config: Path, port: int) -> None:
        self.command = (*KARVON, "serve", "--config", str(config))
        self.address = f"http://127.0.0.1:{port}"
        self.process = Process(self.command)
        self.kills = 0
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        until(self._ready, "the server did not start")

    def _ready(self) -> bool:
        assert self.process.child.poll() is None, self.process.rest()
        try:
            return httpx.get(f"{self.address}/readyz", trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """The power fails, and comes back."""
        self.process.child.kill()
        self.process.close()
        assert "Exception in thread" not in self.process.rest()
        self.kills += 1
        self.process = Process(self.command)
        self.wait()


@dataclass
class Asker:
    """Somebody who asks until an answer comes, with the same nonce; what was acknowledged is remembered."""

    voice: Voice
    acknowledged: list[tuple[str, int]] = field(default_factory=list)

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """One request, repeated over every failure of the server."""
        asked = {"nonce": nonce(), **body}
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline, f"no answer to {asked}"
            try:
                answer = self.voice.post(path, asked)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 503:
                time.sleep(0.1)
                continue
            assert answer.status_code == 200, answer.text
            told: dict[str, Any] = answer.json()
            self.acknowledged.append((asked["nonce"], told["event"]))
            return told

    def must(self, path: str, **body: Any) -> dict[str, Any]:
        """As :meth:`ask`, for what has to be done afterwards."""
        told = self.ask(path, **body)
        assert told["verdict"] in ("accepted", "already_done"), told
        return told

    def get(self, path: str) -> Any:
        """Something that must be there, read again over every failure."""
        found: list[Any] = []

        def look() -> bool:
            try:
                found.append(self.voice.get(path))
            except httpx.TransportError:
                return False
            return True

        until(look, f"{path} cannot be read")
        return found[-1]


class Noise(threading.Thread):
    """A clerk at another place who scans without a pause, all the time."""

    def __init__(self, voice: Voice) -> None:
        super().__init__(daemon=True)
        self.asker = Asker(voice)
        self.stop = threading.Event()
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Scan one unknown label after another."""
        number = 774_000
        try:
            while not self.stop.wait(0.02):
                number += 1
                at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                scan = {"code": sscc(number), "step": "TALLY", "point": "platform-2", "scanned_at": at}
                assert self.asker.ask("/scans", **scan)["verdict"] == "refused"
        except BaseException as error:
            self.fault = error


class Power(threading.Thread):
    """Fails at moments drawn from the seed."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Kill and start again, :data:`KILLS` times."""
        dice = random.Random(SEED)
        try:
            for _ in range(KILLS):
                time.sleep(dice.uniform(0.1, 2.5))
                self.server.kill()
        except BaseException as error:
            self.fault = error


class Truck:
    """The demo's truck, driven over the API and the wires."""

    def __init__(self, server: Server, simulators: Simulators) -> None:
        self.simulators = simulators
        logins = ("gulnora", "wali", "dilnoza", "chori", "timur", "rustam", "auditor")
        self.people = {login: Asker(Voice(server.address, login)) for login in logins}

    def step(self, login: str, step: str, **more: Any) -> None:
        """A step of the truck."""
        self.people[login].must(f"/visits/{day.VISIT}/steps", step=step, **more)

    def approve(self, login: str, step: str) -> None:
        """A step of the consignment."""
        self.people[login].must("/approvals", consignment=day.REF, step=step, password=PASSWORD)

    def weigh(self, kg: int, step: str) -> None:
        """Onto the scale, weighed as soon as it stands, off again. The scale may just have lost its server."""
        self.simulators.act("put", "weighbridge-1", kg=str(kg), roll_s=0.5)

        def weighed() -> bool:
            told = self.people["wali"].ask(
                "/weighings", point="weighbridge-1", visit=day.VISIT, step=step, wait_s=5
            )
            if told["verdict"] == "refused":
                assert told["reason"] in ("NO_WEIGHT", "WEIGHT_UNSTABLE", "WEIGHT_OUT_OF_RANGE"), told
            return told["verdict"] == "accepted"

        until(weighed, "the scale did not come back")
        self.simulators.act("take", "weighbridge-1")

    def scan(self, device: str, label: str, stage: str) -> None:
        """Pull the trigger until the books know: a label read while the server was dead reached nobody."""
        clerk = self.people["timur"]

        def counted() -> bool:
            self.simulators.act("scan", device, text=f"00{label}", aim="]C1")
            deadline = time.monotonic() + 1.5
            while time.monotonic() < deadline:
                if clerk.get(f"/units/{label}")["stage"] == stage:
                    return True
                time.sleep(0.05)
            return False

        until(counted, f"{device} did not come back")


@contextmanager
def running(thread: threading.Thread) -> Iterator[None]:
    """The thread while the block runs; its fault is ours."""
    thread.start()
    yield
    thread.join(PATIENCE)
    assert not thread.is_alive()
    fault = getattr(thread, "fault", None)
    if fault is not None:
        raise fault


def test_nothing_acknowledged_is_lost_when_the_power_fails(tmp_path: Path, browser: Browser) -> None:
    wires = tmp_path / "w"
    wires.mkdir()
    data = tmp_path / "data"
    data.mkdir()
    port = free_port()
    with Simulators(wires) as simulators:
        config = configuration(data, simulators.urls, port)
        with opened(read(config)) as service:
            seed(service)
        server = Server(config, port)
        try:
            truck = Truck(server, simulators)
            noise = Noise(Voice(server.address, "timur"))
            power = Power(server)
            with office(browser, server.address) as people:
                watcher = people.person("chori")
                watcher.open(f"/consignments/{day.REF}")
                watcher.page.evaluate("window.neverReloaded = true")
                with running(noise):
                    with running(power):
                        _arrive(truck)
                    assert server.kills == KILLS
                    _leave(truck)
                    noise.stop.set()
                gone = watcher.says("Gate-out")
                expect(watcher.page.locator("#live .chip.solid").first).to_have_text(
                    gone, timeout=PATIENCE_MS
                )
                assert watcher.page.evaluate("window.neverReloaded"), "the page followed by itself"
            _prove(truck, noise)
            for asker in (noise.asker, *truck.people.values()):
                asker.voice.close()
        finally:
            server.process.close()
    assert verified(data)["ok"]


def _arrive(truck: Truck) -> None:
    """From the gate to the tally, while the power fails."""
    seals = [{"number": day.SEAL_IN}]
    truck.step("gulnora", "GATE_IN", point="gate-1", plate=day.PLATE, trailer=day.TRAILER, seals=seals)
    kg = sum(
        Decimal(line["gross_kg"])
        for line in truck.people["dilnoza"].get(f"/consignments/{day.REF}")["papers"]["lines"]
    )
    truck.weigh(TRUCK_KG + int(kg), "WEIGH_IN")
    truck.approve("dilnoza", "DOC_CHECK")
    paper = next(
        paper
        for paper in truck.people["dilnoza"].get(f"/consignments/{day.REF}")["papers"]["documents"]
        if paper["type"] == "AF_EXEMPTION"
    )
    known = {key: paper[key] for key in ("type", "number", "issued", "valid_from", "valid_until")}
    truck.people["dilnoza"].must(f"/consignments/{day.REF}/documents", **known, verified=True, note="seen")
    truck.approve("chori", "RISK")
    truck.step("timur", "UNLOAD", point="tally-1")
    for label in _labels():
        truck.scan("tally-1-scanner", label, "TALLY")
    truck.step("timur", "UNLOAD", note="empty")


def _leave(truck: Truck) -> None:
    """From the empty scale to the open barrier."""
    truck.weigh(TRUCK_KG, "WEIGH_IN")
    truck.approve("chori", "CUSTOMS_RELEASE")
    truck.approve("rustam", "RELEASE")
    truck.step("timur", "LOAD", point="load-1")
    for label in _labels():
        truck.scan("load-1-scanner", label, "LOAD")
    seals = [{"number": day.SEAL_OUT}]
    truck.step("chori", "SEAL", seals=seals)
    visit = truck.people["gulnora"].get(f"/visits/{day.VISIT}")
    truck.weigh(TRUCK_KG + int(Decimal(visit["loaded_kg"])), "WEIGH_OUT")
    truck.step("gulnora", "GATE_OUT", point="gate-1", plate=day.PLATE, trailer=day.TRAILER, seals=seals)


def _labels() -> list[str]:
    return [sscc(100_100 + number) for number in range(10)]


def _prove(truck: Truck, noise: Noise) -> None:
    """Every acknowledged event stands in the journal once, under its nonce and number, in the order of asking."""
    entries: list[dict[str, Any]] = []
    while page := truck.people["auditor"].voice.get(
        "/journal", after=entries[-1]["seq"] if entries else 0, limit=1000
    ):
        entries += page
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    by_nonce: dict[str, list[int]] = {}
    for entry in entries:
        by_nonce.setdefault(str(entry["nonce"]), []).append(entry["seq"])
    askers = [noise.asker, *truck.people.values()]
    for asker in askers:
        events = [event for _, event in asker.acknowledged]
        assert events == sorted(set(events)), "acknowledged out of order or twice"
        for asked, event in asker.acknowledged:
            numbers = by_nonce[asked]
            assert event in numbers
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "one request, one commit"
    codes = [
        e["data"]["asked"]["code"]
        for e in entries
        if e["type"] == "StepRefused" and e["point"] == "platform-2"
    ]
    assert len(codes) == len(set(codes)) == len(noise.asker.acknowledged)
    assert codes == sorted(codes)
