"""Seals of wagons as somebody found them who walked along the train: compared with the papers, wagon by wagon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.cases.rail import cut_of
from terminal.store.books import Books
from workflows import rail
from workflows.event_base import Event
from workflows.events_screening import SealsSeen
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused, refuse
from workflows.rail import SEAL_READERS, sealed_still
from workflows.state import Seal


@dataclass(frozen=True, slots=True)
class Found:
    """The seals of one wagon; none of them there is a seal without a number in the state MISSING."""

    wagon: str
    seals: tuple[Seal, ...]


def record(books: Books, cut: str, found: Sequence[Found], request: Request, judge: Judge) -> Answer:
    """Write down what was found on these wagons of a cut, all or none, and run the checks of their cargo again."""
    refs: dict[str, None] = {}

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject, whole = f"cut:{cut}", cut_of(books, cut)
        if not request.who.roles & SEAL_READERS:
            return refuse(Reason.NOT_PERMITTED, who=SEAL_READERS, step="seals"), subject, {}
        if whole is None:
            return refuse(Reason.NOT_FOUND, cut=cut), subject, {}
        wagons = {visit.plate: visit for visit in whole.wagons if visit.plate is not None}
        events, missing = list[Event](), list[Missing]()
        for row, one in enumerate(found, 1):
            visit = wagons.get(rail.number_form(one.wagon))
            if visit is None or not one.seals:
                field = "number" if visit is None else "seals"
                missing.append(Missing(Reason.INVALID, {"field": field, "row": row, "value": one.wagon}))
            elif not sealed_still(visit):
                facts = {"visit": visit.id, "stage": visit.stage.value, "step": "seals", "plate": visit.plate}
                missing.append(Missing(Reason.WRONG_STAGE, facts))
            elif visit.seals_in != one.seals:
                events.append(SealsSeen(f"visit:{visit.id}", one.seals))
                refs.update(dict.fromkeys(visit.brought))
        done: dict[str, Any] = {"cut": cut, "wagons": len(events)}
        if missing or not found:
            nothing = (Missing(Reason.INVALID, {"field": "wagons"}),)
            return Refused(tuple(missing) or nothing), subject, done
        return Accepted(tuple(events)), subject, done

    answer = once(books, request, "seals", act)
    if answer.news:
        for ref in refs:
            run(books, ref, request, judge)
    return answer
