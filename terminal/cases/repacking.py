"""Splitting units, putting them together and taking them apart, with labels of ours for what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from terminal.cases import storage
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.cases.tallying import next_label
from terminal.store.books import Books
from workflows import repacking
from workflows.events_handling import UnitParted
from workflows.identifiers.checkdigits import gs1
from workflows.outcomes import Accepted, Outcome, Reason, refuse
from workflows.repacking import Part, Pile
from workflows.roles import RIGHTS, Right
from workflows.state import Consignment, Unit

Found = tuple[Outcome, str, Mapping[str, Any]]


def _found(books: Books, label: str, request: Request) -> tuple[Unit, Consignment] | Found:
    if request.who.is_device or not request.who.may(Right.REPACK):
        barred = refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.REPACK], step="repack", person=request.who.id)
        return barred, request.who.id, {}
    unit = books.unit(label)
    consignment = books.consignment(unit.consignment) if unit is not None else None
    if unit is None or consignment is None:
        return refuse(Reason.UNKNOWN_LABEL, label=label), f"label:{label[:64]}", {}
    return unit, consignment


def _pile(books: Books, unit: Unit, consignment: Consignment) -> Pile:
    return Pile(unit, storage.inside(books, unit, consignment), storage.around(books, unit))


def _labels(books: Books, prefix: str, count: int) -> list[str] | None:
    """So many labels of ours in a row; None when the terminal has no prefix or no numbers left."""
    first = next_label(books, prefix) if prefix else None
    if first is None:
        return None
    bodies = [f"{int(first[:-1]) + number:017d}" for number in range(count)]
    return [f"{body}{gs1(body)}" for body in bodies]


def split(
    books: Books,
    label: str,
    weights: Sequence[Decimal],
    given: Sequence[str],
    prefix: str,
    note: str,
    request: Request,
) -> Answer:
    """Take goods out of a unit: ``weights`` (kg) of the new units, ``given`` their labels; without them they get ours."""

    def act() -> Found:
        found = _found(books, label, request)
        if len(found) == 3:
            return found
        unit, consignment = found
        subject = f"unit:{unit.label}"
        labels = list(given) or _labels(books, prefix, len(weights))
        if labels is None:
            return refuse(Reason.NO_SSCC_PREFIX, unit=unit.label), subject, {}
        if len(labels) != len(weights):
            return refuse(Reason.INVALID, field="labels", unit=unit.label), subject, {}
        parts = [Part(one, kg) for one, kg in zip(labels, weights, strict=True)]
        taken = frozenset(one for one in labels if books.unit(one) is not None)
        inside = storage.inside(books, unit, consignment)
        outcome = repacking.split(consignment, unit, parts, inside, taken, request.ask(note=note))
        return outcome, subject, {"unit": unit.label, "consignment": consignment.ref, "into": labels}

    return once(books, request, "repack", act)


def together(
    books: Books,
    labels: Sequence[str],
    target: str | None,
    tare_kg: Decimal,
    prefix: str,
    note: str,
    request: Request,
) -> Answer:
    """Put units into ``target``; without one onto a new pallet with a label of ours that weighs ``tare_kg`` empty."""

    def act() -> Found:
        units: list[Unit] = []
        consignment: Consignment | None = None
        for label in labels or ("",):
            found = _found(books, label, request)
            if len(found) == 3:
                return found
            units.append(found[0])
            consignment = consignment or found[1]
        assert consignment is not None
        subject = f"consignment:{consignment.ref}"
        piles = [_pile(books, unit, consignment) for unit in units]
        ask = request.ask(note=note)
        if target is not None:
            aim = _found(books, target, request)
            if len(aim) == 3:
                return aim
            outcome = repacking.together(
                consignment, piles, _pile(books, aim[0], consignment), ask, tare_kg=tare_kg
            )
            into = aim[0].label
        else:
            ours = _labels(books, prefix, 1)
            if ours is None:
                return refuse(Reason.NO_SSCC_PREFIX, consignment=consignment.ref), subject, {}
            into = ours[0]
            outcome = repacking.together(consignment, piles, None, ask, new=into, tare_kg=tare_kg)
        facts: dict[str, Any] = {"consignment": consignment.ref, "units": [unit.label for unit in units]}
        if isinstance(outcome, Accepted):
            facts["into"] = [into]
            facts["ours"] = any(isinstance(event, UnitParted) for event in outcome.events)
        return outcome, f"unit:{into}" if isinstance(outcome, Accepted) else subject, facts

    return once(books, request, "repack", act)


def apart(books: Books, label: str, note: str, request: Request) -> Answer:
    """Take a unit out of the one it stands inside."""

    def act() -> Found:
        found = _found(books, label, request)
        if len(found) == 3:
            return found
        unit, consignment = found
        outcome = repacking.apart(consignment, _pile(books, unit, consignment), request.ask(note=note))
        return outcome, f"unit:{unit.label}", {"unit": unit.label, "consignment": consignment.ref}

    return once(books, request, "repack", act)
