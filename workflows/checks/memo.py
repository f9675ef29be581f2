"""What was found out about a case while it is judged, so that many checks ask only once.

Thirteen checks want to know the type of every line, and a long packing list says the same of most of its lines. What
follows from the wording of a line alone is found once a wording; what follows from the whole case once a case.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from workflows.papers import Line

if TYPE_CHECKING:
    from workflows.checks.case import Case

T = TypeVar("T")


class Memo:
    """The answers of one case. Lives as long as the case; :meth:`clear` lets go of what a long list has filled it with."""

    __slots__ = ("_lines", "_whole", "_wordings")

    def __init__(self) -> None:
        # By identity, for a line itself is no key; the line is kept, so that its place in memory stays its own.
        self._lines: dict[int, tuple[Line, dict[str, Any]]] = {}
        self._wordings: dict[tuple[object, ...], dict[str, Any]] = {}
        self._whole: dict[str, Any] = {}

    def of_line(self, line: Line) -> dict[str, Any]:
        """What is known of goods described like this line: name of the question -> answer."""
        held = self._lines.get(id(line))
        if held is not None:
            return held[1]
        wording = (
            line.description, line.hs_code, line.un_number, line.dg_class, line.packing_group, line.cas_number,
            line.temperature,
        )  # fmt: skip
        known = self._wordings.setdefault(wording, {})
        self._lines[id(line)] = (line, known)
        return known

    @property
    def of_case(self) -> dict[str, Any]:
        """What is known of the whole case."""
        return self._whole

    def clear(self) -> None:
        """Know nothing any more."""
        self._lines.clear()
        self._wordings.clear()
        self._whole.clear()


def once_a_wording(read: Callable[[Case, Line], T]) -> Callable[[Case, Line], T]:
    """For a question of which the answer follows from the tables and from how the line describes its goods:
    description, tariff code, UN number, class, packing group, CAS number, temperature. Nothing else may be read."""
    name = read.__name__

    @wraps(read)
    def asked(case: Case, line: Line) -> T:
        known = case.memo.of_line(line)
        try:
            answer: T = known[name]
        except KeyError:
            answer = known[name] = read(case, line)
        return answer

    return asked


def once_a_case(read: Callable[[Case], T]) -> Callable[[Case], T]:
    """For a question of the whole case. The answer must be a value that nobody changes."""
    name = f"{read.__module__}.{read.__qualname__}"

    @wraps(read)
    def asked(case: Case) -> T:
        known = case.memo.of_case
        try:
            answer: T = known[name]
        except KeyError:
            answer = known[name] = read(case)
        return answer

    return asked
