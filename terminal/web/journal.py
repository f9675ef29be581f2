"""The journal as people read it: newest first, by subject or kind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from terminal.cases.visits import plate_of
from terminal.cases.withholding import withheld
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from terminal.web.context import MyPage
from terminal.web.showing_cargo import CargoShower
from workflows.events import EVENTS
from workflows.roles import Right

router = APIRouter()
_LIMIT = 60


def _about(reader: Reader, text: str, before: int | None) -> list[Entry]:
    """Events of whatever a person typed: a reference, a label, a plate, a visit, a person's user name."""
    ref = reader.reference_of(text)
    if ref is not None:
        return reader.story(ref, before, _LIMIT)
    label = "".join(text.split())
    if reader.unit(label) is not None:
        return reader.history(f"unit:{label}", before, _LIMIT)
    plate = plate_of(text)
    visits = reader.visits_with_plate(plate) if plate else []
    if visits:
        return reader.history(f"visit:{visits[0].id}", before, _LIMIT)
    if reader.visit(text) is not None:
        return reader.history(f"visit:{text}", before, _LIMIT)
    person = reader.people.by_login(text)
    return reader.history(f"person:{person.id}", before, _LIMIT) if person else []


@router.get("/journal")
def get_journal(
    page: MyPage,
    subject: Annotated[str, Query(max_length=120)] = "",
    type: Annotated[str, Query(max_length=40)] = "",
    before: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """A page of the journal."""
    page.insist(Right.READ_JOURNAL)
    last = int(before) if before.isascii() and before.isdigit() and int(before) > 0 else None
    with page.service.reading() as reader:
        if subject.strip():
            entries = _about(reader, subject.strip(), last)
        else:
            entries = reader.latest_entries(last, _LIMIT, types=(type,) if type in EVENTS else ())
        show = CargoShower(page, reader)
        mine = [entry for entry in entries if not withheld(entry.subject, reader, page.actor)]
        shown = [show.entry(entry) for entry in mine]
    older = str(entries[-1].seq) if len(entries) == _LIMIT else ""
    return page.html("journal.html", entries=shown, older=older)
