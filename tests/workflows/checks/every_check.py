"""One case for each check that makes it fire, one that leaves it silent, one in which nobody can tell.

``FIRES`` holds (case, what fires); ``SILENT`` the nearest case that is right; ``UNKNOWN`` one with the facts missing,
or a word why facts cannot be missing: the check reads one thing, and without it there is nothing to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.support.check_cases import AS_OF, NOBODY, a_case, day, line, paper
from workflows.checks.case import (
    ApprovalFact,
    AxleGroup,
    Bay,
    Case,
    ClockSeen,
    CountSeen,
    EditFact,
    GateRead,
    Observations,
    PassportRead,
    Planned,
    ProcessFacts,
    ScaleKnown,
    ScanSeen,
    SealSeen,
    SsccUse,
    TemperatureReading,
    WatchListEntry,
    WeighingSeen,
)
from workflows.findings import Finding, Severity
from workflows.papers import Declared, Document, Mode, Person, TemperatureRange, Vehicle
from workflows.screening import ListEntry, SanctionsList
from workflows.stages import Stage

GOOD, BAD, OTHER = "095212340001001002", "095212340001001003", "095212340001001019"
SCALES = {"WB": ScaleKnown("WB", "weighbridge_static", Decimal(400), Decimal(60000), date(2027, 3, 1))}
BAYS = {"D": Bay("D", "dangerous goods yard"), "C": Bay("C", "2-8"), "A": Bay("A", "15-25")}
COLD = TemperatureRange("2-8", Decimal(2), Decimal(8))
LISTED = SanctionsList((ListEntry("QDe.998", False, "Zarafshon Qamar Brigade"),), loaded_at=AS_OF)
VACCINE: dict[str, Any] = {"description": "Tetanus vaccine", "hs_code": "300241", "temperature": COLD}
MEDICINE: dict[str, Any] = {"description": "Paracetamol 500 mg", "hs_code": "300490"}
FLOUR: dict[str, Any] = {"description": "Wheat flour", "hs_code": "110100"}
CHLORINE = line(1, "Calcium hypochlorite", "282810", un_number="2880", dg_class="5.1")
DIESEL = line(2, "Diesel fuel", "271019", un_number="1202", dg_class="3")
FLARES = line(1, "Hand flares", "360490", un_number="0191", dg_class="1.4G")
ZONE = ("P<UZBTONGOTAROV<<JASUR<<<<<<<<<<<<<<<<<<<<<<", "FA10000110UZB8502142M31063053140285000001752")


def imported(code: str, *, unknown: bool = False) -> Case:
    """A case in which the importer found something (or could not tell)."""
    found = Finding(code, Severity.WARN, "line:1", {"text": "x"}, cannot_tell=unknown)
    return replace(a_case(line()), imported=(found,))


def seen(**what: Any) -> Case:
    """One line of blankets with these observations."""
    return a_case(line(), observations=Observations(**what))


def weighed(
    what: str, kg: int | None, *, stable: bool = True, scale: str = "WB", **more: Any
) -> WeighingSeen:
    """One reading of the vehicle."""
    return WeighingSeen(scale, what, "vehicle", None if kg is None else Decimal(kg), stable, AS_OF, **more)


def load(*weighings: WeighingSeen, gross: int | None = 7480, **papers: Any) -> Case:
    """A truck with blankets of that gross weight (kg) and these weighings."""
    goods = line(gross_kg=None if gross is None else Decimal(gross))
    return a_case(goods, observations=Observations(weighings=weighings), context={"scales": SCALES}, **papers)


def logger(*celsius: str, step: int = 20) -> tuple[TemperatureReading, ...]:
    """A logger's values every ``step`` minutes."""
    return tuple(
        TemperatureReading(AS_OF + timedelta(minutes=step * at), Decimal(value))
        for at, value in enumerate(celsius)
    )


def process(**facts: Any) -> Case:
    """A case of which the process is known."""
    return replace(a_case(line()), process=ProcessFacts(**facts))


def stored(*lines: Any, bay: str = "D", **more: Any) -> Case:
    """Lines that are all planned for one bay."""
    plan = tuple(Planned(bay, one.no) for one in lines)
    return a_case(*lines, observations=Observations(storage_plan=plan), context={"bays": BAYS}, **more)


def documented(*documents: Document, goods: Any = None, **more: Any) -> Case:
    """Blankets (or other goods) with these papers."""
    return a_case(goods or line(), documents=documents, **more)


SEAL = {"seal": "UZ0550101"}
CONTAINER_SEAL = SealSeen("container", "UZ0550101", "S", "INTACT")
FIRST, SECOND = ApprovalFact("first", "chori", AS_OF), ApprovalFact("second", "rustam", AS_OF)
TRUCK = {"vehicle": Vehicle("75 412 CBA")}

FIRES: Mapping[str, Case] = {
    **{f"DAT-0{n}": imported(f"DAT-0{n}") for n in range(1, 8)},
    "ID-01": a_case(line(sscc=BAD)),
    "ID-02": a_case(*(line(n, sscc=GOOD, packages=1, package_type="PX") for n in (1, 2))),
    "ID-03": a_case(line(sscc=GOOD), context={"open_sscc": (SsccUse(GOOD, "OTHER-1"),)}),
    "ID-04": a_case(line(gtin="9521234000120")),
    "ID-05": a_case(line(), container="QZQU4119075"),
    "ID-06": a_case(line(wagon="52881045"), mode=Mode.RAIL),
    "ID-07": documented(paper("AWB", "250-44582102"), mode=Mode.AIR),
    "ID-08": a_case(line(), vehicle=Vehicle("?? 1")),
    "ID-09": seen(scans=(ScanSeen("]C1370012"),)),
    "ID-10": seen(passports=(PassportRead((ZONE[0], ZONE[1].replace("850214", "850215"))),)),
    "ID-11": documented(paper("TIR", "XC1234567")),
    "DOC-01": documented(),
    "DOC-02": documented(paper("CMR", valid_until=date(2026, 11, 15))),
    "DOC-03": documented(paper("CMR", fields={"packages": 11}), declared=Declared(packages=10)),
    "DOC-04": documented(paper("TRANSIT_DECL", fields={"regime": "IM40"})),
    "DOC-05": documented(goods=line(1, "Acetic anhydride", "291524")),
    "DOC-06": documented(),
    "DOC-07": documented(goods=CHLORINE),
    "QTY-01": a_case(line(packages=10), observations=Observations(counts=(CountSeen(9, line=1),))),
    "QTY-02": a_case(line(quantity=Decimal(4), raw={"unit_value": "2.50", "total_value": "12"})),
    "QTY-03": a_case(line(packages=9), declared=Declared(packages=10)),
    "WGT-01": a_case(line(gross_kg=Decimal(8), net_kg=Decimal(9))),
    "WGT-02": load(weighed("GROSS", 23101), weighed("TARE", 15420)),
    "WGT-03": load(weighed("AXLES", None, axles=(AxleGroup("single", Decimal(10001)),))),
    "WGT-04": load(weighed("GROSS", 22900, stable=False)),
    "WGT-05": load(declared=Declared(gross_kg=Decimal(7600))),
    "WGT-06": load(weighed("TARE", 15900, registered_tare_kg=Decimal(15400))),
    "EXP-01": a_case(line(**MEDICINE, expiry=day(date(2026, 11, 15)))),
    "EXP-02": a_case(line(**MEDICINE, expiry=day(date(2027, 11, 19)))),
    "EXP-03": a_case(line(**FLOUR, best_before=day(date(2027, 2, 17)))),
    "EXP-04": a_case(line(**FLOUR, best_before=day(date(2026, 11, 15)))),
    "EXP-05": a_case(line(**MEDICINE)),
    "EXP-06": a_case(line(**MEDICINE, expiry=day(date(2027, 12, 5), date(2027, 5, 12), text="05/12/27"))),
    "EXP-07": a_case(line(**MEDICINE, expiry=day(date(2028, 1, 1)), produced=day(date(2028, 2, 1)))),
    "TMP-01": a_case(line(**VACCINE)),
    "TMP-02": a_case(line(**VACCINE), observations=Observations(temperatures=logger("5", "9", "9", "9", "5"))),
    "TMP-03": stored(line(**VACCINE), bay="A"),
    "CTL-01": a_case(line(1, "Potassium permanganate", "284161")),
    "CTL-02": a_case(line(1, "Hunting rifle", "930330")),
    "CTL-03": a_case(line(1, "Quadcopter", "880622")),
    "CTL-04": a_case(line(1, "Morphine 10 mg/ml ampoules", "300449")),
    "CTL-05": a_case(line(1, "Water treatment reagent", "2841")),
    "CTL-06": a_case(line(1, "Infant formula", "190110")),
    "CTL-08": a_case(line(1, "VHF radio", "852560")),
    "HAZ-01": documented(goods=CHLORINE),
    "HAZ-02": stored(CHLORINE, DIESEL),
    "HAZ-03": a_case(line(1, "Power bank", "850760")),
    "HAZ-04": a_case(line(1, "Pesticide, toxic", "380891", un_number="2588", dg_class="6.1"), line(2, **FLOUR)),
    "HAZ-05": a_case(replace(CHLORINE, dg_class="8")),
    "HAZ-06": documented(goods=FLARES),
    "SAN-01": a_case(line(), carrier="Zarafshon Qamar Brigade", context={"sanctions": LISTED}),
    "SAN-02": a_case(line(), carrier="Zarafshon Qamar Brigade Nur", context={"sanctions": LISTED}),
    "SAN-03": a_case(line(), context={"sanctions": replace(NOBODY, loaded_at=AS_OF - timedelta(days=8))}),
    "SEA-01": replace(seen(seals=(SealSeen("vehicle", "UZ0550110", "H", "INTACT"),)), papers=a_case(line(), **SEAL).papers),
    "SEA-02": seen(seals=(SealSeen("vehicle", "UZ1", "H", "BROKEN"),)),
    "SEA-03": a_case(line(), **SEAL, context={"used_seals": (("UZ-055 0101", "OTHER-1"),)}),
    "SEA-04": seen(seals=(CONTAINER_SEAL,)),
    "VEH-01": a_case(line(), **TRUCK, observations=Observations(gate=(GateRead(AS_OF, "75419CBA", confidence=0.97),))),
    "VEH-02": a_case(line(), **TRUCK, context={"watch_list": (WatchListEntry("75 412 СВА", "plate"),)}),
    "VEH-03": documented(paper("DRIVER_ID", valid_until=date(2026, 11, 15))),
    "PRC-01": process(approvals=(FIRST, replace(SECOND, by="chori"))),
    "PRC-02": process(release_asked=True, open_holds=(("line:2", "SEAL"),)),
    "PRC-03": process(move=(Stage.PRE_ADVICE, Stage.RELEASE)),
    "PRC-04": process(stage=Stage.DOC_CHECK, in_stage_since=AS_OF - timedelta(minutes=121)),
    "PRC-05": process(approvals=(FIRST,), edits=(EditFact("dilnoza", AS_OF + timedelta(minutes=1), "lines"),)),
    "PRC-06": process(sequence=(AS_OF, AS_OF - timedelta(seconds=1))),
}  # fmt: skip

COMPLETE = tuple(
    paper(kind, fields={"regime": "TR80"} if kind == "TRANSIT_DECL" else {})
    for kind in (
        "CMR", "TRANSIT_DECL", "PACKING_LIST", "PROFORMA", "GIFT_CERT", "HUM_LETTER", "AF_EXEMPTION", "DRIVER_ID",
        "VEHICLE_REG", "SEAL_RECORD",
    )
)  # fmt: skip

SILENT: Mapping[str, Case] = {
    **{f"DAT-0{n}": a_case(line()) for n in range(1, 8)},
    "ID-01": a_case(line(sscc=GOOD)),
    "ID-02": a_case(*(line(n, sscc=GOOD, packages=6, package_type="CT") for n in (1, 2))),
    "ID-03": a_case(line(sscc=GOOD), context={"open_sscc": (SsccUse(GOOD, "TEST-1"), SsccUse(GOOD, None, date(2025, 11, 16)))}),
    "ID-04": a_case(line(gtin="9521234000129")),
    "ID-05": a_case(line(), container="QZQU 411907 0"),
    "ID-06": a_case(line(wagon="5288104 2"), mode=Mode.RAIL),
    "ID-07": documented(paper("AWB", "250 4458 2101"), mode=Mode.AIR),
    "ID-08": a_case(line(), vehicle=Vehicle("75 a 301 bc", "75-4410-AB")),
    "ID-09": seen(scans=(ScanSeen("]C100" + GOOD), ScanSeen("]d201195212340001261727112110PCT-2511"))),
    "ID-10": seen(passports=(PassportRead(ZONE),)),
    "ID-11": documented(paper("TIR", "XC12345678", fields={"holder": "UZB/053/12345"})),
    "DOC-01": documented(*COMPLETE),
    "DOC-02": documented(paper("CMR", issued=date(2026, 11, 16), valid_until=date(2026, 11, 16))),
    "DOC-03": documented(paper("CMR", fields={"packages": 10}), declared=Declared(packages=10)),
    "DOC-04": documented(paper("TRANSIT_DECL", fields={"regime": "ТР 80"})),
    "DOC-05": documented(paper("PREC_PERMIT"), goods=line(1, "Acetic anhydride", "291524")),
    "DOC-06": documented(paper("AF_EXEMPTION", "MF-1")),
    "DOC-07": documented(paper("DG_PERMIT"), goods=CHLORINE),
    "QTY-01": a_case(line(packages=10), observations=Observations(counts=(CountSeen(10, line=1),))),
    "QTY-02": a_case(line(quantity=Decimal(4), raw={"unit_value": "2,50", "total_value": "10"})),
    "QTY-03": a_case(line(packages=10), declared=Declared(packages=10)),
    "WGT-01": a_case(line(gross_kg=Decimal(9), net_kg=Decimal(9))),
    "WGT-02": load(weighed("GROSS", 23000), weighed("TARE", 15420)),
    "WGT-03": load(weighed("AXLES", None, axles=(AxleGroup("single", Decimal(10000)), AxleGroup("tridem", Decimal(24000))))),
    "WGT-04": load(weighed("GROSS", 22900, stable=False), weighed("GROSS", 22920)),
    "WGT-05": load(declared=Declared(gross_kg=Decimal(7500))),
    "WGT-06": load(weighed("TARE", 15700, registered_tare_kg=Decimal(15400))),
    "EXP-01": a_case(line(**MEDICINE, expiry=day(date(2026, 11, 16)))),
    "EXP-02": a_case(line(**MEDICINE, expiry=day(date(2027, 11, 20)))),
    "EXP-03": a_case(line(**FLOUR, best_before=day(date(2027, 2, 18)))),
    "EXP-04": a_case(line(**FLOUR, best_before=day(date(2026, 11, 16)))),
    "EXP-05": a_case(line(1, "Gauze bandage", "300590")),
    "EXP-06": a_case(line(**MEDICINE, expiry=day(date(2028, 12, 5), date(2028, 5, 12), text="05/12/28"))),
    "EXP-07": a_case(line(**MEDICINE, expiry=day(date(2028, 1, 1)), produced=day(date(2026, 1, 1)))),
    "TMP-01": a_case(line(**VACCINE), observations=Observations(temperatures=logger("5", "5"))),
    "TMP-02": a_case(line(**VACCINE), observations=Observations(temperatures=logger("5", "9", "9", "5"))),
    "TMP-03": stored(line(**VACCINE), bay="C"),
    "CTL-01": a_case(line(1, "Cleaning wipes, acetone-free", "340119")),
    "CTL-02": a_case(line(1, "Hot-melt glue gun", "851679")),
    "CTL-03": a_case(line(1, "Camera, digital", "852589")),
    "CTL-04": a_case(line(**MEDICINE)),
    "CTL-05": a_case(line(1, "Blanket, fleece", "6301")),
    "CTL-06": a_case(line(1, "Biscuits", "190531")),
    "CTL-08": a_case(line(1, "Radio receiver, hand-crank", "852713")),
    "HAZ-01": documented(paper("DGD"), paper("SDS"), goods=CHLORINE),
    "HAZ-02": a_case(CHLORINE, DIESEL),  # they may share a vehicle
    "HAZ-03": a_case(line(1, "Wipes, chlorine-free", "340119")),
    "HAZ-04": a_case(CHLORINE, line(2, **FLOUR)),
    "HAZ-05": a_case(CHLORINE),
    "HAZ-06": documented(paper("SPECIAL_PERMIT"), goods=FLARES),
    "SAN-01": a_case(line(), carrier="Brigade Transport", context={"sanctions": LISTED}),
    "SAN-02": a_case(line(), carrier="Zarafshon Logistics", context={"sanctions": LISTED}),
    "SAN-03": a_case(line(), context={"sanctions": NOBODY}),
    "SEA-01": replace(seen(seals=(SealSeen("vehicle", "uz 055-0101", "H", "INTACT"),)), papers=a_case(line(), **SEAL).papers),
    "SEA-02": seen(seals=(SealSeen("vehicle", "UZ1", "H", "INTACT"),)),
    "SEA-03": a_case(line(), **SEAL, context={"used_seals": (("UZ0550102", "OTHER-1"), ("UZ0550101", "TEST-1"))}),
    "SEA-04": seen(seals=(replace(CONTAINER_SEAL, seal_class="H"),)),
    "VEH-01": a_case(line(), vehicle=Vehicle("75 412 СВА"), observations=Observations(gate=(GateRead(AS_OF, "75412CBA", confidence=0.97),))),
    "VEH-02": a_case(line(), **TRUCK, context={"watch_list": (WatchListEntry("75 413 CBA", "plate"),)}),
    "VEH-03": documented(paper("DRIVER_ID", valid_until=date(2026, 11, 16)), driver=Person("Jasur Tongotarov", "FA1")),
    "PRC-01": process(approvals=(FIRST, SECOND)),
    "PRC-02": process(release_asked=True),
    "PRC-03": process(move=(Stage.PRE_ADVICE, Stage.GATE_IN)),
    "PRC-04": process(stage=Stage.DOC_CHECK, in_stage_since=AS_OF - timedelta(minutes=120)),
    "PRC-05": process(approvals=(FIRST,), edits=(EditFact("dilnoza", AS_OF - timedelta(minutes=1), "lines"),)),
    "PRC-06": replace(seen(clocks=(ClockSeen("s", AS_OF, AS_OF + timedelta(minutes=2)),)), process=ProcessFacts(sequence=(AS_OF, AS_OF))),
}  # fmt: skip

_NUMBER = "the number is there or it is not; one that is not there is asked for by DOC-01 or DAT-01"
_FILE = "the importer speaks about what stands in the file"
_GOODS = "words and code are read as they are; a line with neither is told by DOC-01"
_DATE = "a date that is missing is EXP-05, one nobody can read EXP-06"
_PAPER = "a paper is attached or it is not"
_LIST = "without a list SAN-03 cannot tell, and holds"
_PROCESS = "the journal knows the process; a folder on disk has none and is asked nothing about it"

UNKNOWN: Mapping[str, Case | str] = {
    **{f"DAT-0{n}": _FILE for n in range(1, 8)},
    **{f"ID-{n:02}": _NUMBER for n in range(1, 12)},
    "DOC-01": documented(*COMPLETE, goods=line(1, "Assorted items", None)),
    "DOC-02": imported("DOC-02", unknown=True),
    "DOC-03": "what two papers do not both say cannot contradict",
    **{f"DOC-0{n}": _PAPER for n in range(4, 8)},
    "QTY-01": a_case(line(), observations=Observations(counts=(CountSeen(9, line=1),))),
    "QTY-02": "without price or total there is no sum to be wrong",
    "QTY-03": a_case(line(), declared=Declared(packages=10)),
    "WGT-01": "without a weight there is none that is impossible; WGT-05 tells the silent lines",
    "WGT-02": load(weighed("GROSS", 22900)),
    "WGT-03": load(weighed("GROSS", 41000)),
    "WGT-04": load(weighed("GROSS", 22900, scale="nobody's")),
    "WGT-05": load(gross=None, declared=Declared(gross_kg=Decimal(7480))),
    "WGT-06": load(weighed("TARE", 15900)),
    **{f"EXP-0{n}": _DATE for n in range(1, 8)},
    "TMP-01": "a record is attached or it is not",
    "TMP-02": documented(paper("TEMP_LOG"), goods=line(**VACCINE)),
    "TMP-03": stored(line(**VACCINE), bay="unheard of"),
    **{f"CTL-0{n}": _GOODS for n in (1, 2, 3, 4, 5, 6, 8)},
    "HAZ-01": _PAPER,
    "HAZ-02": a_case(CHLORINE, line(2, "Something", "380894", un_number="9999")),
    "HAZ-03": _GOODS,
    "HAZ-04": "a class nobody knows is told by HAZ-02 and HAZ-05",
    "HAZ-05": "a number that is not in the table fires",
    "HAZ-06": _PAPER,
    "SAN-01": _LIST,
    "SAN-02": _LIST,
    "SAN-03": a_case(line(), context={"sanctions": None}),
    "SEA-01": a_case(line(), **SEAL),
    "SEA-02": seen(seals=(SealSeen("vehicle", "UZ1", "H"),)),
    "SEA-03": "a number is among the used ones or it is not",
    "SEA-04": seen(seals=(replace(CONTAINER_SEAL, seal_class=None),)),
    "VEH-01": a_case(line(), **TRUCK, observations=Observations(gate=(GateRead(AS_OF, None),))),
    "VEH-02": "a plate or name is on the list or it is not",
    "VEH-03": "a driver without any document is asked for one by DOC-01",
    **{f"PRC-0{n}": _PROCESS for n in range(1, 7)},
}  # fmt: skip
