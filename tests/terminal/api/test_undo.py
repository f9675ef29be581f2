"""Undoing scans over the API, on both databases; and what became of scans that were set aside."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from terminal import access
from terminal.cases.reviewing import Decision, decide
from terminal.store.fold import verify_state
from tests.support.app import Voice, nonce, refused, terminal_at
from tests.terminal.api.test_hall import Hall, load_places


@pytest.fixture
def hall(store_url: str, tmp_path: Path) -> Any:
    """A consignment that is being tallied; the state is folded anew at the end and compared."""
    with terminal_at(store_url, tmp_path / "data") as made:
        load_places(made)
        yield Hall(made, "UNDO-1")
        connection = made.service.store.connect()
        try:
            verify_state(connection)
        finally:
            connection.close()


def undo(voice: Voice, hall: Hall, **which: Any) -> dict[str, Any]:
    """Ask to undo one scan."""
    body = {"reason": "WRONG_UNIT", "undone_at": hall.terminal.clock.now.isoformat(), **which}
    return voice.ask("/scans/undo", **body)


def test_scans_are_undone_by_nonce_and_by_event_and_may_be_made_again(hall: Hall) -> None:
    label, other, _ = hall.labels
    made = nonce()
    tallied = hall.clerk.scan(label, "TALLY", nonce=made, unit_context={"condition": "WET"})
    assert tallied["verdict"] == "accepted", tallied
    losses = hall.keeper.get("/losses")
    assert [one["unit"] for one in losses["losses"]] == [label]

    asked = nonce()
    told = undo(hall.clerk, hall, nonce=asked, scan=made, point="tally-1")
    assert (told["verdict"], told["facts"]["undone_step"], told["subject"]) == (
        "accepted",
        "TALLY",
        f"unit:{label}",
    )
    assert told["facts"]["undone"] <= tallied["event"]
    assert undo(hall.clerk, hall, nonce=asked, scan=made, point="tally-1") == told, "sent twice is once"
    assert undo(hall.clerk, hall, scan=made)["verdict"] == "already_done"
    assert hall.unit(label)["stage"] == "PRE_ADVICE"
    assert hall.keeper.get("/losses")["losses"] == []

    hall.tally(label, other)
    first = hall.store(label, "A-01")
    hall.store(label, "A-02")
    late = undo(hall.keeper, hall, event=first["event"])
    refused(late, "UNDO_TOO_LATE", hall.terminal)
    assert "Scan" in " ".join(late["next"]), "and it says what to do"
    second = hall.keeper.scan(label, "STORAGE", "storage-1", unit_context={"place": "A-01"})
    assert undo(hall.keeper, hall, event=second["event"], reason="WRONG_PLACE")["verdict"] == "accepted"
    assert hall.unit(label)["place"] == "A-02"
    again = hall.terminal.person("warehouse_keeper")
    assert undo(again, hall, event=second["event"])["verdict"] == "already_done"


def test_what_changed_nothing_is_nothing_to_undo_and_others_may_not(hall: Hall) -> None:
    made = nonce()
    hall.clerk.scan("340123450000000017", "TALLY", nonce=made)
    refused(undo(hall.clerk, hall, scan=made), "NOTHING_TO_UNDO", hall.terminal)
    refused(undo(hall.clerk, hall, scan=nonce()), "NOTHING_TO_UNDO", hall.terminal)
    tallied = hall.tally(hall.labels[0])[0]
    refused(undo(hall.officer, hall, event=tallied["event"]), "NOT_PERMITTED", hall.terminal)
    refused(undo(hall.clerk, hall, event=tallied["event"], reason="OTHER"), "REASON_NEEDED", hall.terminal)
    for bad in ({}, {"scan": made, "event": 1}):
        body = {"nonce": nonce(), "reason": "OTHER", "undone_at": hall.terminal.clock.now.isoformat(), **bad}
        assert hall.clerk.send("POST", "/scans/undo", json=body).status_code == 422
    # whoever comes after undoes by the number what the one before scanned
    scan = nonce()
    stored = hall.tally(hall.labels[1])[0]
    moved = hall.clerk.scan(
        hall.labels[1], "STORAGE", "storage-1", nonce=scan, unit_context={"place": "A-02"}
    )
    refused(undo(hall.keeper, hall, scan=scan), "NOTHING_TO_UNDO", hall.terminal)
    assert undo(hall.keeper, hall, event=moved["event"])["verdict"] == "accepted"
    refused(undo(hall.keeper, hall, event=stored["event"]), "NOT_PERMITTED", hall.terminal)


def test_a_station_learns_what_became_of_a_scan_that_was_set_aside(hall: Hall) -> None:
    old = (hall.terminal.clock.now - timedelta(days=60)).isoformat()
    first = hall.clerk.scan(hall.labels[0], "TALLY", scanned_at=old)
    second = hall.clerk.scan(hall.labels[1], "TALLY", scanned_at=old)
    seqs = [answer["facts"]["review"] for answer in (first, second)]

    def outcomes(voice: Voice) -> list[tuple[bool, str | None, str | None]]:
        told = voice.get("/scans/reviews", review=[*seqs, 999_999])
        return [(one["open"], one["resolution"], one["note"]) for one in told]

    assert outcomes(hall.clerk) == [(True, None, None)] * 2
    agency = hall.terminal.person("agency_user")
    assert outcomes(agency) == [], "not of others"
    hall.terminal.clock.forward(minutes=5)
    for seq, do, note in zip(seqs, Decision, ("seen on the dock", "counted twice"), strict=True):
        supervisor = access.actor_of(hall.terminal.service_person("document_officer"))
        request = hall.terminal.service.request(supervisor, nonce(), {"review": seq})
        decided = hall.terminal.write(partial(decide, seq=seq, decision=do, note=note, request=request))
        assert decided.verdict == "accepted", decided
    assert outcomes(hall.clerk) == [(False, "APPLY", "seen on the dock"), (False, "KEEP", "counted twice")]
