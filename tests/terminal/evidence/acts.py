"""What acts are written about: a sampled unit, a find that was seized and handed on, a unit lost and one damaged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tests.support.app import Terminal, nonce
from tests.terminal.evidence.conftest import Truck, truck

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 200 + b"\xff\xd9"


@dataclass(frozen=True)
class Happened:
    """Names of what there is to write acts about."""

    ref: str
    inspection: str  # a sample that used up a unit
    seizure: str
    lost: str
    wet: str
    picture: str  # SHA-256 of the attached picture


def happened(terminal: Terminal, ref: str = "ACTS-1") -> Happened:
    """A consignment of six units: one sampled, one seized, one lost, one wet."""
    made = truck(terminal, ref, 6, ready=False)
    sampled, seized, lost, wet, *rest = made.labels
    receive(made, wet, [*rest, sampled, seized])
    made.person("tally_clerk").scan(lost, "LOST", unit_context={"note": "the pallet is not on the truck"})
    inspection = sample(terminal, sampled)
    picture = attach(terminal, f"inspection:{inspection}")
    seizure = seize(terminal, made, seized)
    return Happened(ref, inspection, seizure, lost, wet, picture)


def receive(made: Truck, wet: str, good: list[str]) -> None:
    """Let the truck in, and tally what is on it."""
    made.person("gate_operator").must(
        f"/visits/{made.visit}/steps",
        step="GATE_IN",
        plate=made.plate,
        point="gate-1",
        seals=[{"number": f"UZ05{made.number:05d}"}],
    )
    made.weigh(Decimal(15420) + made.kg, "WEIGH_IN")
    made.person("document_officer").must("/approvals", consignment=made.ref, step="DOC_CHECK")
    made.person("customs_inspector").must("/approvals", consignment=made.ref, step="RISK")
    made.person("tally_clerk").must(f"/visits/{made.visit}/steps", step="UNLOAD", point="tally-1")
    made.person("tally_clerk").scan(
        wet, "TALLY", unit_context={"condition": "WET", "note": "rain came in at the back"}
    )
    for label in good:
        assert made.person("tally_clerk").scan(label, "TALLY")["verdict"] == "accepted"


def sample(terminal: Terminal, label: str) -> str:
    """A sample of a unit for the laboratory, done."""
    customs = terminal.person("customs_inspector")
    identity: str = customs.must(
        "/inspections",
        subject=f"unit:{label}",
        method="SAMPLE_LAB",
        why="White powder between the bags",
        places=["WRAPPING", "CONTENTS"],
        operation="KARVON-11",
    )["facts"]["inspection"]
    customs.must(f"/inspections/{identity}/start")
    customs.must(
        f"/inspections/{identity}/result",
        result="NO_FINDING",
        note="Sample taken from the third bag, sealed as S-11.",
        minutes=25,
        agrees=True,
        details={"reference": "S-11"},
    )
    return identity


def attach(terminal: Terminal, to: str) -> str:
    """A picture; returns its SHA-256."""
    told = terminal.person("customs_inspector").send(
        "POST",
        "/attachments",
        data={"to": to, "nonce": nonce()},
        files={"file": ("bag.jpg", JPEG)},
    )
    assert told.json()["verdict"] == "accepted", told.text
    return str(told.json()["facts"]["sha256"])


def seize(
    terminal: Terminal, made: Truck, label: str, handling: str = "RESTRICTED", *, taken: bool = True
) -> str:
    """A find, with its picture, handed to two keepers; ``taken``: the unit was seized with it."""
    customs = terminal.person("customs_inspector")
    case_no: str = customs.must(
        "/seizures",
        handling_code=handling,
        consignment=made.ref,
        visit=made.visit,
        units=[label] if taken else [],
        operation="KARVON-11",
        facts={
            "post_code": "UZTER",
            "agency": "Customs",
            "commodity_group": "DRUGS",
            "substance_or_item": "Heroin",
            "form": "powder",
            "quantity": "12.4",
            "uom": "kg",
            "estimated_value": "310000",
            "currency": "USD",
            "concealment_place": "INSIDE_GOODS",
            "concealment_method": "sewn into the third bag of flour, under the label of the mill",
            "conveyance_type": "truck",
            "conveyance_id": made.plate,
            "direction": "transit",
            "country_of_departure": "UZ",
            "transit_countries": ["UZ"],
            "country_of_destination": "AF",
            "declared_goods": "wheat flour",
            "detection_reason": "CANINE",
            "persons": [{"sex": "M", "nationality": "AF", "count": 1}],
            "samples": "S-12, S-13",
            "free_text": "Беседа с водителем عبدالله رحیمی: о содержимом не знал. Oʻzbekiston, Surxondaryo.",
        },
    )["facts"]["seizure"]
    attach(terminal, f"seizure:{case_no}")
    keep = f"/seizures/{case_no}/custody"
    customs.must(
        keep,
        received_by="غلام سخی",
        organisation="Evidence store",
        place="Termez, room 4",
        seal_no="EV-0031",
    )
    customs.must(
        keep,
        received_by="Laboratory clerk",
        organisation="Forensic laboratory",
        place="Tashkent",
        seal_no="EV-0032",
        note="for analysis",
    )
    return case_no
