"""A decision of the journal is made again from the journal: the same figures, by the data of then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.cases import importing
from terminal.cli import main
from terminal.filing import path_of
from terminal.replaying import CannotReplayError, Replay, replay
from terminal.store import Entry, Store, url_of
from tests.support.app import Terminal, nonce, sample, terminal_at
from tests.terminal.data.test_loading import LIST, STRICT, loaded

SAMPLES = [f"S0{number}" for number in range(1, 9)]


def take_in(terminal: Terminal, name: str) -> str:
    """Announce a sample consignment from its raw files; returns its reference."""
    facts, files = sample(name)
    reading = importing.read(files, facts)
    person = terminal.service_person("document_officer")
    from terminal.access import actor_of  # noqa: PLC0415

    request = terminal.service.request(actor_of(person), nonce(), reading.body())
    answer = terminal.write(lambda books: importing.store(books, reading, request, terminal.service.judge))
    assert answer.verdict == "accepted", answer
    return reading.reference


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Every sample taken in, moved on, judged under three sets of data, on SQLite."""
    folder = tmp_path_factory.mktemp("replay")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as terminal:
        refs = [take_in(terminal, name) for name in SAMPLES]
        terminal.clock.forward(hours=2)
        gate = terminal.person("gate_operator")
        gate.must("/visits", plate="01 777 AAA", carries=[refs[0]])
        loaded(terminal, ("check_severities.csv", STRICT))
        terminal.clock.forward(hours=30)
        person = terminal.person("document_officer")
        for ref in refs:
            person.ask("/approvals", consignment=ref, step="DOC_CHECK")
        loaded(terminal, ("unsc.xml", LIST.replace(b"NAMUNAWAL", b"NAMUNAWOL")))
        yield terminal


def again(terminal: Terminal, entry: Entry) -> Replay:
    """The decision of that event made again."""
    service = terminal.service
    ref = entry.subject.partition(":")[2]
    return replay(service.store, service.room, lambda: service.secret, ref, entry.seq)


def test_every_decision_comes_out_the_same(told: Terminal) -> None:
    decisions = [entry for entry in told.journal() if entry.type == "ChecksRun"]
    assert {entry.subject for entry in decisions} >= {
        f"consignment:{sample(n)[0]['reference']}" for n in SAMPLES
    }
    assert len({entry.data["basis"] for entry in decisions}) >= 3
    for entry in decisions:
        found = again(told, entry)
        assert found.same, (entry.seq, found.change)
        assert not found.change.any
        assert found.again.basis == entry.data["basis"]


def test_a_moment_between_two_decisions_means_the_first(told: Terminal) -> None:
    decisions = [e for e in told.journal() if e.type == "ChecksRun" and e.subject.endswith("0412")]
    first, second = decisions[0], decisions[1]
    service, ref = told.service, first.subject.partition(":")[2]
    found = replay(service.store, service.room, lambda: service.secret, ref, second.seq - 1)
    assert found.seq == first.seq
    with pytest.raises(CannotReplayError, match="had not run yet"):
        replay(service.store, service.room, lambda: service.secret, ref, 1)


def test_the_command_says_whether_it_is_the_same(
    told: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = told.service.settings.data_dir
    entry = next(e for e in reversed(told.journal()) if e.type == "ChecksRun")
    ref = entry.subject.partition(":")[2]
    where = ["--data", str(data)]
    assert main(["check", ref, "--replay", str(entry.seq), "--json", *where]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["same"] is True
    assert said["then"] == said["again"] == {"decision": entry.data["decision"], "lane": entry.data["lane"]}
    assert main(["check", ref, "--replay", "1", *where]) == 2
    assert main(["check", "no-such", "--replay", "9", *where]) == 2
    assert main(["check", ref, "--replay", "9", "--data", str(tmp_path / "none")]) == 3
    capsys.readouterr()
    basis = path_of(data, str(entry.data["basis"]))
    content = basis.read_bytes()
    basis.unlink()
    assert main(["check", ref, "--replay", str(entry.seq), *where]) == 3
    assert str(entry.data["basis"]) in capsys.readouterr().err
    basis.write_bytes(content)


def test_another_secret_is_noticed(told: Terminal) -> None:
    service = told.service
    runs = [entry for entry in told.journal() if entry.type == "ChecksRun"]
    drawn = 0
    for number in range(40):  # one in twenty is drawn: another secret draws others
        ref = runs[-1].subject.partition(":")[2]
        found = replay(service.store, service.room, lambda n=number: b"%d" % n, ref, runs[-1].seq)  # type: ignore[misc]
        drawn += not found.same
        if drawn:
            break
    assert drawn


def test_the_store_is_only_read(told: Terminal) -> None:
    before = told.service.store.tail()
    entry = next(e for e in told.journal() if e.type == "ChecksRun")
    again(told, entry)
    assert told.service.store.tail() == before
    assert isinstance(told.service.store, Store)
