"""Long files are read in a process of their own: no scan waits for them, and their memory is given back.

``python -m terminal.importing_apart`` takes one request from standard input and writes the answer to standard output, both
pickled by us for us. It runs with low priority and ends with its parent: what it writes then goes nowhere.
"""

from __future__ import annotations

import copyreg
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from terminal.cases import importing
from terminal.cases.importing import Reading
from terminal.importing import WrongFactsError

#: bytes of files from which on a process of their own is worth its start (about a second): some thousands of rows
LONG = 400_000
#: seconds after which it is given up; the longest list that is allowed takes a minute or two
PATIENCE_S = 1800.0
#: how much later than everything else it gets the processor
_NICE = 10


def read(uploads: Sequence[tuple[str, bytes]], facts: Mapping[str, object]) -> Reading:
    """As :func:`terminal.cases.importing.read`; long files are read apart. Blocks."""
    if sum(len(data) for _, data in uploads) < LONG:
        return importing.read(uploads, facts)
    said = _ask(pickle.dumps((list(uploads), dict(facts)), protocol=5))
    answer: Any = pickle.loads(said)  # noqa: S301 - our own process wrote it
    if isinstance(answer, WrongFactsError):
        raise answer
    assert isinstance(answer, Reading)
    return answer


def _ask(asked: bytes) -> bytes:
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "terminal.importing_apart"],
            input=asked,
            stdout=subprocess.PIPE,
            env=surroundings,
            timeout=PATIENCE_S,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as problem:
        raise WrongFactsError(
            "the files are too long to be read here; split them into several consignments, or send them again later"
        ) from problem
    return done.stdout


def _view(value: Mapping[str, str]) -> tuple[Any, tuple[dict[str, str]]]:
    return MappingProxyType, (dict(value),)


def main() -> int:
    """Read what standard input asks for."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    copyreg.pickle(MappingProxyType, _view)
    uploads, facts = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - our own process wrote it
    answer: Reading | WrongFactsError
    try:
        answer = importing.read(uploads, facts)
    except WrongFactsError as error:
        answer = error
    pickle.dump(answer, sys.stdout.buffer, protocol=5)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
