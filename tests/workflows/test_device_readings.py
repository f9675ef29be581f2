"""What readings of gate devices mean: seals compared, alarms that stop, tags that carry an SSCC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.device_readings import (
    STOPPED_BY_RADIATION,
    Said,
    compare_seal,
    radiation_hold,
    radiation_said,
    seals_of,
    sscc_of_epc,
)
from workflows.identifiers import Identifier, Kind, read_as
from workflows.stages import Stage
from workflows.state import Authority, Hold, HoldReason, HoldSeverity, Seal, Visit

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
VISIT = Visit("V-1", Stage.GATE_IN, NOW, "01A123BC")
PARTITIONS = ((12, 40), (11, 37), (10, 34), (9, 30), (8, 27), (7, 24), (6, 20))


def test_the_example_of_the_standard() -> None:
    assert sscc_of_epc("3114257BF4499602D2000000") == "106141412345678908"
    for other in ("", "3014257BF4499602D2000000", "3114257BF4499602D2", "zz", "3114257BF4499602D2000001"):
        assert sscc_of_epc(other) is None


@given(st.integers(0, 6), st.data())
def test_every_tag_of_a_unit_gives_its_sscc(partition: int, data: st.DataObject) -> None:
    digits, width = PARTITIONS[partition]
    company = data.draw(st.integers(0, 10**digits - 1))
    serial = data.draw(st.integers(0, 10 ** (17 - digits) - 1))
    bits = 0x31 << 88 | data.draw(st.integers(0, 7)) << 85 | partition << 82
    bits |= company << (82 - width) | serial << 24
    label = sscc_of_epc(f"{bits:024x}")
    assert label is not None
    assert isinstance(read_as(Kind.SSCC, label), Identifier)
    assert label[1 : 1 + digits] == f"{company:0{digits}d}"


@given(st.text(alphabet="0123456789abcdefABCDEF", max_size=30))
def test_no_tag_makes_it_fail(epc: str) -> None:
    label = sscc_of_epc(epc)
    assert label is None or len(label) == 18


@pytest.mark.parametrize(
    ("number", "state", "before", "said", "check"),
    [
        ("H-UZ 550-0192", "sealed", None, [Said.SEAL_ON_PAPERS], None),
        ("HUZ5500192", "sealed", "sealed", [Said.SEAL_ON_PAPERS, Said.SEAL_UNCHANGED], None),
        (
            "HUZ5500192",
            "tampered",
            "sealed",
            [Said.SEAL_NOT_INTACT, Said.SEAL_ON_PAPERS, Said.SEAL_CHANGED],
            "SEA-02",
        ),
        ("HUZ5500193", "sealed", None, [Said.SEAL_DIFFERS], "SEA-01"),
        ("HUZ5500193", "opened", None, [Said.SEAL_NOT_INTACT, Said.SEAL_DIFFERS], "SEA-02"),
        ("HUZ5500192", "low_battery", None, [Said.SEAL_ON_PAPERS, Said.SEAL_BATTERY_LOW], None),
        ("HUZ5500192", None, "sealed", [Said.SEAL_ON_PAPERS], None),
    ],
)
def test_a_seal_is_compared(
    number: str, state: str | None, before: str | None, said: list[Said], check: str | None
) -> None:
    found = compare_seal(number, state, frozenset({"HUZ5500192"}), before, VISIT, "h-1")
    assert list(found.said) == said
    assert (found.hold.check if found.hold else None) == check
    if found.hold is not None:
        assert (found.hold.authority, found.hold.reason) == (Authority.CUSTOMS, HoldReason.SEAL)


def test_a_seal_may_be_open_at_the_dock_and_nothing_is_expected_without_papers() -> None:
    docked = replace(VISIT, stage=Stage.UNLOAD)
    assert compare_seal("A1", "opened", frozenset({"A1"}), None, docked, "h").hold is None
    assert compare_seal("A1", "sealed", frozenset(), None, VISIT, "h").said == (Said.SEAL_UNDECLARED,)
    assert seals_of(None, ()) == frozenset()
    sealed = replace(VISIT, seals=(Seal("B-2"),), seals_in=(Seal("A-1"),))
    assert seals_of(sealed, ()) == {"B2"}
    assert seals_of(replace(VISIT, seals=(Seal("A-1"),), seals_in=(Seal("A-1"),)), ()) == {"A1"}


def test_a_hold_that_an_officer_ended_comes_back_only_with_news() -> None:
    ended = Hold(
        "h-0",
        "visit:V-1",
        Authority.CUSTOMS,
        HoldReason.SEAL,
        HoldSeverity.HOLD,
        "device:r",
        NOW,
        check="SEA-02",
        target="seal:A1",
        lifted_at=NOW,
    )
    visit = replace(VISIT, holds=(ended,))
    assert compare_seal("A1", "tampered", frozenset({"A1"}), "tampered", visit, "h-1").hold is None
    assert compare_seal("A1", "tampered", frozenset({"A1"}), "sealed", visit, "h-1").hold is not None
    standing = replace(VISIT, holds=(replace(ended, lifted_at=None),))
    assert compare_seal("A1", "tampered", frozenset({"A1"}), "sealed", standing, "h-1").hold is None


def test_a_radiation_alarm_stops_the_vehicle_in_the_name_of_customs() -> None:
    assert radiation_said({"kind": "gamma", "alarm": True}) == (Said.RADIATION_ALARM,)
    assert radiation_said({"kind": "passage", "alarm": False}) == (Said.RADIATION_CLEAR,)
    assert radiation_said({"kind": "gamma", "alarm": False, "record": "GB"}) == ()
    assert radiation_said({"kind": "tamper", "alarm": True}) == ()
    hold = radiation_hold(VISIT, "r-1", "h-1")
    assert hold is not None
    assert (hold.authority, hold.reason) == (Authority.CUSTOMS, HoldReason.DANGEROUS_GOODS)
    assert hold.blocks == STOPPED_BY_RADIATION
    assert {Stage.GATE_IN, Stage.UNLOAD, Stage.GATE_OUT} <= hold.blocks
    assert hold.evidence == ("reading:r-1",)
