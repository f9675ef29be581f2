"""Idempotency and recording: the same nonce gets the same answer for ever, and everything asked is an event."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from terminal.cases.answers import Answer, answer_of
from terminal.store.books import Books
from terminal.store.written import written
from workflows.ask import Ask, Rules
from workflows.discretion import discreet
from workflows.events import Context, Event, ScanNoted, ScanSetAside, StepRefused
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused
from workflows.plain import to_plain
from workflows.roles import Actor

if TYPE_CHECKING:
    from terminal.cases.checking import Judge
    from terminal.store.reader import Reader
    from workflows.checks.reference import Reference


@dataclass(frozen=True)
class Request:
    """Who asks, when, where, and with which nonce. ``body`` is what was asked, JSON-able, for the nonce's digest.

    ``barred`` is a refusal that stands before any rule is asked: a device that speaks for another point than its own.
    """

    who: Actor
    at: datetime
    nonce: str
    body: Mapping[str, Any] = field(default_factory=dict)
    point: str | None = None
    device: str | None = None
    device_at: datetime | None = None
    rules: Rules = field(default_factory=Rules)
    barred: Refused | None = None
    #: the tables in force at the moment of the transaction, and the judge: for what depends on where goods stand
    reference: Callable[[Reader], Reference] | None = None
    judge: Judge | None = None

    @cached_property
    def asked(self) -> bytes:
        """The canonical bytes of what was asked."""
        return written(self.body)

    @property
    def context(self) -> Context:
        """Who, when, where and with what, as written beside each event."""
        return Context(self.who.id, self.at, self.device, self.device_at, self.point, self.nonce)

    def ask(self, **more: Any) -> Ask:
        """The question as the rules take it."""
        return Ask(self.who, self.at, self.point, self.device, rules=self.rules, **more)


Decision = tuple[Outcome, str]


def once(
    books: Books, request: Request, step: str, act: Callable[[], tuple[Outcome, str, Mapping[str, Any]]]
) -> Answer:
    """Answer a request exactly once.

    ``act`` gives the outcome, its subject and facts for the answer. A nonce seen before gets its first answer again;
    the same nonce with another body is refused, and both versions are kept for the review desk.
    """
    earlier = books.recall(request.who.id, request.nonce, request.asked)
    if earlier is not None:
        if earlier.same:
            return replace(Answer.from_plain(earlier.reply), event=earlier.seq, again=True)
        return _nonce_reused(books, request, earlier.reply)
    outcome, subject, facts = (request.barred, request.who.id, {}) if request.barred is not None else act()
    answer = record(books, request, step, outcome, subject, facts)
    if answer.missing:  # the journal has it whole; whoever asked hears what is theirs to know
        answer = replace(answer, missing=discreet(_with_plates(books, answer.missing), request.who))
    return keep(books, request, answer)


def _with_plates(books: Books, missing: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """Vehicles by the plate that people read on them, beside the number of their visit."""
    said = []
    for item in missing:
        name = item.facts.get("visit")
        visit = books.visit(name) if isinstance(name, str) and "plate" not in item.facts else None
        plate = (visit.plate or visit.expected_plate) if visit is not None else None
        said.append(replace(item, facts={**item.facts, "plate": plate}) if plate else item)
    return tuple(said)


def keep(books: Books, request: Request, answer: Answer) -> Answer:
    """Keep an answer with its nonce; returns it in the very form in which it is given again."""
    plain = answer.plain()
    books.remember(request.who.id, request.nonce, request.asked, plain)
    return Answer.from_plain(plain)


def record(
    books: Books,
    request: Request,
    step: str,
    outcome: Outcome,
    subject: str,
    facts: Mapping[str, Any] | None = None,
) -> Answer:
    """Write what an outcome brings into the journal: its events, the refusal, or that it was done before."""
    events: tuple[Event, ...]
    if isinstance(outcome, Accepted):
        events = outcome.events
    elif isinstance(outcome, Refused):
        missing = tuple(to_plain(item) for item in outcome.missing)
        events = (StepRefused(subject, step, outcome.reason.value, missing, to_plain(request.body)),)
    else:
        code = str(request.body.get("code") or request.body.get("label") or subject)
        events = (ScanNoted(subject, step, code, {"already_done": True, **to_plain(dict(outcome.facts))}),)
    return answer_of(outcome, subject, facts, books.record(events, request.context))


def _nonce_reused(books: Books, request: Request, first: Mapping[str, Any]) -> Answer:
    """Refuse, and lay both versions on the review desk; the same wrong body sent again lies there once."""
    scope = f"{request.who.id}:reused:{hashlib.sha256(request.asked).hexdigest()}"
    before = books.recall(scope, request.nonce, request.asked)
    if before is not None:
        return replace(Answer.from_plain(before.reply), again=True)
    subject = str(first.get("subject", "scan:unknown"))
    event = ScanSetAside(subject, "nonce_reused", to_plain(dict(request.body)), {"answered": to_plain(first)})
    seq = books.record((event,), request.context)
    missing = (Missing(Reason.NONCE_REUSED, {"nonce": request.nonce, "first_event": first.get("event", 0)}),)
    answer = Answer("refused", subject, {}, missing, seq)
    books.remember(scope, request.nonce, request.asked, answer.plain())
    return answer
