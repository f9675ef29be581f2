"""The seizure act: every field of the record, the units that were taken, and the chain of custody.

Printed for those alone whom the handling code lets read the record; the code stands at the top and on every page.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from terminal.cases import seizing
from terminal.papers.inspection_act import attached
from terminal.papers.making import Making, Unknown, grouped, label, plate_of
from terminal.papers.sheet import Block, Facts, Notice, Prose, Sheet, Signs, Table
from terminal.web.i18n import N_
from terminal.web.showing_inspections import SEIZED_WORDS
from workflows.identifiers.house import HouseKind
from workflows.seizure_state import Handling, Seizure

_CODED = {
    "office_type": "office",
    "commodity_group": "commodity",
    "concealment_place": "concealment",
    "detection_reason": "detection",
    "seal_state": "seal_state",
}
#: the fields of the record in the order in which an act is read; free_text stands last, as a paragraph
_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("What was seized"),
        ("commodity_group", "substance_or_item", "form", "purity_or_model", "quantity", "estimated_value"),
    ),
    (
        N_("Where it was"),
        (
            "concealment_place",
            "concealment_method",
            "conveyance_type",
            "conveyance_id",
            "container_or_wagon",
            "seal_no",
            "seal_state",
            "declared_goods",
            "document_type_and_no",
        ),
    ),
    (
        N_("On which way"),
        (
            "direction",
            "country_of_departure",
            "country_of_origin",
            "transit_countries",
            "country_of_destination",
            "consignor_role_only",
            "consignee_role_only",
            "persons",
        ),
    ),
    (
        N_("How it was found, and what follows"),
        (
            "detection_reason",
            "detection_equipment",
            "samples",
            "lab_result",
            "handed_to",
            "criminal_case_no",
        ),
    ),
)
_NONE = "–"


def make(m: Making, case_no: str) -> Sheet:
    """The act of a seizure. Raises Unknown for whoever its handling code does not let read it."""
    record = seizing.readable(m.reader, case_no, m.caller.actor)
    if record is None:
        raise Unknown(case_no)
    entry = m.entry(f"seizure:{case_no}", "SeizureRecorded", "SeizureAmended", "CustodyPassed")
    mark = m.word("handling", record.handling.value)
    blocks: list[Block] = [
        Notice("stop" if record.handling is Handling.RESTRICTED else "hold", mark, m.say(_FOR_READERS)),
        _record(m, record),
        *(_part(m, record, heading, names) for heading, names in _PARTS),
        _units(m, record),
        _chain(m, record),
        *attached(m, f"seizure:{record.case_no}"),
    ]
    if record.facts.free_text:
        blocks.append(Prose(record.facts.free_text, m.say(SEIZED_WORDS["free_text"])))
    keeper = record.custody[-1] if record.custody else None
    blocks.append(
        Signs(
            (
                (m.say(N_("Seized by")), m.name(record.recorded_by)),
                (m.say(N_("Keeper")), m.name(keeper.received_by) if keeper else ""),
                (m.say(N_("Holder of the goods")), ""),
                (m.say(N_("Witness")), ""),
            )
        )
    )
    return m.sheet(
        m.say(N_("Seizure act")),
        record.case_no,
        blocks,
        code=label(HouseKind.DOCUMENT, record.case_no),
        code_note=record.case_no,
        entry=entry,
        mark=mark,
    )


_FOR_READERS = N_(
    "For those alone whom this handling code lets read it. Persons appear as counts, parties as roles."
)


def _record(m: Making, record: Seizure) -> Facts:
    facts = record.facts
    visit = m.reader.visit(record.visit) if record.visit else None
    return Facts(
        (
            (m.say(N_("Case number")), record.case_no),
            (m.say(N_("Time")), m.words.datetime(record.at)),
            (m.say(SEIZED_WORDS["post_code"]), facts.post_code),
            (m.say(SEIZED_WORDS["office_type"]), m.word("office", facts.office_type.value)),
            (m.say(SEIZED_WORDS["agency"]), facts.agency),
            (m.say(N_("Recorded by")), m.name(record.recorded_by)),
            (m.say(N_("Consignment")), record.consignment or _NONE),
            (m.say(N_("Vehicle")), plate_of(visit) if visit is not None else record.visit or _NONE),
            (m.say(N_("Inspection")), record.inspection[-12:].upper() if record.inspection else _NONE),
            (m.say(N_("Joint operation")), record.operation or _NONE),
        ),
        m.say(N_("The record")),
    )


def _part(m: Making, record: Seizure, heading: str, names: tuple[str, ...]) -> Facts:
    return Facts(
        tuple((m.say(SEIZED_WORDS[name]), _value(m, record, name) or _NONE) for name in names), m.say(heading)
    )


def _value(m: Making, record: Seizure, name: str) -> str:
    """A field as it is printed; quantity and value with their units."""
    facts = record.facts
    value: Any = getattr(facts, name)
    if value in (None, "", ()):
        return ""
    match name:
        case "quantity":
            return f"{_figure(m, facts.quantity)} {facts.uom}"
        case "estimated_value":
            return f"{_figure(m, value)} {facts.currency}".strip()
        case "persons":
            return ", ".join(f"{p.count} × {p.sex} {p.nationality}" for p in facts.persons)
        case "transit_countries":
            return ", ".join(facts.transit_countries)
    if name in _CODED:
        return m.word(_CODED[name], str(value))
    return str(value)


def _figure(m: Making, value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return m.words.number(value.quantize(Decimal(1)) if whole else value.normalize())


def _units(m: Making, record: Seizure) -> Table:
    units = [unit for name in record.units if (unit := m.reader.unit(name)) is not None]
    rows = tuple(
        (grouped(unit.label), unit.consignment, m.word("stage", unit.stage.value), m.kg(unit.gross_kg))
        for unit in units
    )
    head = (N_("Label"), N_("Consignment"), N_("Step"), N_("Gross"))
    return Table(
        m.say(N_("Units that were seized")),
        tuple(map(m.say, head)),
        rows,
        (4, 3, 2, 2),
        right=(3,),
        nothing=m.say(N_("None.")),
    )


def _chain(m: Making, record: Seizure) -> Table:
    """Every hand it went through, the first one first."""
    rows = tuple(
        (
            str(number),
            m.words.datetime(link.at),
            m.name(link.released_by) if link.released_by else _NONE,
            m.name(link.received_by),
            link.organisation,
            link.place,
            link.seal_no or _NONE,
            link.note,
        )
        for number, link in enumerate(record.custody, 1)
    )
    head = (
        N_("No."),
        N_("Time"),
        N_("From"),
        N_("To"),
        N_("Organisation"),
        N_("Place"),
        N_("Seal number"),
        N_("Remark"),
    )
    return Table(
        m.say(N_("Chain of custody")), tuple(map(m.say, head)), rows, (0.6, 1.7, 2, 2, 2, 1.8, 1.6, 2.2), (0,)
    )
