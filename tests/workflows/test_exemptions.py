"""The humanitarian basis of a sanctions match: stated with a reason, by two people for a strong one, ending nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from workflows import evolve, holds
from workflows.ask import Ask
from workflows.events_exemption import ExemptionStated
from workflows.exemption_state import Basis, Exemption, agreed
from workflows.exemptions import state_basis
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, Refused
from workflows.plain import from_plain, to_plain
from workflows.roles import Actor, Role
from workflows.state import Authority, Hold, HoldOutcome, HoldReason, HoldSeverity

AT = datetime(2026, 11, 16, 7, tzinfo=UTC)
MATCH = Hold(
    "h1", "consignment:R-1", Authority.SANCTIONS, HoldReason.SANCTIONS, HoldSeverity.BLOCK, "rules", AT, check="SAN-01",
    lift_roles=frozenset({Role.SANCTIONS_OFFICER}),
)  # fmt: skip
NOTE = "Food for a hospital; the listed person is its director."


def ask(who: str, note: str = NOTE, role: Role = Role.SANCTIONS_OFFICER) -> Ask:
    return Ask(Actor(who, frozenset({role})), AT, note=note)


def stated(hold: Hold, who: str, basis: Basis = Basis.UNSCR_2615_P1) -> Hold:
    outcome = state_basis((hold,), hold.id, basis, hold.subject, ask(who))
    assert isinstance(outcome, Accepted)
    (event,) = outcome.events
    (after,) = evolve._with_hold((hold,), event)
    return after


def refused(outcome: Outcome) -> Reason:
    assert isinstance(outcome, Refused)
    return outcome.missing[0].reason


def test_the_bases_are_those_of_the_codes() -> None:
    codes = json.loads(files("workflows").joinpath("data/codes.json").read_text(encoding="utf-8"))
    assert [basis.value for basis in Basis] == codes["humanitarian_exemption_basis"]


def test_a_strong_match_takes_two_people_and_stays() -> None:
    once = stated(MATCH, "barno")
    assert once.exemption is None
    again = state_basis((once,), "h1", Basis.UNSCR_2615_P1, once.subject, ask("barno"))
    assert refused(again) is Reason.SECOND_PERSON_NEEDED
    other = stated(once, "zafar", Basis.UNSCR_2664_P1)
    assert other.exemption is None  # two people, two bases
    both = stated(other, "zafar")
    assert both.exemption is Basis.UNSCR_2615_P1
    # nothing of the hold itself changed, and a block still may not be waived
    assert replace(both, exemptions=()) == MATCH
    assert both.open
    waived = holds.lift((both,), "h1", HoldOutcome.CLEARED_WAIVED, both.subject, ask("zafar"))
    assert refused(waived) is Reason.BLOCK_NOT_WAIVABLE
    settled = state_basis((both,), "h1", Basis.UNSCR_2615_P1, both.subject, ask("zafar"))
    assert isinstance(settled, AlreadyDone)


def test_a_possible_match_takes_one() -> None:
    possible = replace(MATCH, severity=HoldSeverity.HOLD, check="SAN-02")
    assert stated(possible, "barno").exemption is Basis.UNSCR_2615_P1


@pytest.mark.parametrize(
    ("hold", "person", "reason"),
    [
        (MATCH, ask("barno", note=" "), Reason.REASON_NEEDED),
        (MATCH, ask("chori", role=Role.CUSTOMS_INSPECTOR), Reason.HOLD_NOT_YOURS),
        (MATCH, ask("gulnora", role=Role.ADMINISTRATOR), Reason.HOLD_NOT_YOURS),
        (replace(MATCH, lifted_at=AT, lifted_by="barno"), ask("zafar"), Reason.HOLD_ALREADY_LIFTED),
        (replace(MATCH, reason=HoldReason.SEAL), ask("barno"), Reason.INVALID),
        (replace(MATCH, id="h2"), ask("barno"), Reason.HOLD_NOT_FOUND),
    ],
)
def test_who_may_not_and_where_not(hold: Hold, person: Ask, reason: Reason) -> None:
    assert refused(state_basis((hold,), "h1", Basis.UNSCR_2615_P1, hold.subject, person)) is reason


def test_the_last_word_of_each_counts() -> None:
    def said(*words: tuple[str, Basis]) -> tuple[Exemption, ...]:
        return tuple(Exemption(basis, "why", by, AT) for by, basis in words)

    one, two = Basis.UNSCR_2615_P1, Basis.NOT_APPLICABLE
    assert agreed(said(("a", one), ("b", one)), 2) is one
    assert agreed(said(("a", one), ("b", one), ("a", two)), 2) is None
    assert agreed(said(("a", one), ("a", one)), 2) is None
    assert agreed((), 1) is None


def test_holds_written_before_load_and_events_come_back() -> None:
    old = {key: value for key, value in to_plain(MATCH).items() if key != "exemptions"}
    assert from_plain(Hold, old) == MATCH
    event = ExemptionStated("consignment:R-1", "h1", Basis.UNSCR_2664_P1, NOTE, "barno", AT)
    assert from_plain(ExemptionStated, {**event.data(), "subject": event.subject}) == event
    assert not event.shared
