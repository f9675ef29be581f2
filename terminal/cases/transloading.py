"""Wagon to truck and truck to truck without storage, with one scan: the rule is :mod:`workflows.transloading`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from terminal.cases import loading, looking, storage
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from workflows import transloading
from workflows.evolve import TASHKENT
from workflows.identifiers import Unreadable, resolve
from workflows.outcomes import Outcome, Reason, refuse


def take(books: Books, code: str, source: str, target: str, request: Request) -> Answer:
    """Move the scanned unit from the vehicle ``source`` to the vehicle ``target`` (visit ids)."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        if (barred := transloading.not_permitted(request.ask())) is not None:
            return barred, request.who.id, {}
        found = resolve(code, None, today=request.at.astimezone(TASHKENT).date())
        if isinstance(found, Unreadable):
            return refuse(Reason.UNREADABLE, label=code[:64], why=found.reason.value), "label:unreadable", {}
        unit, from_, to = books.unit(found.value), books.visit(source), books.visit(target)
        if unit is None:
            return refuse(Reason.UNKNOWN_LABEL, label=found.value[:64]), f"label:{found.value[:64]}", {}
        subject = f"unit:{unit.label}"
        facts = {"unit": unit.label, "consignment": unit.consignment, "from": source, "visit": target}
        if from_ is None or to is None or source == target:
            return refuse(Reason.NO_VISIT, visit=source if from_ is None else target), subject, facts
        situation = looking.of_unit(books, unit, from_)
        inside = storage.inside(books, unit, situation.consignment)
        apart = loading.apart(books, unit, inside, situation.consignment, to, request)
        aboard = looking.consignments(books, to.aboard)
        outcome = transloading.over(replace(situation, inside=inside), to, aboard, request.ask(apart=apart))
        return outcome, subject, facts

    return once(books, request, "transload", act)
