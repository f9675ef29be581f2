"""Which line of the papers a wagon belongs to, a mistyped number included."""

from __future__ import annotations

from workflows.checks.case import Case
from workflows.identifiers import Identifier, Kind, fold_code, read_as
from workflows.identifiers.transport import one_slip_apart
from workflows.papers import Line


def wagon_form(text: str) -> str:
    """A wagon number for comparing: digits only."""
    return fold_code(text).text


def valid_wagon(text: str) -> bool:
    """True when the check digit holds."""
    return isinstance(read_as(Kind.WAGON, text), Identifier)


def lines_of_wagon(case: Case, wagon: str) -> tuple[Line, ...]:
    """The lines declared for a wagon that was read.

    Equal numbers first. Else the one declared number that fails its check digit and is one slip of the
    pen from the read one: the likely meaning, used for comparing weights and seals, never to correct the paper.
    """
    wanted = wagon_form(wagon)
    equal = tuple(line for line in case.papers.lines if line.wagon and wagon_form(line.wagon) == wanted)
    if equal or not valid_wagon(wanted):
        return equal
    near = {
        wagon_form(line.wagon)
        for line in case.papers.lines
        if line.wagon and not valid_wagon(line.wagon) and one_slip_apart(wagon_form(line.wagon), wanted)
    }
    if len(near) != 1:
        return ()
    meant = near.pop()
    return tuple(line for line in case.papers.lines if line.wagon and wagon_form(line.wagon) == meant)


def line_of_wagon(case: Case, wagon: str) -> Line | None:
    """The one line of a wagon, or None when there is none or more than one."""
    lines = lines_of_wagon(case, wagon)
    return lines[0] if len(lines) == 1 else None


def wagon_target(target: str) -> str | None:
    """The wagon number in a target ``wagon:NUMBER``, or None."""
    return target.partition(":")[2] if target.startswith("wagon:") else None
