"""Killed in the middle of writing, again and again: what was acknowledged is there, once, in order."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from terminal.store import Store
from terminal.store.journal import everything
from tests.terminal.store.small import begin
from tests.terminal.store.test_books import agrees_with_its_journal

ROUNDS = 4
HOUSE = Path(__file__).parents[3]


def scan_and_kill(url: str, name: str, answers: int) -> dict[str, int]:
    """Let a process scan, kill it without warning after so many answers; returns what it had acknowledged."""
    command = [sys.executable, "-m", "tests.terminal.store.scanning", url, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HOUSE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(answers)]
        process.kill()
        lines += process.stdout.readlines()
    # The last line may have been cut in the middle of printing: then nobody read it as an answer.
    whole = [line.split() for line in lines if line.endswith("\n")]
    assert len(whole) >= answers, f"the process ended by itself after {len(whole)} answers"
    return {nonce: int(seq) for nonce, seq in whole}


def test_what_was_acknowledged_survives_every_kill(store_url: str) -> None:
    with Store.open(store_url) as store:
        begin(store)
    chance = random.Random(20261116)
    acknowledged: dict[str, int] = {}
    for number in range(ROUNDS):
        acknowledged |= scan_and_kill(store_url, f"r{number}", chance.randint(1, 120))
    with Store.open(store_url) as store:
        with store.reading() as reader:
            entries = list(everything(reader.connection))
            written = {entry.facts["nonce"]: entry.seq for entry in entries if entry.facts["nonce"]}
            for nonce, seq in acknowledged.items():
                assert written[nonce] == seq
                known = reader.recall("d", nonce, nonce.encode())
                assert known is not None
                assert known.reply == {"seq": seq}
        assert max(Counter(entry.facts["nonce"] for entry in entries if entry.facts["nonce"]).values()) == 1
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        agrees_with_its_journal(store)
