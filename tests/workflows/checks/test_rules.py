"""The rules on small cases: fires, does not fire, cannot tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.check_cases import AS_OF, a_case, day, fired, line
from workflows.checks.case import (
    ApprovalFact,
    Bay,
    Case,
    ClockSeen,
    EditFact,
    Observations,
    Planned,
    ProcessFacts,
    ScanSeen,
    SealSeen,
    TemperatureReading,
    WeighingSeen,
    add_months,
)
from workflows.checks.documents import normalise_regime
from workflows.checks.header import same_party
from workflows.checks.registry import BY_CODE, CHECKS, run_checks
from workflows.findings import Severity
from workflows.papers import DeclaredUnit, Document, Line, Mode, PaperDate, TemperatureRange, Vehicle
from workflows.stages import Stage

MEDICINE: dict[str, Any] = {"description": "Paracetamol 500 mg", "hs_code": "300490"}
VACCINE: dict[str, Any] = {"description": "Tetanus vaccine", "hs_code": "300241"}
FLOUR: dict[str, Any] = {"description": "Wheat flour", "hs_code": "110100"}
EXP = tuple(f"EXP-0{n}" for n in range(1, 8))


def months(stated: PaperDate) -> PaperDate:
    return replace(stated, precision="month")


@pytest.mark.parametrize(
    ("goods", "dates", "wanted"),
    [
        (MEDICINE, {"expiry": day(date(2026, 11, 15))}, "EXP-01"),
        (MEDICINE, {"expiry": day(date(2026, 11, 16))}, "EXP-02"),
        (MEDICINE, {"expiry": day(date(2027, 11, 19))}, "EXP-02"),
        (MEDICINE, {"expiry": day(date(2027, 11, 20))}, ""),
        (MEDICINE, {"expiry": months(day(date(2027, 11, 30)))}, ""),
        (MEDICINE, {}, "EXP-05"),
        (MEDICINE, {"expiry": day(text="n/a")}, "EXP-05"),
        (MEDICINE, {"expiry": day(text="31.02.2028")}, "EXP-06"),
        (MEDICINE, {"expiry": day(date(2027, 4, 3), date(2027, 3, 4), text="03/04/27")}, "EXP-02"),
        (MEDICINE, {"expiry": day(date(2027, 12, 1), date(2027, 1, 12), text="01/12/27")}, "EXP-06"),
        (MEDICINE, {"expiry": day(date(2028, 12, 1), date(2028, 1, 12), text="01/12/28")}, ""),
        (MEDICINE, {"expiry": day(date(2028, 6, 1)), "produced": day(date(2026, 11, 17))}, "EXP-07"),
        (MEDICINE, {"expiry": day(date(2028, 6, 1)), "produced": months(day(date(2026, 11, 30)))}, ""),
        (MEDICINE, {"expiry": day(date(2028, 6, 1)), "produced": day(date(2028, 7, 1))}, "EXP-07"),
        (MEDICINE, {"expiry": day(date(2038, 1, 1)), "produced": day(date(2026, 1, 1))}, "EXP-07"),
        (MEDICINE, {"expiry": day(date(2036, 1, 1)), "produced": day(date(2026, 1, 1))}, ""),
        (MEDICINE, {"best_before": day(date(2027, 5, 19))}, "EXP-02"),
        (MEDICINE, {"best_before": day(date(2026, 5, 19))}, "EXP-04"),
        (VACCINE, {"expiry": day(date(2027, 5, 19))}, "EXP-02"),
        (VACCINE, {"expiry": day(date(2027, 5, 20))}, ""),
        (FLOUR, {"best_before": day(date(2026, 11, 15))}, "EXP-04"),
        (FLOUR, {"best_before": day(date(2027, 2, 17))}, "EXP-03"),
        (FLOUR, {"best_before": day(date(2027, 2, 18))}, ""),
        (FLOUR, {"expiry": day(date(2026, 11, 15))}, "EXP-01"),
        (FLOUR, {}, "EXP-05"),
        ({"description": "Salt, iodised", "hs_code": "250100"}, {}, "EXP-05"),
        ({"description": "Gauze bandage", "hs_code": "300590"}, {}, ""),
        ({"description": "Gauze bandage", "hs_code": "300590"}, {"expiry": day(date(2026, 1, 1))}, "EXP-01"),
        ({"description": "Парацетамол 500 мг", "hs_code": None}, {}, "EXP-05"),
        ({}, {}, ""),
    ],
)
def test_shelf_life(goods: dict[str, Any], dates: dict[str, PaperDate], wanted: str) -> None:
    case = a_case(line(**(goods | dates)))
    assert fired(case, *EXP) == ({f"{wanted}@line:1"} if wanted else set())


def test_consent_counts_for_its_batches() -> None:
    short = line(**MEDICINE, expiry=day(date(2027, 6, 30)), batch="CEF-2506")
    for fields, held in (
        ({}, set()),
        ({"batch": "CEF 2506"}, set()),
        ({"batches": ["PCM-1"]}, {"EXP-02@line:1"}),
    ):
        case = a_case(short, documents=(Document("RECIPIENT_CONSENT", "RC-1", fields=fields),))
        assert fired(case, "EXP-02") == held


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ((2026, 11, 20), 12, (2027, 11, 20)),
        ((2027, 8, 31), 6, (2028, 2, 29)),
        ((2026, 12, 31), 1, (2027, 1, 31)),
    ],
)
def test_months_end_where_the_calendar_does(
    start: tuple[int, int, int], count: int, end: tuple[int, int, int]
) -> None:
    assert add_months(date(*start), count) == date(*end)


def logger(*values: tuple[int, str]) -> tuple[TemperatureReading, ...]:
    start = datetime(2026, 11, 15, 6, 0, tzinfo=UTC)
    return tuple(TemperatureReading(start + timedelta(minutes=at), Decimal(c)) for at, c in values)


COLD = TemperatureRange("2-8", Decimal(2), Decimal(8))


@pytest.mark.parametrize(
    ("readings", "wanted"),
    [
        ([(0, "5"), (30, "9"), (60, "9.5"), (90, "6")], set()),
        ([(0, "5"), (30, "9"), (61, "9.5"), (90, "6")], {"TMP-02@line:1"}),
        ([(0, "5"), (30, "-1"), (90, "-1"), (120, "4")], {"TMP-02@line:1"}),
        ([(0, "5"), (30, "9"), (60, "5"), (90, "9"), (120, "5")], set()),
        ([(0, "5"), (60, "5"), (121, "5")], {"TMP-01@line:1"}),
        ([], {"TMP-01@line:1"}),
    ],
)
def test_cold_chain(readings: list[tuple[int, str]], wanted: set[str]) -> None:
    case = a_case(
        line(**VACCINE, temperature=COLD), observations=Observations(temperatures=logger(*readings))
    )
    assert fired(case, "TMP-01", "TMP-02") == wanted


def test_a_rapid_test_that_bears_warmth_needs_no_record() -> None:
    warm = TemperatureRange("2-30", Decimal(2), Decimal(30))
    assert (
        fired(a_case(line(description="Malaria rapid test", hs_code="300215", temperature=warm)), "TMP-01")
        == set()
    )
    assert fired(a_case(line(description="Human serum", hs_code="300212")), "TMP-01") == {"TMP-01@line:1"}


def test_record_without_values_is_no_proof() -> None:
    case = a_case(line(**VACCINE), documents=(Document("TEMP_LOG", "T-1"),))
    assert fired(case, "TMP-01", "TMP-02") == {"?TMP-02@line:1"}


@pytest.mark.parametrize(
    ("temperature", "zone", "wanted"),
    [
        (COLD, "2-8", set()),
        (COLD, "15-25", {"TMP-03@line:1"}),
        (COLD, "dry", {"TMP-03@line:1"}),
        (TemperatureRange("15-25", Decimal(15), Decimal(25)), "2-8", {"TMP-03@line:1"}),
        (TemperatureRange("<=30", None, Decimal(30)), "15-25", set()),
        (TemperatureRange("<=30", None, Decimal(30)), "2-8 °C", set()),
        (TemperatureRange("-20", Decimal(-25), Decimal(-15)), "-20", set()),
        (TemperatureRange("-20", Decimal(-25), Decimal(-15)), "2-8", {"TMP-03@line:1"}),
        (None, "dry", set()),
    ],
)
def test_storage_zone(temperature: TemperatureRange | None, zone: str, wanted: set[str]) -> None:
    case = a_case(
        line(temperature=temperature),
        observations=Observations(storage_plan=(Planned("B-1", 1),)),
        context={"bays": {"B-1": Bay("B-1", zone)}},
    )
    assert fired(case, "TMP-03", least=Severity.HOLD) == wanted


def dangerous(no: int, un: str | None, kind: str, **fields: Any) -> Line:
    return line(no, "Chemical", "382499", un_number=un, dg_class=kind, **fields)


@pytest.mark.parametrize(
    ("mode", "lines", "bays", "wanted"),
    [
        (Mode.ROAD, [dangerous(1, "2880", "5.1"), dangerous(2, "1202", "3")], ("D-1", "D-2"), set()),
        (
            Mode.ROAD,
            [dangerous(1, "2880", "5.1"), dangerous(2, "1202", "3")],
            ("D-1", "D-1"),
            {"HAZ-02@bay:D-1"},
        ),
        (Mode.ROAD, [dangerous(1, "1791", "8"), dangerous(2, "1950", "2.1")], ("D-1", "D-1"), set()),
        (
            Mode.AIR,
            [dangerous(1, "2880", "5.1"), dangerous(2, "1202", "3")],
            ("D-1", "D-2"),
            {"HAZ-02@consignment"},
        ),
        (
            Mode.AIR,
            [dangerous(1, "3480", "9"), dangerous(2, "1202", "3")],
            ("D-1", "D-2"),
            {"HAZ-02@consignment"},
        ),
        (Mode.AIR, [dangerous(1, "3481", "9"), dangerous(2, "1202", "3")], ("D-1", "D-2"), set()),
        (
            Mode.ROAD,
            [dangerous(1, "0336", "1.4G"), dangerous(2, "1202", "3")],
            ("D-1", "D-2"),
            {"HAZ-02@vehicle"},
        ),
        (Mode.ROAD, [dangerous(1, "0012", "1.4S"), dangerous(2, "1202", "3")], ("D-1", "D-2"), set()),
        (
            Mode.RAIL,
            [dangerous(1, "0336", "1.4G", wagon="28461010"), dangerous(2, "1202", "3", wagon="28461028")],
            ("D-1", "D-2"),
            set(),
        ),
        (
            Mode.ROAD,
            [dangerous(1, "2014", "5.1 (8)"), dangerous(2, "2014", "5.1 (8)")],
            ("D-1", "D-1"),
            set(),
        ),
    ],
)
def test_segregation(mode: Mode, lines: list[Line], bays: tuple[str, str], wanted: set[str]) -> None:
    plan = tuple(Planned(bay, no) for no, bay in enumerate(bays, start=1))
    assert fired(a_case(*lines, mode=mode, observations=Observations(storage_plan=plan)), "HAZ-02") == wanted


def test_toxic_goods_beside_food_in_truck_and_bay() -> None:
    plan = (Planned("B-1", 1), Planned("B-1", 2))
    case = a_case(dangerous(1, "2588", "6.1"), line(2, **FLOUR), observations=Observations(storage_plan=plan))
    assert fired(case, "HAZ-04") == {"HAZ-04@vehicle", "HAZ-04@bay:B-1"}
    assert fired(a_case(dangerous(1, "1791", "8"), line(2, **FLOUR)), "HAZ-04") == set()


@pytest.mark.parametrize(
    ("un", "kind", "wrong"),
    [
        ("2880", "5.1", False),
        ("2880", "8", True),
        ("1950", "2.2", False),
        ("1950", "2", False),
        ("2031", "8 (5.1)", False),
        ("2031", "8", False),
        ("0191", "1.4", False),
        ("9999", "3", True),
        ("1202", "", False),
    ],
)
def test_un_number_and_class(un: str, kind: str, wrong: bool) -> None:
    assert bool(fired(a_case(dangerous(1, un, kind)), "HAZ-05")) is wrong


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TR80", "TR80"),
        ("ТР80", "TR80"),
        ("ТР 80", "TR80"),
        ("TP-80", "TR80"),
        ("тр80", "TR80"),
        ("ИМ40", "IM40"),
        ("ИM 74", "IM74"),
        ("ЭК11", "EK11"),
    ],
)
def test_regimes_in_two_alphabets(text: str, code: str) -> None:
    assert normalise_regime(text) == code


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Agency A Country Office", "Agency A Country Office, Mazar-i-Sharif", True),
        ("Agency A Country Office", "AGENCY A", True),
        ("Agency A Country Office", "Agency B Country Office", False),
        ("Balkh Relief Foundation", "Balx Relief Foundation, Mazar", True),
        ("Agency A Country Office", "Агентство А, странoвой офис", True),
        ("Agency A Country Office", "Misol Trading LLC", False),
        ("Agency A", "", True),
    ],
)
def test_same_party_or_not(ours: str, theirs: str, same: bool) -> None:
    assert same_party(ours, theirs) is same


def weighed(what: str, kg: str, scale: str = "WB", **fields: Any) -> WeighingSeen:
    return WeighingSeen(scale, what, "vehicle", Decimal(kg), True, AS_OF, **fields)


def test_weight_without_tare_or_scale_cannot_be_told() -> None:
    case = a_case(
        line(gross_kg=Decimal(7480)), observations=Observations(weighings=(weighed("GROSS", "22900"),))
    )
    assert fired(case, "WGT-02", "WGT-04") == {"?WGT-02@vehicle", "?WGT-04@vehicle"}


def test_impossible_weights() -> None:
    lines = (
        line(1, net_kg=Decimal(900), gross_kg=Decimal(800)),
        line(2, gross_kg=Decimal(0)),
        line(3, gross_kg=Decimal(5200), packages=2, package_type="PX"),
        line(4, gross_kg=Decimal(5200), packages=2, package_type="DR"),
        line(5, gross_kg=Decimal(800), net_kg=Decimal(800)),
    )
    assert fired(a_case(*lines), "WGT-01") == {"WGT-01@line:1", "WGT-01@line:2", "WGT-01@line:3"}


def test_line_arithmetic() -> None:
    right = line(1, quantity=Decimal(400), raw={"unit_value": "2,50", "total_value": "1 000,00"})
    wrong = line(2, quantity=Decimal(400), raw={"unit_value": "2.50", "total_value": "1100"})
    assert fired(a_case(right, wrong), "QTY-02") == {"QTY-02@line:2"}


def test_labels_on_paper_and_on_things() -> None:
    pallets = tuple(DeclaredUnit(n, "095212340001001002", package_type="PX", packages=1) for n in (1, 2))
    assert fired(a_case(line(), units=pallets), "ID-02") == {"ID-02@unit:2"}
    mixed = tuple(line(n, sscc="095212340001001002", packages=6, package_type="CT") for n in (1, 2))
    assert fired(a_case(*mixed), "ID-02") == set()
    bad = a_case(line(sscc="95212340001001002"))
    found = run_checks(bad, ["ID-01"])[0]
    assert found.facts["proposal"] is None or found.facts["proposal"].endswith("1002")


def test_torn_label_is_a_warning() -> None:
    case = a_case(line(), observations=Observations(scans=(ScanSeen("]C1370012"),)))
    assert fired(case, "ID-09") == {"ID-09@consignment"}


def test_seal_class_by_need() -> None:
    seal = Observations(seals=(SealSeen("vehicle", "UZ1", "S", "INTACT"),))
    assert fired(a_case(line(), observations=seal), "SEA-04") == set()
    assert fired(a_case(line(), observations=seal, plan={"tir": True}), "SEA-04") == {"SEA-04@vehicle"}


def test_vehicle_without_a_camera_cannot_be_told() -> None:
    case = a_case(line(), vehicle=Vehicle("75 412 CBA"))
    assert fired(case, "VEH-01") == set()


def test_ministries_are_asked_one_by_one() -> None:
    radio = line(1, "VHF radio", "852560")
    clearance = Document("AF_LINE_MINISTRY", "FDA-1", fields={"ministry": "food and drug authority"})
    case = a_case(radio, line(2, **MEDICINE), documents=(clearance,))
    assert fired(case, "CTL-08") == {"CTL-08@line:1"}
    assert "DOC-01@document:AF_LINE_MINISTRY" in fired(case, "DOC-01")
    both = Document("AF_LINE_MINISTRY", "MCIT-1", fields={"ministry": "Ministry of Communications"})
    cleared = a_case(radio, line(2, **MEDICINE), documents=(clearance, both))
    assert fired(cleared, "CTL-08") == set()
    assert "DOC-01@document:AF_LINE_MINISTRY" not in fired(cleared, "DOC-01")


def test_narcotic_authority_and_its_quantity() -> None:
    morphine = line(description="Morphine 10 mg/ml", hs_code="300449", quantity=Decimal(500))
    assert fired(a_case(morphine), "CTL-04", "DOC-05", least=Severity.BLOCK) == {
        "CTL-04@line:1",
        "DOC-05@document:NARC_AUTH",
    }
    enough = Document("NARC_AUTH", "N-1", fields={"quantity": 500})
    assert fired(a_case(morphine, documents=(enough,)), "CTL-04", "DOC-05", least=Severity.BLOCK) == set()
    short = Document("NARC_AUTH", "N-1", fields={"quantity": 400})
    assert fired(a_case(morphine, documents=(short,)), "DOC-05") == {"DOC-05@document:NARC_AUTH"}


def test_shared_subheading_needs_the_name() -> None:
    assert fired(a_case(line(description="Paracetamol powder", hs_code="292429")), "CTL-01", "CTL-03") == {
        "CTL-03@line:1"
    }
    assert fired(a_case(line(description="APAA", hs_code="292429")), "CTL-01", "CTL-03") == {"CTL-01@line:1"}


def process(**facts: Any) -> Case:
    return replace(a_case(line()), process=ProcessFacts(**facts))


FIRST, SECOND = (
    ApprovalFact("first", "chori", AS_OF),
    ApprovalFact("second", "rustam", AS_OF + timedelta(hours=1)),
)


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"approvals": (FIRST, SECOND)}, set()),
        ({"approvals": (FIRST, replace(SECOND, by="chori"))}, {"PRC-01"}),
        (
            {
                "approvals": (FIRST, SECOND),
                "edits": (EditFact("rustam", AS_OF - timedelta(hours=2), "lines"),),
            },
            {"PRC-01"},
        ),
        (
            {
                "approvals": (FIRST, SECOND),
                "edits": (EditFact("rustam", AS_OF - timedelta(days=2), "lines"),),
            },
            set(),
        ),
        ({"approvals": (FIRST,), "sender_user": "chori"}, {"PRC-01"}),
        ({"release_asked": True, "open_holds": (("line:2", "SEAL"),)}, {"PRC-02"}),
        ({"move": (Stage.PRE_ADVICE, Stage.RELEASE)}, {"PRC-03"}),
        ({"move": (Stage.PRE_ADVICE, Stage.GATE_IN)}, set()),
        ({"stage": Stage.DOC_CHECK, "in_stage_since": AS_OF - timedelta(minutes=121)}, {"PRC-04"}),
        ({"stage": Stage.DOC_CHECK, "in_stage_since": AS_OF - timedelta(minutes=120)}, set()),
        (
            {
                "approvals": (FIRST,),
                "edits": (EditFact("dilnoza", AS_OF + timedelta(minutes=1), "consignee"),),
            },
            {"PRC-05"},
        ),
        ({"approvals": (replace(FIRST, digest="a"),), "digest": "b"}, {"PRC-05"}),
        ({"sequence": (AS_OF, AS_OF - timedelta(seconds=1))}, {"PRC-06"}),
        ({}, set()),
    ],
)
def test_process(facts: dict[str, Any], wanted: set[str]) -> None:
    codes = tuple(check.code for check in CHECKS if check.family == "process")
    assert fired(process(**facts), *codes) == {f"{code}@consignment" for code in wanted}


def test_clock_of_a_device() -> None:
    clock = ClockSeen("scanner-3", AS_OF, AS_OF + timedelta(minutes=2, seconds=1))
    assert fired(a_case(line(), observations=Observations(clocks=(clock,))), "PRC-06") == {
        "PRC-06@consignment"
    }


def test_single_checks_run_alone_and_unknown_codes_are_refused() -> None:
    case = a_case(line())
    for code in BY_CODE:
        run_checks(case, [code])
    with pytest.raises(KeyError):
        run_checks(case, ["XYZ-1"])


def test_an_empty_case_is_judged_without_trouble() -> None:
    found = run_checks(a_case(sender="", consignee=""))
    assert all(f.target and f.check in BY_CODE for f in found)
