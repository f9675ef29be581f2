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
        return {
            "verdict": self.verdict,
            "subject": self.subject,
            "facts": to_plain(self.facts),
            "missing": to_plain(self.missing) if self.missing else [],
            "event": self.event,
            "events": list(self.events),
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Answer:
        """The inverse of :meth:`plain`."""
        missing = data.get("missing") or ()
        return cls(
            data["verdict"],
            data["subject"],
            dict(data.get("facts", {})),
            tuple(_missing(item) for item in missing) if missing else (),
            data.get("event", 0),
            tuple(data.get("events", ())),
        )


def _missing(item: Mapping[str, Any]) -> Missing:
    who = frozenset(Role(role) for role in item.get("who", ()))
    return Missing(Reason(item["reason"]), item.get("facts", {}), who)


def answer_of(
    outcome: Outcome, subject: str, facts: Mapping[str, Any] | None = None, event: int = 0
) -> Answer:
    """The answer to an outcome; ``event`` is the number of the journal's entry that keeps it, if there is one yet."""
    facts = dict(facts or {})
    if isinstance(outcome, Accepted):
        return Answer("accepted", subject, facts, (), event, tuple([one.type for one in outcome.events]))
    if isinstance(outcome, AlreadyDone):
        return Answer("already_done", subject, {**facts, **outcome.facts}, (), event)
    assert isinstance(outcome, Refused)
    return Answer("refused", subject, facts, outcome.missing, event)
