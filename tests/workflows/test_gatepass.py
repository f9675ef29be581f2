"""Gate passes: none for a load that is not released, none that outlives what it was issued for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import PEOPLE, PLATE, REF, SSCCS, World, must, reasons, weight
from workflows import events as e
from workflows import gatepass
from workflows.ask import Situation
from workflows.events_gatepass import GatePassRevoked
from workflows.gatepass_state import GatePass, RevokedFor
from workflows.outcomes import Accepted, AlreadyDone, Refused
from workflows.stages import Stage
from workflows.state import PermissionKind, Seal

LOAD_KG = 748 * len(SSCCS)


def ready() -> World:
    """Released, loaded, sealed and weighed out."""
    world = World.announced()
    world.arrive_and_clear()
    world.release()
    world.load_all()
    must(world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("UZ0999001"),)))
    must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(15420 + LOAD_KG)))
    return world


def asked(world: World, who: str = "R1") -> GatePass | AlreadyDone | Refused:
    assert world.consignment is not None
    units = tuple(world.units.values())
    situation = Situation(visit=world.visit, aboard=(world.consignment,), units=units)
    return gatepass.cover(situation, world.ask(who), "P1", "0a0b0c0d")


def handed_out(world: World) -> GatePass:
    one = asked(world)
    assert isinstance(one, GatePass), one
    assert world.visit is not None
    world.take(gatepass.issue(world.visit, one), PEOPLE["R1"].id)
    return one


def test_a_pass_says_what_may_leave() -> None:
    world = ready()
    one = handed_out(world)
    assert (one.visit, one.consignments, one.plate) == ("V1", (REF,), PLATE)
    assert (one.seals, one.units) == (("UZ0999001",), len(SSCCS))
    limit = max(Decimal(LOAD_KG) / 100, Decimal(100))
    assert (one.min_kg, one.max_kg) == (15420 + LOAD_KG - limit, 15420 + LOAD_KG + limit)
    assert one.expires_at - one.issued_at == gatepass.LIFETIME
    assert world.visit is not None
    assert gatepass.good(world.visit, world.now) == one
    assert isinstance(asked(world), AlreadyDone)
    assert gatepass.good(world.visit, one.expires_at) is None
    world.now = one.expires_at
    assert isinstance(asked(world), GatePass)


def test_only_the_desk_hands_out_passes() -> None:
    world = ready()
    for who in ("G", "W", "C1", "A", "T"):
        assert reasons(asked(world, who)) == ["NOT_PERMITTED"]  # type: ignore[arg-type]
    assert isinstance(asked(world, "D"), GatePass)


def test_what_the_gate_alone_can_see_is_not_asked() -> None:
    """The plate and the seals are those in the books; everything else is asked of the one door."""
    world = ready()
    assert world.visit is not None
    world.visit = replace(world.visit, seals=(Seal("UZ0999001", "BROKEN"),))
    assert reasons(asked(world)) == ["SEAL_BROKEN"]  # type: ignore[arg-type]
    world.visit = replace(world.visit, loaded={}, units=frozenset(), carries=())
    assert reasons(asked(world)) == ["INVALID"]  # type: ignore[arg-type]


def test_no_pass_after_the_gate() -> None:
    world = ready()
    handed_out(world)
    must(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=(Seal("UZ0999001"),)))
    assert reasons(asked(world)) == ["WRONG_STAGE"]  # type: ignore[arg-type]
    assert world.visit is not None
    assert world.visit.passes[0].revoked_at is None


STEPS = st.lists(
    st.sampled_from(["arrive", "release", "load", "seal", "weigh", "hold", "lift", "amend", "pass"]),
    max_size=14,
)


@settings(max_examples=150)
@given(STEPS)
def test_a_pass_exists_only_while_the_door_would_let_it_out(steps: list[str]) -> None:
    """Whatever happens in whatever order: a good pass means that gate-out would be accepted now."""
    world = World.announced()
    done: set[str] = set()
    for step in steps:
        before = len(world.journal)
        try:
            _take(world, step, done)
        except AssertionError:
            continue  # the step was refused: the world stays as it is
        for event, who, at in world.journal[before:]:
            touched = gatepass.touches(event)
            if touched is None or world.visit is None:
                continue
            for gone in gatepass.revocations([world.visit], touched.why, at):
                world.apply(gone, who)
        assert world.visit is not None
        assert world.consignment is not None
        if gatepass.good(world.visit, world.now) is not None:
            units = tuple(world.units.values())
            situation = Situation(visit=world.visit, aboard=(world.consignment,), units=units)
            ask = world.ask(
                "G", plate=world.visit.plate, trailer=world.visit.trailer, seals=world.visit.seals
            )
            assert isinstance(gatepass.gate_out(situation, Stage.GATE_OUT, ask), Accepted)
            for kind in (PermissionKind.CUSTOMS_RELEASE, PermissionKind.TERMINAL_RELEASE):
                assert world.consignment.permission(kind) is not None


def _take(world: World, step: str, done: set[str]) -> None:
    match step:
        case "arrive" if "arrive" not in done:
            world.arrive_and_clear()
            done.add("arrive")
        case "release":
            world.release()
        case "load":
            world.load_all()
        case "seal":
            must(world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("UZ0999001"),)))
        case "weigh":
            must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(15420 + LOAD_KG)))
        case "hold":
            must(world.place("C1"))
        case "lift":
            must(world.lift("C1", f"H{world.holds_made}"))
        case "amend":
            must(world.amend("D", container=f"MSKU{world.now.minute}"))
        case "pass":
            handed_out(world)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (e.UnitUnloaded("unit:1", "V1", REF), RevokedFor.OPENED),
        (e.UnitLoaded("unit:1", Stage.TALLY, "V1", REF), RevokedFor.OPENED),
        (e.VisitWeighed("visit:V1", weight(1)), RevokedFor.WEIGHED),
        (e.VisitSealed("visit:V1", Stage.WEIGH_OUT, ()), RevokedFor.SEALED),
        (e.StageChanged("visit:V1", Stage.WEIGH_OUT, Stage.LOAD), RevokedFor.OPENED),
        (e.StageChanged(f"consignment:{REF}", Stage.RELEASE, Stage.INSPECT), RevokedFor.APPROVAL),
        (
            e.PermissionDropped(f"consignment:{REF}", PermissionKind.CUSTOMS_RELEASE, "x", "y"),
            RevokedFor.APPROVAL,
        ),
        (e.StageChanged("visit:V1", Stage.WEIGH_OUT, Stage.GATE_OUT), None),
        (e.StageChanged(f"consignment:{REF}", Stage.RELEASE, Stage.GATE_OUT), None),
        (e.ScanNoted("visit:V1", "GATE_OUT", "x"), None),
        (e.StageChanged("unit:1", Stage.LOAD, Stage.GATE_OUT), None),
    ],
)
def test_what_takes_a_pass_back(event: e.Event, why: RevokedFor | None) -> None:
    touched = gatepass.touches(event)
    assert (touched and touched.why) == why


def test_another_pass_replaces_the_first() -> None:
    world = ready()
    first = handed_out(world)
    assert world.visit is not None
    second = replace(first, id="P2", issued_at=world.now, expires_at=world.now + timedelta(hours=1))
    outcome = gatepass.issue(world.visit, second)
    assert isinstance(outcome.events[0], GatePassRevoked)
    world.take(outcome, PEOPLE["R1"].id)
    assert world.visit is not None
    assert [one.revoked_for for one in world.visit.passes] == [RevokedFor.REPLACED, None]
    assert gatepass.good(world.visit, world.now) == second
