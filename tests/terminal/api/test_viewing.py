"""The access log: looks of those who only watch stand in the journal, with the handling code of what they looked at."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.api.viewing import record_at
from tests.support.app import Terminal, Voice
from tests.terminal.api.test_inspections import SEIZED


def looks(terminal: Terminal, after: int) -> list[tuple[str, str, list[str]]]:
    """Who looked at what under which code, since an entry."""
    with terminal.service.reading() as reader:
        found = reader.entries_after(after)
    return [
        (e.who, e.data["facts"]["what"], e.data["facts"]["handling_codes"])
        for e in found
        if e.type == "SecurityEvent" and e.data["action"] == "viewed"
    ]


def test_looks_of_watchers_are_kept_once_in_a_quarter_of_an_hour(terminal: Terminal) -> None:
    terminal.announce("SEEN-1")
    customs, blo = terminal.person("customs_inspector"), terminal.person("liaison_officer")
    case = customs.must("/seizures", facts=SEIZED)["facts"]["seizure"]
    start, me = terminal.service.store.tail().seq, terminal.ids["liaison_officer"]
    centre = terminal.person("situation_centre")
    blo.get("/consignments/SEEN-1")
    for _ in range(3):  # a page that renews itself
        assert blo.send("GET", "//consignments/SEEN-1").status_code == 200
    blo.get(f"/seizures/{case}")
    blo.get("/consignments")  # a list is no record
    blo.send("GET", "/consignments/SEEN-0")  # looked for, not there
    customs.get("/consignments/SEEN-1")  # works with it: their deeds are events
    centre.get("/reports/terminal")
    assert looks(terminal, start) == [
        (me, "consignment:SEEN-1", ["TERMINAL"]),
        (me, f"seizure:{case}", ["LAW_ENFORCEMENT"]),
        (me, "consignment:SEEN-0", ["TERMINAL"]),
        (terminal.ids["situation_centre"], "report:terminal", ["TERMINAL"]),
    ]
    terminal.clock.forward(minutes=16)
    again, start = terminal.person("liaison_officer"), terminal.service.store.tail().seq
    again.get("/consignments/SEEN-1")
    assert [what for _, what, _ in looks(terminal, start)] == ["consignment:SEEN-1"]


def test_an_access_log_is_read_by_the_auditor(terminal: Terminal) -> None:
    voice: Voice = terminal.person("auditor")
    told: list[dict[str, Any]] = voice.get("/journal", limit=1000)
    assert any(entry["data"].get("action") == "viewed" for entry in told)


@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("/api/v1/consignments/A/1-b", ("consignment", "A/1-b")),
        ("/api/v1/consignments/R-1/journal", ("consignment", "R-1")),
        ("/visits/V-1/story", ("visit", "V-1")),
        ("/inspections/new", None),
        ("/api/v1/seizures/export", None),
        ("/reports/job/x", None),
        ("/papers/seizure-act/SZ-2026-0001", ("paper", "seizure-act/SZ-2026-0001")),
        ("/consignments", None),
        ("/track/ABC", None),
    ],
)
def test_what_is_a_record(path: str, record: tuple[str, str] | None) -> None:
    assert record_at(path) == record
