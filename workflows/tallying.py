"""Receiving against the packing list: what was seen, what is missing, too many or damaged, and who said so.

A tally is closed by a person and may be closed again when more was found. Its figures open the quantity checks
(DOMAIN 6.3: the tolerance of a count is zero); nothing is corrected by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workflows.ask import Ask
from workflows.events_handling import DamageNoted, LabelDiffered, TallyClosed, UnitFound
from workflows.handling_state import Tally
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.papers import Line
from workflows.parts import labels_of
from workflows.roles import RIGHTS, STEP_ROLES, Right
from workflows.stages import OPENED, Stage
from workflows.state import Consignment, Unit
from workflows.storage_rules import lines_of

#: how a unit may be found; SURPLUS is said of one that the papers do not know
CONDITIONS: tuple[str, ...] = (
    "GOOD", "WET", "TORN", "CRUSHED", "OPENED", "LEAKING", "INFESTED", "MOULD", "SHORT", "SURPLUS",
)  # fmt: skip
DAMAGED: frozenset[str] = frozenset(CONDITIONS) - {"GOOD", "SURPLUS"}
_UNSEEN = frozenset({Stage.PRE_ADVICE, Stage.UNLOAD})
_ENDED = frozenset(
    {Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED, Stage.DESTROYED, Stage.LOST}
)


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of a tally so far. ``declared`` counts labels of the papers, ``seen`` those of them that were seen.

    ``others`` are units that the papers do not name and that are not too many: labelled or repacked here.
    """

    declared: int
    seen: int
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    damaged: tuple[str, ...]
    others: int = 0

    @property
    def complete(self) -> bool:
        """True when everything that was declared was seen, and nothing else, in good condition."""
        return not (self.missing or self.surplus or self.damaged)


def figures(consignment: Consignment, units: Iterable[Unit]) -> Counted:
    """Count the units of one consignment."""
    named = labels_of(consignment.papers)
    everything = tuple(units)
    surplus = tuple(unit.label for unit in everything if unit.condition == "SURPLUS")
    seen = [unit for unit in everything if unit.stage not in _UNSEEN and unit.stage is not Stage.LOST]
    return Counted(
        sum(1 for unit in everything if unit.label in named),
        sum(1 for unit in seen if unit.label in named),
        tuple(unit.label for unit in everything if unit.stage in _UNSEEN),
        surplus,
        tuple(unit.label for unit in seen if unit.condition in DAMAGED),
        sum(1 for unit in seen if unit.label not in named and unit.condition != "SURPLUS"),
    )


def may_tally(consignment: Consignment, ask: Ask, step: str) -> list[Missing]:
    """Why this person may not tally this consignment now; empty means that they may. ``step`` is what they asked for."""
    if ask.who.is_device or not ask.who.may_step(Stage.TALLY):
        facts = {"step": step, "person": ask.who.id}
        return [Missing(Reason.NOT_PERMITTED, facts, STEP_ROLES[Stage.TALLY])]
    if consignment.stage not in OPENED:
        facts = {"consignment": consignment.ref, "stage": consignment.stage.value, "step": Stage.TALLY.value}
        return [Missing(Reason.WRONG_STAGE, facts, STEP_ROLES[Stage.RISK])]
    return []


def close(consignment: Consignment, units: Iterable[Unit], counts: Mapping[str, int], ask: Ask) -> Outcome:
    """Say that everything was counted. ``counts`` are packages of lines that were counted by hand: line number -> packages.

    Differences need a word of whoever closes the tally. Closing again with the same figures changes nothing.
    """
    if missing := may_tally(consignment, ask, "close_tally"):
        return Refused(tuple(missing))
    known = {str(line.no) for line in consignment.papers.lines}
    wrong = [no for no, packages in counts.items() if no not in known or packages < 0]
    if wrong:
        return refuse(Reason.INVALID, field=f"counts.{wrong[0]}", consignment=consignment.ref)
    found = figures(consignment, units)
    if not (found.seen or found.others or found.surplus or counts):
        return refuse(Reason.NOTHING_COUNTED, consignment=consignment.ref)
    before = consignment.tally
    if before is not None and _same(before, found) and dict(before.counts) == dict(counts):
        return AlreadyDone({"consignment": consignment.ref, "seen": found.seen, "declared": found.declared})
    if not (found.complete and _counts_fit(consignment, counts)) and not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="close_tally", consignment=consignment.ref)
    closed = TallyClosed(
        f"consignment:{consignment.ref}",
        found.declared,
        found.seen,
        ask.who.id,
        found.missing,
        found.surplus,
        found.damaged,
        dict(sorted(counts.items())),
        ask.note,
    )
    return Accepted((closed,))


def _same(before: Tally, found: Counted) -> bool:
    told = before.seen, before.missing, before.surplus, before.damaged
    return told == (found.seen, found.missing, found.surplus, found.damaged)


def _counts_fit(consignment: Consignment, counts: Mapping[str, int]) -> bool:
    declared = {str(line.no): line.packages for line in consignment.papers.lines}
    return all(declared[no] == packages for no, packages in counts.items())


def found(
    consignment: Consignment,
    label: str,
    known: Unit | None,
    line: int | None,
    gross_kg: Decimal | None,
    ask: Ask,
) -> Outcome:
    """Receive a unit that the books do not know by its label: our own label was put on it, or a sender's that nobody announced.

    ``ask.condition`` SURPLUS needs a word. Its weight (kg) is what the scale or the papers say; it may be weighed later.
    """
    if missing := may_tally(consignment, ask, "find_unit"):
        return Refused(tuple(missing))
    if known is not None:
        return refuse(Reason.LABEL_TAKEN, label=label, consignment=known.consignment)
    if line is not None and line not in {one.no for one in consignment.papers.lines}:
        return refuse(Reason.INVALID, field="line", consignment=consignment.ref)
    if ask.condition not in CONDITIONS or (gross_kg is not None and gross_kg <= 0):
        return refuse(Reason.INVALID, field="condition" if ask.condition not in CONDITIONS else "gross_kg")
    if ask.condition != "GOOD" and not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="find_unit")
    event = UnitFound(
        f"unit:{label}",
        consignment.ref,
        line,
        gross_kg,
        ask.condition,
        ask.place,
        ask.vehicle.id if ask.vehicle else None,
        ask.note,
    )
    return Accepted((event,))


# --- what the sender's label says --------------------------------------------------------------------
def label_differences(
    consignment: Consignment, unit: Unit, *, batch: str | None, expiry: date | None, count: int | None
) -> tuple[LabelDiffered, ...]:
    """How the label of a unit (GS1: batch, expiry, count) differs from the packing list; known differences are not said again.

    What the list does not state cannot differ. A unit with goods of several lines differs when it fits none of them.
    """
    lines = lines_of(consignment.papers, unit)
    found: list[tuple[str, str, str]] = []
    batches = [line.batch for line in lines if line.batch]
    if batch is not None and batches and _folded(batch) not in {_folded(one) for one in batches}:
        found.append(("batch", batch, ", ".join(batches)))
    dates = _dates(lines)
    if expiry is not None and dates and expiry not in {day for _, days in dates for day in days}:
        found.append(("expiry", expiry.isoformat(), ", ".join(text for text, _ in dates)))
    packages = _packages(consignment, unit)
    if count is not None and packages is not None and packages != count:
        found.append(("count", str(count), str(packages)))
    known = {(one.unit, one.field, one.said, one.listed) for one in consignment.differing}
    line_no = lines[0].no if len(lines) == 1 else unit.line
    return tuple(
        LabelDiffered(f"consignment:{consignment.ref}", unit.label, field, said, listed_as, line_no)
        for field, said, listed_as in found
        if (unit.label, field, said, listed_as) not in known
    )


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _dates(lines: Iterable[Line]) -> list[tuple[str, tuple[date, ...]]]:
    papers = [paper for line in lines for paper in (line.expiry, line.best_before) if paper is not None]
    return [(paper.text, paper.readings) for paper in papers if paper.readings]


def _packages(consignment: Consignment, unit: Unit) -> int | None:
    declared = next((one for one in consignment.papers.units if one.sscc == unit.label), None)
    return declared.packages if declared is not None else None


# --- damage after the tally ---------------------------------------------------------------------------
def damage(unit: Unit, condition: str, ask: Ask) -> Outcome:
    """Note that a unit is in another condition than before; always with a word of whoever saw it."""
    if not ask.who.may(Right.NOTE_DAMAGE):
        return refuse(
            Reason.NOT_PERMITTED, who=RIGHTS[Right.NOTE_DAMAGE], step="note_damage", person=ask.who.id
        )
    if condition not in DAMAGED:
        return refuse(Reason.INVALID, field="condition")
    if unit.stage in _ENDED | _UNSEEN:
        return refuse(Reason.WRONG_STAGE, unit=unit.label, stage=unit.stage.value, step="note_damage")
    if unit.condition == condition:
        return AlreadyDone({"unit": unit.label, "condition": condition})
    if not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="note_damage")
    event = DamageNoted(f"unit:{unit.label}", condition, unit.condition, ask.note, unit.place or unit.visit)
    return Accepted((event,))
