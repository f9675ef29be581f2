"""Witnesses: they sign only what grew out of what they saw, over HTTP and on a stick, and make rewriting visible."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal import witnessing
from terminal.cli import main
from terminal.evidence import cosigning, succession, witnessed
from terminal.evidence import karvon_verify as kv
from terminal.evidence.cosigning import Unreadable, read_checkpoint, read_key, read_request
from terminal.evidence.log import JournalLog
from terminal.evidence.witness import NoWitness, Witness
from terminal.evidence.witness_server import make
from terminal.keys import Keys
from terminal.merkle import Tree, head_of, leaf_hash
from terminal.settings_evidence import WitnessSettings
from terminal.store import Store, url_of
from tests.support.app import NOON, Terminal
from tests.terminal.store.small import begin, context, refused

LEAVES = [leaf_hash(str(number).encode()) for number in range(40)]
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


class Log:
    """A journal of forty leaves that signs as a terminal."""

    def __init__(self, folder: Path, leaves: list[bytes] = LEAVES) -> None:
        self.keys, self.leaves = Keys(folder, "UZTER"), leaves

    def note(self, size: int) -> str:
        head = base64.b64encode(head_of(self.leaves[:size])).decode()
        return self.keys.current(NOON).note(f"karvon/uzter\n{size}\n{head}\n")

    def request(self, old: int, size: int) -> bytes:
        tree = Tree(lambda start, end: self.leaves[start:end], 4)
        proof = tree.consistency_proof(old, size) if 0 < old <= size else []
        return cosigning.Request(old, tuple(proof), read_checkpoint(self.note(size))).written()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "terminal")


@pytest.fixture
def witness(tmp_path: Path, log: Log) -> Witness:
    made = Witness.make(tmp_path / "stick", "hairatan.example/w")
    made.trust(read_key(log.keys.current(NOON).public.line))
    return made


def test_the_examples_of_the_specification_are_read_and_written_the_same() -> None:
    request = read_request(EXAMPLE.encode())
    assert (request.old, len(request.proof), request.checkpoint.size) == (20852014, 4, 20852163)
    assert request.written() == EXAMPLE.encode()
    log_line, witness_line = request.checkpoint.signatures
    assert (len(log_line.data), len(witness_line.data)) == (64, 72)
    assert int.from_bytes(witness_line.data[:8], "big") == 1679315147  # the time that its text names


def test_what_is_cosigned_is_what_the_specification_says(witness: Witness, log: Log) -> None:
    note = read_checkpoint(log.note(7))
    answer = witness.take(log.request(0, 7), 1679315147)
    assert answer.taken
    (line,) = cosigning.read_signatures(answer.body)
    message = b"cosignature/v1\ntime 1679315147\n" + note.text.encode()
    assert kv.ed25519_verifies(witness.key.key, message, line.data[8:])
    wanted = hashlib.sha256(b"hairatan.example/w\n\x04" + witness.key.key).digest()[:4]
    assert line.id == wanted
    signed = note.plus([line])
    assert signed.witnessed_by([witness.key]) == {"hairatan.example/w": 1679315147}
    assert kv.read_checkpoint(signed.note.encode(), [kv.read_key(log.keys.current(NOON).public.line)])[0] == 7
    assert replace(signed, text=signed.text.replace("7", "8")).witnessed_by([witness.key]) == {}


def test_it_signs_what_grew_and_nothing_else(witness: Witness, log: Log, tmp_path: Path) -> None:
    def status(body: bytes) -> int:
        return witness.take(body, 1).status

    assert status(log.request(0, 5)) == 200
    assert status(log.request(5, 5)) == 200  # the same again
    assert status(log.request(5, 12)) == 200
    again = witness.take(log.request(0, 20), 1)
    assert (again.status, again.kind, again.body) == (409, "text/x.tlog.size", "12\n")
    assert status(log.request(5, 20)) == 409
    assert status(log.request(20, 12)) == 400
    assert status(log.request(12, 20).replace(b"old 12", b"old 012")) == 400
    other = Log(tmp_path / "terminal", [*LEAVES[:3], leaf_hash(b"another"), *LEAVES[4:]])
    assert status(other.request(12, 20)) == 422
    assert status(other.request(12, 12)) == 409
    assert len(list((witness.folder / "refused").iterdir())) == 2  # what the terminal signed against itself
    assert status(Log(tmp_path / "stranger").request(12, 20)) == 403
    assert status(log.request(12, 20).replace(b"karvon/uzter\n", b"karvon/other\n")) == 404
    assert status(log.request(12, 20)) == 200
    assert [one.size for one in Witness(witness.folder).history()] == [5, 5, 12, 20]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_rubbish_is_no_request(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_request(data)


@pytest.mark.parametrize("at", range(0, len(EXAMPLE.encode()), 7))
def test_a_bent_request_is_refused_or_says_something_else(at: int) -> None:
    bent = bytearray(EXAMPLE.encode())
    bent[at] ^= 1
    try:
        found = read_request(bytes(bent))
    except Unreadable:
        return
    assert found != read_request(EXAMPLE.encode())


def test_a_new_key_is_followed_through_the_old_one(witness: Witness, log: Log, tmp_path: Path) -> None:
    assert witness.take(log.request(0, 5), 1).taken
    log.keys.rotate(NOON)
    assert witness.take(log.request(5, 9), 1).status == 403
    (note,) = succession.split(log.keys.successions())
    with pytest.raises(Unreadable, match="none of the keys"):
        succession.read(note.replace("karvon.succession/1\n", "karvon.succession/1\n", 1), [])
    with pytest.raises(Unreadable, match="none of the keys"):
        witness.follow(note.replace("T07:00", "T08:00"))
    assert witness.follow(note).line == log.keys.current(NOON).public.line
    assert witness.take(log.request(5, 9), 1).taken
    log.keys.rotate(NOON, named=False)
    assert log.keys.successions() == note
    assert witness.take(log.request(9, 12), 1).status == 403


def test_a_damaged_witness_says_so(witness: Witness, tmp_path: Path) -> None:
    with pytest.raises(NoWitness, match="is a witness already"):
        Witness.make(witness.folder, "other")
    with pytest.raises(NoWitness, match="without blanks"):
        Witness.make(tmp_path / "new", "two words")
    with pytest.raises(NoWitness, match="is no witness"):
        Witness(tmp_path / "nowhere")
    with pytest.raises(NoWitness, match="key of a witness"):
        witness.trust(witness.key)
    (witness.folder / "witness.pem").write_bytes(b"x")
    with pytest.raises(NoWitness, match="cannot be read"):
        Witness(witness.folder)


@contextmanager
def served(witness: Witness) -> Iterator[str]:
    with make(witness, "127.0.0.1", 0, lambda: NOON) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_over_http_it_answers_nothing_but_checkpoints(witness: Witness, log: Log) -> None:
    with served(witness) as address, httpx.Client() as client:
        assert client.post(address + "/add-checkpoint", content=log.request(0, 4)).status_code == 200
        assert client.post(address + "/elsewhere", content=b"").status_code == 404
        assert client.get(address + "/add-checkpoint").status_code == 405
        assert client.post(address + "/add-checkpoint", content=b"x" * 70_000).status_code == 400
        conflict = client.post(address + "/add-checkpoint", content=log.request(0, 9))
        assert (conflict.status_code, conflict.text) == (409, "4\n")
        assert conflict.headers["content-type"] == "text/x.tlog.size"


def test_a_journal_written_anew_gets_no_signature_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody with the whole machine, key included, writes history anew: the witness and its folder show it."""
    data, stick = tmp_path / "data", tmp_path / "stick"
    data.mkdir()

    def write(name: str, what: list[str]) -> Path:
        path = tmp_path / name
        with Store.open(url_of(path)) as store:
            begin(store)
            for text in what:
                store.write_now(lambda books, text=text: books.record([refused(text)], context()))  # type: ignore[misc]
        return path

    def show(path: Path, to: str, key: str) -> witnessed.Witnessed:
        ask, known = witnessed.asking(to, key, lambda: NOON)
        with Store.open(url_of(path), writing=False) as store, store.reading() as reader:
            return witnessed.submit(reader, JournalLog(), Keys(data, "UZTER").current(NOON), ask, known)

    assert main(["keys", "show", "--data", str(data)]) == 0
    terminal_key = capsys.readouterr().out.strip()
    assert main(["witness", "init", str(stick), "--name", "stick", "--key", terminal_key]) == 0
    key = capsys.readouterr().out.strip()
    honest = write("honest.sqlite3", ["one", "two", "three"])
    found = show(honest, str(stick), key)
    witnessed.keep(data, str(stick), found)
    (notes,) = (data / "witnessed").iterdir()
    verify = ["verify", "--database", f"sqlite:///{honest}"]
    assert main([*verify, "--witness", str(stick)]) == 0
    assert main([*verify, "--witness", str(notes), "--key", key]) == 0
    assert main([*verify, "--witness", str(notes)]) == 2
    assert "not signed with a key that is believed" in capsys.readouterr().err

    forged = write("forged.sqlite3", ["one", "another", "three", "four"])
    assert (
        main(["verify", "--database", f"sqlite:///{forged}"]) == 0
    )  # by itself it is a journal like any other
    capsys.readouterr()
    assert main(["verify", "--database", f"sqlite:///{forged}", "--witness", str(stick)]) == 1
    assert "was written anew" in capsys.readouterr().out
    with served(Witness(stick)) as address:
        with pytest.raises(witnessed.Contradicted, match="does not begin with"):
            show(forged, address, key)
        with pytest.raises(witnessed.Contradicted, match="has seen"):
            show(write("short.sqlite3", []), address, key)
        with pytest.raises(witnessed.NotWitnessed, match="Say with which key"):
            show(honest, address, "")
    with pytest.raises(witnessed.NotWitnessed, match="could not be asked"):
        show(honest, address, key)
    cut = tmp_path / "cut.sqlite3"
    cut.write_bytes(honest.read_bytes())
    with sqlite3.connect(cut) as raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)")
    raw.close()
    assert main(["verify", "--database", f"sqlite:///{cut}", "--witness", str(stick), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["broken"]["fault"] == "CUT_OFF"


def test_a_running_terminal_tells_what_its_witness_says(terminal: Terminal, tmp_path: Path) -> None:
    service = terminal.service
    stick = Witness.make(tmp_path / "stick", "stick")
    one = WitnessSettings(to=str(stick.folder))
    service.settings = replace(service.settings, witnesses=(one,))
    standing = terminal.do(witnessing.show(service, one))
    assert "no such journal" in standing.trouble
    stick.trust(read_key(service.keys.current(service.clock()).public.line))
    standing = terminal.do(witnessing.show(service, one))
    assert (standing.trouble, standing.size) == ("", service.store.tail().seq)
    assert standing.signed == datetime.fromtimestamp(int(NOON.timestamp()), UTC)
    assert f'karvon_witness_events{{witness="{stick.folder}"}} {standing.size}' in witnessing.lines(service)

    def pretend(note: str) -> None:
        """As if the witness had seen a longer journal of ours."""
        seen = service.keys.current(service.clock()).note(note)
        (next((stick.folder / "last").iterdir())).write_text(seen, encoding="utf-8")

    pretend(f"karvon/uzter\n9000\n{base64.b64encode(bytes(32)).decode()}\n")
    for _ in range(2):
        assert terminal.do(witnessing.show(service, one)).contradicts
    newest = terminal.newest()
    assert (newest.type, newest.data["action"]) == ("SecurityEvent", "witness_contradicts")
    assert newest.seq == standing.size + 1  # once
    assert f'karvon_witness_contradicts{{witness="{stick.folder}"}} 1' in witnessing.lines(service)
