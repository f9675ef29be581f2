"""What readings of gate devices mean: pure rules, no clock, no store.

A seal is compared with the vehicle's seals, the papers and what the same seal said before (SEA-01, SEA-02). A radiation
alarm stops the vehicle in the name of customs. A plate proposes a vehicle and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workflows.checks.seals import seal_numbers
from workflows.holds import NewHold
from workflows.identifiers import normalise_seal
from workflows.stages import OUTWARD, Stage
from workflows.state import Authority, Consignment, Hold, HoldReason, Visit

#: a seal may lawfully be open from the dock until the load is sealed again
_MAY_BE_OPEN = frozenset({Stage.UNLOAD, Stage.LOAD})
_HEX = re.compile(r"[0-9A-Fa-f]{24}")
#: EPC SSCC-96: partition -> digits of the company prefix, its bits
_PARTITIONS = ((12, 40), (11, 37), (10, 34), (9, 30), (8, 27), (7, 24), (6, 20))
_SSCC_96 = 0x31
#: what nobody opens, moves in or lets out while a radiation alarm stands
STOPPED_BY_RADIATION = OUTWARD | {Stage.GATE_IN, Stage.UNLOAD, Stage.LOAD}
RADIATION = "radiation"


class Said(StrEnum):
    """What comparing a reading found."""

    PLATE_EXPECTED = "PLATE_EXPECTED"
    PLATE_INSIDE = "PLATE_INSIDE"
    SEAL_ON_PAPERS = "SEAL_ON_PAPERS"  # the number is one of the vehicle's or its papers'
    SEAL_UNDECLARED = "SEAL_UNDECLARED"  # neither vehicle nor papers name any seal
    SEAL_DIFFERS = "SEAL_DIFFERS"  # SEA-01
    SEAL_NOT_INTACT = "SEAL_NOT_INTACT"  # SEA-02
    SEAL_OPEN_AT_DOCK = "SEAL_OPEN_AT_DOCK"
    SEAL_CHANGED = "SEAL_CHANGED"  # its state is another than at its reading before
    SEAL_UNCHANGED = "SEAL_UNCHANGED"
    SEAL_BATTERY_LOW = "SEAL_BATTERY_LOW"
    RADIATION_ALARM = "RADIATION_ALARM"
    RADIATION_CLEAR = "RADIATION_CLEAR"
    DOCUMENT_EXPIRED = "DOCUMENT_EXPIRED"
    DOCUMENT_VALID = "DOCUMENT_VALID"
    TEMPERATURE_GAPS = "TEMPERATURE_GAPS"


@dataclass(frozen=True, slots=True)
class Compared:
    """What a reading means for one subject: findings, and the hold they ask for."""

    said: tuple[Said, ...]
    hold: NewHold | None = None


def seals_of(visit: Visit | None, consignments: Iterable[Consignment]) -> frozenset[str]:
    """Numbers of the seals that a vehicle should wear, folded: those put on here, seen at the gate, or on the papers.

    Once the load was sealed here only those seals count.
    """
    if visit is not None and visit.seals and visit.seals != visit.seals_in:
        return frozenset(normalise_seal(seal.number) for seal in visit.seals)
    texts = [seal.number for seal in visit.seals_in] if visit is not None else []
    for one in consignments:
        texts += [one.papers.seal or "", *(line.seal or "" for line in one.papers.lines)]
    return frozenset(number for text in texts for number in seal_numbers(text))


def compare_seal(
    number: str, state: str | None, expected: frozenset[str], before: str | None, visit: Visit, hold_id: str
) -> Compared:
    """A seal read on a vehicle. ``before`` is its state when it was last read, None when it never was."""
    folded = normalise_seal(number)
    said: list[Said] = []
    check = None
    if state in ("opened", "tampered"):
        if state == "opened" and visit.stage in _MAY_BE_OPEN:
            said.append(Said.SEAL_OPEN_AT_DOCK)
        else:
            said.append(Said.SEAL_NOT_INTACT)
            check = "SEA-02"
    if not expected:
        said.append(Said.SEAL_UNDECLARED)
    elif folded in expected:
        said.append(Said.SEAL_ON_PAPERS)
    else:
        said.append(Said.SEAL_DIFFERS)
        check = check or "SEA-01"
    if state == "low_battery":
        said.append(Said.SEAL_BATTERY_LOW)
    if before is not None and state is not None:
        said.append(Said.SEAL_UNCHANGED if before == state else Said.SEAL_CHANGED)
    target = f"seal:{folded}"
    if check is None or settled(visit.holds, check, target, changed=before != state):
        return Compared(tuple(said))
    hold = NewHold(
        hold_id, f"visit:{visit.id}", Authority.CUSTOMS, HoldReason.SEAL, check=check, target=target
    )
    return Compared(tuple(said), hold)


def settled(holds: Iterable[Hold], check: str, target: str, *, changed: bool) -> bool:
    """True when this very hold stands already, or an officer ended it and nothing has changed since."""
    same = [hold for hold in holds if (hold.check, hold.target) == (check, target)]
    return any(hold.open for hold in same) or (bool(same) and not changed)


def radiation_said(fields: Mapping[str, Any]) -> tuple[Said, ...]:
    """What a portal's reading says of the vehicle in it; nothing for its background and its own faults."""
    if fields.get("kind") == "tamper":
        return ()
    if fields.get("alarm") is True:
        return (Said.RADIATION_ALARM,)
    return (Said.RADIATION_CLEAR,) if fields.get("kind") == "passage" else ()


def radiation_hold(visit: Visit, reading: str, hold_id: str) -> NewHold | None:
    """The hold that a radiation alarm asks for, in the name of customs; None while one stands for an alarm before.

    It keeps the vehicle where it is: not in, not to the dock, not out. The record of the portal is its evidence.
    """
    if any(hold.open and hold.target == RADIATION for hold in visit.holds):
        return None
    return NewHold(
        hold_id,
        f"visit:{visit.id}",
        Authority.CUSTOMS,
        HoldReason.DANGEROUS_GOODS,
        blocks=STOPPED_BY_RADIATION,
        evidence=(f"reading:{reading}",),
        target=RADIATION,
    )


def sscc_of_epc(epc: str) -> str | None:
    """The SSCC that a tag of 96 bits carries (GS1 EPC Tag Data Standard, SSCC-96); None for any other tag."""
    if not _HEX.fullmatch(epc):
        return None
    bits = int(epc, 16)
    partition = bits >> 82 & 0b111
    if bits >> 88 != _SSCC_96 or partition >= len(_PARTITIONS):
        return None
    digits, width = _PARTITIONS[partition]
    company = bits >> (82 - width) & (1 << width) - 1
    serial_width = 58 - width
    serial = bits >> 24 & (1 << serial_width) - 1
    if len(str(company)) > digits or len(str(serial)) > 17 - digits or bits & 0xFFFFFF:
        return None
    reference = f"{serial:0{17 - digits}d}"
    body = reference[0] + f"{company:0{digits}d}" + reference[1:]
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"
