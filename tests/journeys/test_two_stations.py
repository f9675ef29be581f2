"""Two stations scan the same 200 units without a network and come back to a server that fails in every way."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from terminal.demo import place
from terminal.demo.people import PASSWORD
from terminal.demo.starting import seed
from terminal.running import opened
from terminal.settings import read
from tests.journeys.cargo import Load
from tests.journeys.machines import Voice, until, verified
from tests.journeys.people import PATIENCE_MS, Person, office
from tests.journeys.test_killed import Server, free_port
from tests.journeys.troubled import Troubled
from tests.support.app import nonce, sscc

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SEED = 20261126
#: every run scans some; the whole story, with its two hundred, takes more than a minute
UNITS = (pytest.param(48, id="48"), pytest.param(200, id="200", marks=pytest.mark.slow))
OTHER = sscc(779_001)
KEPT = """async () => { const at = [...document.querySelectorAll("script[src]")].find((one) => one.src.endsWith("/js/station.js")).src;
  const { ScanStore } = await import(new URL("queue.js", at)); const { Vault } = await import(new URL("vault.js", at));
  return (await ScanStore.open("karvon", await Vault.open("karvon"))).all(); }"""


def configuration(folder: Path, port: int) -> Path:
    """A ``karvon.toml`` with the points of the demo and no devices."""
    text = f'data_dir = "."\n\n[server]\nport = {port}\n'
    for point in place.POINTS:
        text += "\n[[points]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in point.items())
    path = folder / "karvon.toml"
    path.write_text(text, encoding="utf-8")
    return path


def must(address: str, login: str, path: str, **body: Any) -> dict[str, Any]:
    """A step that has to be done before."""
    voice = Voice(address, login)
    told = voice.ask(path, nonce=nonce(), **body)
    voice.close()
    assert told["verdict"] == "accepted", told
    return told


def bring(address: str, load: Load) -> None:
    """Announce the load, let its truck in, look at its papers, open it."""
    agency = Voice(address, "agency-a")
    said = agency.client.post(
        "/api/v1/imports",
        data={"nonce": nonce(), "facts": json.dumps(load.facts())},
        files={"files": (f"{load.ref}.xlsx", load.packing_list())},
    )
    agency.close()
    assert said.json()["verdict"] == "accepted", said.text
    new = {"plate": load.plate, "trailer": load.trailer, "carries": [load.ref]}
    visit = must(address, "gulnora", "/visits", **new)["facts"]["visit"]
    seals = [{"number": load.seal, "cls": "H"}]
    read_off = {"plate": load.plate, "trailer": load.trailer, "seals": seals}
    must(address, "gulnora", f"/visits/{visit}/steps", step="GATE_IN", point="gate-1", **read_off)
    for login, step in (("dilnoza", "DOC_CHECK"), ("chori", "RISK")):
        must(address, login, "/approvals", consignment=load.ref, step=step, password=PASSWORD)
    must(address, "timur", f"/visits/{visit}/steps", step="UNload", point="tally-1")


def station(person: Person) -> Page:
    """The tally, open and without a network."""
    person.open("/tally?point=tally-1")
    person.page.wait_for_selector("#entry[data-ready]")
    person.page.context.set_offline(True)
    return person.page


def waiting(page: Page) -> int:
    """How many scans this station has still to send."""
    return sum("review" not in row for row in page.evaluate(KEPT))


@pytest.mark.parametrize("count", UNITS)
def test_every_scan_of_two_stations_is_booked_once_or_stands_on_the_desk(
    tmp_path: Path, browser: Browser, count: int
) -> None:
    load = Load("TWO-STATIONS", 780_000, pallets=count, plate="75 881 KBA", trailer="75 5181 AB")
    port = free_port()
    config = configuration(tmp_path, port)
    with opened(read(config)) as service:
        seed(service)
    server = Server(config, port)
    try:
        bring(server.address, load)
        with (
            Troubled(port, seed=SEED) as proxy,
            office(browser, proxy.address) as people,
        ):
            clerks = [people.person("timur"), people.person("timur")]
            pages = [station(clerk) for clerk in clerks]
            labels = load.labels
            for clerk, order in zip(clerks, (labels, labels[::-1]), strict=True):
                for label in order:
                    clerk.wedge(f"]C100{label}")
                expect(clerk.page.locator("#queue-count")).to_have_text(str(count), timeout=PATIENCE_MS)
            scans = [row["scan"] for page in pages for row in page.evaluate(KEPT)]
            assert len({scan["nonce"] for scan in scans}) == 2 * count
            taken = scans[count // 2]["nonce"]  # somebody used it for another label: both are kept
            voice = Voice(server.address, "timur")
            at = scans[0]["scanned_at"]
            told = voice.post(
                "/scans",
                {"nonce": taken, "code": OTHER, "step": "TALLY", "point": "tally-1", "scanned_at": at},
            )
            voice.close()
            assert told.json()["verdict"] == "refused", told.text

            for page in pages:
                page.context.set_offline(False)
            for part in (1, 2):
                until(lambda part=part: proxy.passed > part * count // 2, "the stations do not send")
                server.kill()
            for page in pages:
                until(lambda page=page: waiting(page) == 0, "the queue did not empty")
                expect(page.locator("#lamp-queue")).to_be_hidden(timeout=PATIENCE_MS)
            kept = [row["scan"]["nonce"] for page in pages for row in page.evaluate(KEPT)]
            assert kept == [taken], "what lies with the supervisor stays in sight of its station"
            assert sum(proxy.done.values()) - proxy.done[""] > count // 10, proxy.done
            assert proxy.done["silence"] == 2
        prove(server.address, load, scans, taken)
    finally:
        server.process.close()
    assert verified(tmp_path)["ok"]


def prove(address: str, load: Load, scans: list[dict[str, Any]], taken: str) -> None:
    """One entry of the journal for each nonce, every unit counted once, the other scans noted as done before, one on the desk."""
    auditor = Voice(address, "auditor")
    entries: list[dict[str, Any]] = []
    while page := auditor.get("/journal", after=entries[-1]["seq"] if entries else 0, limit=1000):
        entries += page
    counted = Counter(entry["subject"] for entry in entries if entry["type"] == "UnitTallied")
    assert counted == Counter({f"unit:{label}": 1 for label in load.labels})
    answers: dict[str, list[str]] = {}
    for entry in entries:
        if entry["nonce"] and entry["type"] in ("UnitTallied", "ScanNoted", "StepRefused", "ScanSetAside"):
            answers.setdefault(str(entry["nonce"]), []).append(entry["type"])
    own = {scan["nonce"]: answers.get(scan["nonce"], []) for scan in scans}
    assert sorted(own.pop(taken)) == ["ScanSetAside", "StepRefused"]
    assert all(len(found) == 1 for found in own.values()), own
    assert Counter(found[0] for found in own.values()) == {
        "UnitTallied": load.pallets,
        "ScanNoted": load.pallets - 1,
    }
    units = [auditor.get(f"/units/{label}") for label in load.labels]
    auditor.close()
    assert {unit["stage"] for unit in units} == {"TALLY"}
    assert sum(Decimal(unit["gross_kg"]) for unit in units) == load.kg
