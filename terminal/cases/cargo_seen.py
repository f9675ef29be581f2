"""What a vehicle's step tells about the consignments on board: their checks run again in the same commit."""

from __future__ import annotations

from terminal.cases import screening
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request
from terminal.store.books import Books

#: Events after which the figures of the checks may be others.
_NEWS = frozenset({"VisitEntered", "VisitWeighed", "VisitEmptied", "VisitSealed"})


def after_visit_step(books: Books, identity: str, answer: Answer, request: Request, judge: Judge) -> None:
    """Run the checks of every consignment this vehicle brought or takes, when the step gave them news.

    A vehicle that carries nothing is screened by itself.
    """
    if not answer.news or not _NEWS & set(answer.events):
        return
    visit = books.visit(identity)
    if visit is None:
        return
    refs = dict.fromkeys((*visit.aboard, *visit.brought))
    for ref in refs:
        run(books, ref, request, judge)
    screening.run(books, identity, request, judge)
