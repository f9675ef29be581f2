"""The inventory of inspection equipment: added, changed, taken out of service; and the list with its warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows import equipment as rules
from workflows.equipment_state import DOG_KINDS, Equipment, EquipmentKind
from workflows.outcomes import Outcome, Reason, refuse
from workflows.roles import RIGHTS, Right

Found = tuple[Outcome, str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class EquipmentLine:
    """One line of the inventory. ``warnings`` are words of :func:`workflows.equipment.warnings`."""

    equipment: Equipment
    warnings: tuple[str, ...]
    minutes_in_shift: int | None  # dogs only
    resting_until: datetime | None


def add(books: Books, new: Equipment, request: Request) -> Answer:
    """Take an instrument, a kit lot or a dog into the inventory."""

    def act() -> Found:
        outcome = rules.add(books.inspecting.equipment(new.id), new, request.ask())
        return outcome, f"equipment:{new.id}", {"equipment": new.id, "name": new.name}

    return once(books, request, "manage_equipment", act)


def change(books: Books, identity: str, changed: Mapping[str, Any], note: str, request: Request) -> Answer:
    """Change place, state, dates, lot or trained people of one thing of the inventory."""

    def act() -> Found:
        subject = f"equipment:{identity[:64]}"
        existing = books.inspecting.equipment(identity)
        if existing is None:
            who = RIGHTS[Right.REPORT_EQUIPMENT]
            if not request.who.may(Right.REPORT_EQUIPMENT):
                return refuse(Reason.NOT_PERMITTED, who=who, step="report_equipment"), subject, {}
            return refuse(Reason.NOT_FOUND, equipment=identity), subject, {}
        outcome = rules.change(existing, changed, request.ask(note=note))
        return outcome, subject, {"equipment": identity, "name": existing.name}

    return once(books, request, "manage_equipment", act)


def inventory(reader: Reader, now: datetime, kind: EquipmentKind | None = None) -> list[EquipmentLine]:
    """Everything the inventory holds (of one kind), with what a person should know before using it."""
    return [
        EquipmentLine(
            one,
            rules.warnings(one, now),
            rules.minutes_in_shift(one, now) if one.kind in DOG_KINDS else None,
            rules.resting_until(one, now) if one.kind in DOG_KINDS else None,
        )
        for one in reader.inspecting.all_equipment(kind)
    ]
