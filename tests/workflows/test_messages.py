"""Messages between terminal and liaison office: who writes under which code, who reads, and what a receipt is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from workflows import messages
from workflows.ask import Ask
from workflows.message_state import Message, Side, addressed, may_know, may_see
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, Refused
from workflows.plain import from_plain, to_plain
from workflows.roles import Actor, Role
from workflows.seizure_state import Commodity, Handling, Seized, Seizure

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
CUSTOMS = Actor("customs", frozenset({Role.CUSTOMS_INSPECTOR}))
DESK = Actor("desk", frozenset({Role.DOCUMENT_OFFICER}))
GATE = Actor("gate", frozenset({Role.GATE_OPERATOR}))
AYRITOM = Actor("blo", frozenset({Role.LIAISON_OFFICER}), "Ayritom")
GULBAHOR = Actor("blo-2", frozenset({Role.LIAISON_OFFICER}), "Gulbahor")
ANYBODY = Actor("blo-3", frozenset({Role.LIAISON_OFFICER}))
AUDITOR = Actor("auditor", frozenset({Role.AUDITOR}))
NEW = Message(
    "MB-2026-0001",
    Side.TERMINAL,
    "customs",
    NOW,
    "Ayritom",
    Handling.LAW_ENFORCEMENT,
    "Truck 75A123BC",
    "It comes back empty and too heavy.",
    ("visit:V-1",),
)


def sent(message: Message, who: Actor = CUSTOMS, seizures: tuple[Seizure, ...] = ()) -> Outcome:
    return messages.send(message, seizures, None, Ask(who, NOW))


def folded(*outcomes: Outcome) -> Message:
    found: Message | None = None
    for outcome in outcomes:
        assert isinstance(outcome, Accepted), outcome
        for event in outcome.events:
            found = messages.fold(found, event, NOW)
    assert found is not None
    return found


def reason(outcome: Outcome) -> Reason:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def test_a_message_is_opened_by_the_other_side_and_the_writer_knows() -> None:
    one = folded(sent(NEW))
    assert not one.read
    assert (may_know(one, AYRITOM), may_see(one, AYRITOM)) == (True, False)
    assert not may_know(one, GULBAHOR)
    assert not may_know(one, DESK)  # terminal staff read nothing of law enforcement
    assert may_see(one, CUSTOMS)
    assert may_see(one, AUDITOR)
    for who in (CUSTOMS, AUDITOR):
        assert isinstance(
            messages.open_it(one, Ask(who, NOW)), AlreadyDone
        )  # no receipt of the writer's side
    assert reason(messages.open_it(one, Ask(GULBAHOR, NOW))) is Reason.NOT_FOUND
    opened = messages.open_it(one, Ask(AYRITOM, NOW))
    assert isinstance(opened, Accepted)
    after = messages.fold(one, opened.events[0], NOW)
    assert after is not None
    assert [(receipt.by, receipt.at) for receipt in after.receipts] == [("blo", NOW)]
    assert may_see(after, AYRITOM)
    assert isinstance(messages.open_it(after, Ask(AYRITOM, NOW)), AlreadyDone)
    assert from_plain(Message, to_plain(after)) == after


def test_a_liaison_officer_writes_for_their_own_office_whatever_was_named() -> None:
    one = folded(sent(replace(NEW, office="Gulbahor"), AYRITOM))
    assert (one.side, one.office, one.by) == (Side.LIAISON, "Ayritom", "blo")
    assert addressed(one, CUSTOMS)
    assert not addressed(one, GULBAHOR)
    to_all = folded(sent(replace(NEW, office="")))
    assert all(addressed(to_all, who) for who in (AYRITOM, GULBAHOR, ANYBODY))


def test_codes_are_neither_too_high_nor_too_low() -> None:
    assert reason(sent(replace(NEW, handling=Handling.RESTRICTED))) is Reason.CODE_TOO_HIGH
    assert reason(sent(replace(NEW, handling=Handling.OPEN, alert=True))) is Reason.CODE_TOO_LOW
    assert reason(sent(NEW, DESK)) is Reason.NOT_PERMITTED
    assert isinstance(sent(replace(NEW, handling=Handling.TERMINAL), DESK), Accepted)
    facts = Seized("22-01", "customs", Commodity.DRUGS, "hashish", Decimal(4), "kg")
    record = Seizure("SZ-2026-0001", NOW, "customs", Handling.LAW_ENFORCEMENT, facts)
    named = replace(NEW, about=("seizure:SZ-2026-0001",))
    assert isinstance(sent(named, seizures=(record,)), Accepted)
    assert reason(sent(replace(named, handling=Handling.OPEN), seizures=(record,))) is Reason.CODE_TOO_LOW
    answer = replace(NEW, no="MB-2", handling=Handling.TERMINAL, answers=NEW.no)
    assert reason(messages.send(answer, (), NEW, Ask(CUSTOMS, NOW))) is Reason.CODE_TOO_LOW
    assert reason(sent(replace(NEW, title=" "))) is Reason.INVALID


@given(st.sampled_from(list(Role)), st.sampled_from(list(Handling)), st.sampled_from(list(Side)))
def test_nobody_sees_what_they_may_not_know(role: Role, handling: Handling, side: Side) -> None:
    who = Actor("somebody", frozenset({role}), "Ayritom")
    one = replace(NEW, handling=handling, side=side)
    assert may_know(one, who) or not may_see(one, who)
    terminal = {Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER, Role.RISK_OFFICER}
    if handling is not Handling.LAW_ENFORCEMENT:
        terminal |= {Role.DOCUMENT_OFFICER, Role.RELEASE_OFFICER, Role.SITUATION_CENTRE}
    readers = terminal | {Role.LIAISON_OFFICER} if handling is not Handling.RESTRICTED else set()
    assert may_know(one, who) == (role in readers | {Role.AUDITOR})
    device = Actor("device:x", frozenset(), is_device=True)
    assert not may_know(one, device)
