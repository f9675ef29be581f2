"""Long files are read in a process of their own, and come back as if they had been read here."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from terminal import importing_apart
from terminal.bench.imports import FIRST, facts_of, packing_list
from terminal.cases import importing
from terminal.importing import WrongFactsError


def test_what_is_read_apart_is_what_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_apart, "LONG", 1)
    broken = packing_list(3, FIRST).replace(b";100;", b";1.00.0;")
    uploads = [("list.csv", packing_list(40, FIRST + 9)), ("second.csv", broken)]
    apart, here = (
        importing_apart.read(uploads, facts_of("A-1", 43)),
        importing.read(uploads, facts_of("A-1", 43)),
    )
    assert (apart.files, apart.sizes, apart.assembled) == (here.files, here.sizes, here.assembled)
    assert apart.prepared.papers is apart.assembled.papers
    assert apart.prepared.counted.papers is apart.assembled.papers
    assert apart.prepared.canonical == here.prepared.canonical
    assert apart.prepared.stored == here.prepared.stored
    assert apart.report() == here.report()
    with pytest.raises(WrongFactsError, match="mode"):
        importing_apart.read(uploads, {**facts_of("A-1", 43), "mode": "CAMEL"})


def test_short_files_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", pytest.fail)
    assert importing_apart.read([("list.csv", packing_list(3, FIRST))], facts_of("A-1", 3)).reference == "A-1"


def test_a_reader_that_dies_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_apart, "LONG", 1)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(WrongFactsError, match="split them"):
        importing_apart.read([("list.csv", packing_list(3, FIRST))], facts_of("A-1", 3))


def test_the_process_answers_on_its_standard_output() -> None:
    said = importing_apart._ask(pickle.dumps(([("list.csv", b"")], facts_of("A-1", 3))))
    assert pickle.loads(said).empty
