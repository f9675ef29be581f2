"""Complaints: a reference for whoever was stopped, and an answer by somebody whom it is not about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflows import complaints
from workflows.ask import Ask
from workflows.complaint_state import (
    ANSWER_WITHIN,
    Cause,
    Complainant,
    Complaint,
    Finding,
    Standing,
    may_read,
)
from workflows.events import event_from
from workflows.events_letters import ComplaintRecorded
from workflows.inspection_state import Inspection, Method
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, Refused
from workflows.plain import from_plain, to_plain
from workflows.retention import DELETED, names_in, without_persons
from workflows.roles import Actor, Role

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
GATE = Actor("gate", frozenset({Role.GATE_OPERATOR}))
CUSTOMS = Actor("customs", frozenset({Role.CUSTOMS_INSPECTOR}))
OTHER = Actor("customs-2", frozenset({Role.CUSTOMS_INSPECTOR}))
AGENCY = Actor("agency", frozenset({Role.AGENCY_USER}), "Agency A")
SITUATION = Actor("centre", frozenset({Role.SITUATION_CENTRE}))
NEW = Complaint(
    "CP-2026-0001",
    "consignment:REF-1",
    Cause.INSPECTION,
    "They opened every carton.",
    Complainant("Karim, driver", "+93 70 000"),
    "gate",
    NOW,
    inspection="i-1",
    organisation="Agency A",
    involved=frozenset({"customs"}),
)


def folded(*outcomes: Outcome, at: datetime = NOW) -> Complaint:
    found: Complaint | None = None
    for outcome in outcomes:
        assert isinstance(outcome, Accepted), outcome
        for event in outcome.events:
            found = complaints.fold(found, event, at)
    assert found is not None
    return found


def reason(outcome: Outcome) -> Reason:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def test_a_complaint_is_answered_by_somebody_it_is_not_about() -> None:
    one = folded(complaints.record(NEW, Ask(GATE, NOW)))
    assert (one.recorded_by, one.standing, one.due) == ("gate", Standing.RECEIVED, NOW + ANSWER_WITHIN)
    assert reason(complaints.take(one, Ask(CUSTOMS, NOW))) is Reason.COMPLAINT_ABOUT_YOU
    barred = complaints.answer(one, Finding.NOT_UPHELD, "It was right.", Ask(CUSTOMS, NOW))
    assert reason(barred) is Reason.COMPLAINT_ABOUT_YOU
    assert reason(complaints.answer(one, Finding.UPHELD, "x", Ask(GATE, NOW))) is Reason.NOT_PERMITTED
    taken = folded(Accepted((ComplaintRecorded("complaint:x", one),)), complaints.take(one, Ask(OTHER, NOW)))
    assert (taken.standing, taken.taken_by) == (Standing.IN_HAND, "customs-2")
    assert isinstance(complaints.take(taken, Ask(OTHER, NOW)), AlreadyDone)
    assert reason(complaints.answer(taken, Finding.UPHELD, " ", Ask(OTHER, NOW))) is Reason.REASON_NEEDED
    said = complaints.answer(taken, Finding.PARTLY_UPHELD, "One carton was enough.", Ask(OTHER, NOW))
    later = NOW + timedelta(days=2)
    answered = folded(Accepted((ComplaintRecorded("complaint:x", taken),)), said, at=later)
    assert (answered.open, answered.answered_at) == (False, later)
    again = complaints.answer(answered, Finding.UPHELD, "Other", Ask(OTHER, NOW))
    assert reason(again) is Reason.COMPLAINT_ANSWERED
    same = complaints.answer(answered, Finding.PARTLY_UPHELD, "One carton was enough.", Ask(OTHER, NOW))
    assert isinstance(same, AlreadyDone)
    stranger = Actor("gate-2", frozenset({Role.GATE_OPERATOR}))
    assert reason(complaints.reopen(answered, "", Ask(stranger, NOW))) is Reason.NOT_FOUND
    assert reason(complaints.reopen(answered, "", Ask(AGENCY, NOW))) is Reason.REASON_NEEDED
    reopened = folded(
        Accepted((ComplaintRecorded("complaint:x", answered),)),
        complaints.reopen(answered, "The goods are damaged.", Ask(AGENCY, later)),
        at=later,
    )
    assert (reopened.open, reopened.due, len(reopened.replies)) == (True, later + ANSWER_WITHIN, 2)
    assert reopened.late(later + ANSWER_WITHIN + timedelta(seconds=1))
    assert from_plain(Complaint, to_plain(reopened)) == reopened


def test_a_complaint_needs_a_name_and_words() -> None:
    outcome = complaints.record(
        Complaint("CP-1", "visit:V", Cause.STOP, " ", Complainant(" "), "", NOW), Ask(GATE, NOW)
    )
    assert isinstance(outcome, Refused)
    assert {item.facts["field"] for item in outcome.missing} == {"complainant", "text"}
    assert reason(complaints.record(NEW, Ask(SITUATION, NOW))) is Reason.NOT_PERMITTED


def test_those_behind_an_inspection_are_involved() -> None:
    order = Inspection("i-1", "unit:1", Method.VISUAL, "risk", NOW, "why", started_by="a", done_by="b")
    assert complaints.involved(order, None) == {"risk", "a", "b"}
    assert complaints.involved(None, None) == frozenset()


@given(st.sampled_from(list(Role)), st.sampled_from([None, "Agency A", "Agency B"]), st.booleans())
def test_who_reads_a_complaint(role: Role, organisation: str | None, own: bool) -> None:
    who = Actor("gate" if own else "somebody", frozenset({role}), organisation)
    keepers = {
        Role.DOCUMENT_OFFICER,
        Role.RELEASE_OFFICER,
        Role.CUSTOMS_INSPECTOR,
        Role.BORDER_OFFICER,
        Role.AUDITOR,
    }
    theirs = role is Role.AGENCY_USER and organisation == "Agency A"
    assert may_read(NEW, who) == (role in keepers or own or theirs)


def test_who_complained_is_forgotten_after_its_time_and_the_rest_stays() -> None:
    event = ComplaintRecorded(f"complaint:{NEW.ref}", NEW)
    assert names_in(event.type, event.data()) == {"Karim, driver"}
    left = without_persons(event.type, event.data(), ())
    emptied = event_from(event.type, event.subject, left)
    assert isinstance(emptied, ComplaintRecorded)
    assert emptied.complaint.complainant == Complainant(DELETED)
    assert emptied.complaint.text == NEW.text
