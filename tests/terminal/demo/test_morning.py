"""The demo's busy morning: every part of it goes through the rules of today, once, and the books agree with the journal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from terminal.demo import place, starting
from terminal.running import open_service
from terminal.store.fold import verify_state
from terminal.store.journal import everything

#: addresses of devices that nobody asks here: they are what makes a weight usable
WIRES = {
    name: f"tcp://127.0.0.1:{port}"
    for port, name in enumerate(("weighbridge-1", "pallet-scale-1", "platform-2"), 9001)
}
PARTS = 14


def test_the_whole_morning_is_lived_through_once(tmp_path: Path) -> None:
    service = open_service(place.settings(tmp_path, WIRES))
    starting.seed(service)
    assert starting.seed_morning(service) == PARTS, (
        "the rules refuse a part of it: see the log of karvon.demo"
    )
    connection = service.store.connect()
    try:
        verify_state(connection)
        kinds = Counter(entry.type for entry in everything(connection))
        assert starting.seed_morning(service) == 0, "a demo that is started again goes on"
        assert Counter(entry.type for entry in everything(connection)) == kinds
    finally:
        connection.close()
        service.store.close()
    for kind in (
        "UnitLoaded",
        "HandoverRecorded",
        "TallyClosed",
        "CountOpened",
        "SeizureRecorded",
        "ScanSetAside",
    ):
        assert kinds[kind], kind
    assert kinds["StepRefused"] == 0
