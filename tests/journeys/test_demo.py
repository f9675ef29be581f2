"""``karvon demo`` as a person starts it: it says where it is, keeps what was done, begins anew, and stops cleanly."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from terminal.demo.people import PEOPLE
from tests.journeys.machines import Demo, Voice, until

pytestmark = pytest.mark.timeout(240)


def _children(parent: int) -> set[int]:
    """The processes that a process has started and that still run."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.add(int(status.parent.name))
    return found


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _announce(address: str, plate: str) -> None:
    gate = Voice(address, "gulnora")
    told = gate.ask("/visits", nonce=f"demo-{plate}", plate=plate, carries=[])
    assert told["verdict"] == "accepted", told
    gate.close()


def _journal(address: str) -> list[str]:
    auditor = Voice(address, "auditor")
    entries = auditor.get("/journal", after=0, limit=1000)
    auditor.close()
    return [entry["hash"] for entry in entries]


def test_the_demo_starts_keeps_begins_anew_and_stops(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Demo(data) as demo:
        address = demo.ready()
        demo.find("Ctrl-C")
        said = "\n".join(demo.said)
        assert "Karvon is ready" in said
        assert all(person.login in said for person in PEOPLE)
        assert httpx.get(f"{address}/readyz", trust_env=False).status_code == 200
        _announce(address, "75111AAA")
        first = _journal(address)

        # Somebody starts it twice: the second one says so in a sentence and leaves the first alone.
        port = int(address.rpartition(":")[2])
        with Demo(tmp_path / "other", port=port) as second:
            assert "is taken" in second.rest()
            assert second.child.wait(10) == 3
        assert _journal(address)[: len(first)] == first

        children = _children(demo.child.pid)
        assert children, "the devices are processes of their own"
        assert demo.interrupt() == 0
        until(lambda: not any(map(_runs, children)), "a child outlived the demo")

    with Demo(data) as demo:
        kept = _journal(demo.ready())
        assert kept[: len(first)] == first
        assert demo.interrupt() == 0

    with Demo(data, "--reset") as demo:
        anew = _journal(demo.ready())
        assert not set(anew) & set(first)
        assert demo.interrupt() == 0
