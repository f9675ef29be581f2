"""What a use case answers: verdict, reason, figures, and the number of the event that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused
from workflows.plain import to_plain
from workflows.roles import Role

Verdict = Literal["accepted", "already_done", "refused", "attention"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, the same for ever for one nonce.

    ``missing`` is everything that stands in the way, the first to be said aloud; ``facts`` what was done or found;
    ``event`` the journal number; ``events`` the type names recorded. ``again`` is True when the nonce was answered
    before: nothing happened this time, so nothing may follow from it.
    """

    verdict: Verdict
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    event: int = 0
    events: tuple[str, ...] = ()
    again: bool = field(default=False, compare=False)

    @property
    def reason(self) -> Reason | None:
        """The reason to say first; None when nothing is missing."""
        return self.missing[0].reason if self.missing else None

    @property
    def ok(self) -> bool:
        """True when it was done, now or before."""
        return self.verdict in ("accepted", "already_done")

    @property
    def news(self) -> bool:
        """True when something was recorded just now that other things may follow from."""
        return self.verdict == "accepted" and not self.again

    def plain(self) -> dict[str, Any]:
        """JSON-able form, as kept with the nonce."""
        plain: dict[str, Any] = to_plain(self)
        del plain["again"]
        return plain

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Answer:
        """The inverse of :meth:`plain`."""
        missing = tuple(
            Missing(
                Reason(item["reason"]), item.get("facts", {}), frozenset(Role(r) for r in item.get("who", ()))
            )
            for item in data.get("missing", ())
        )
        return cls(
            data["verdict"],
            data["subject"],
            dict(data.get("facts", {})),
            missing,
            data.get("event", 0),
            tuple(data.get("events", ())),
        )


def answer_of(outcome: Outcome, subject: str, facts: Mapping[str, Any] | None = None) -> Answer:
    """The answer to an outcome, before it has an event number."""
    facts = dict(facts or {})
    if isinstance(outcome, Accepted):
        return Answer("accepted", subject, facts, events=tuple(event.type for event in outcome.events))
    if isinstance(outcome, AlreadyDone):
        return Answer("already_done", subject, {**facts, **outcome.facts})
    assert isinstance(outcome, Refused)
    return Answer("refused", subject, facts, outcome.missing)
