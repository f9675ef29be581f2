"""Seizures of some days by handling code: only the records that their code lets this reader see, and never a name."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from terminal.reports.model import Column, Report, Section
from terminal.reports.source import Source
from terminal.web.i18n import N_
from workflows.seizure_state import Handling, Seizure
from workflows.seizures import may_read


def make(source: Source) -> Report:
    """The report; it carries the strictest handling code of what is in it."""
    records = _readable(source)
    codes = Counter(one.handling.value for one in records)
    strict = Handling.RESTRICTED if codes[Handling.RESTRICTED.value] else Handling.LAW_ENFORCEMENT
    amounts: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for one in records:
        key = (one.facts.commodity_group.value, one.facts.uom)
        count, quantity = amounts[key]
        amounts[key] = (count + 1, quantity + one.facts.quantity)
    persons: Counter[tuple[str, str]] = Counter()
    for one in records:
        for some in one.facts.persons:
            persons[some.sex, some.nationality] += some.count
    sections = (
        Section(
            "handling",
            N_("By handling code"),
            (
                Column("handling", N_("Handling code"), "word:handling"),
                Column("records", N_("Records"), "number"),
            ),
            tuple(sorted(codes.items())),
            nothing=N_("No seizure recorded"),
        ),
        Section(
            "commodities",
            N_("By commodity"),
            (
                Column("commodity", N_("What"), "word:commodity"),
                Column("unit", N_("Unit"), "text"),
                Column("records", N_("Records"), "number"),
                Column("quantity", N_("Quantity"), "number"),
            ),
            tuple(
                (group, uom, count, quantity) for (group, uom), (count, quantity) in sorted(amounts.items())
            ),
        ),
        Section(
            "persons",
            N_("Persons, as counts"),
            (
                Column("sex", N_("Sex"), "code"),
                Column("nationality", N_("Nationality"), "code"),
                Column("count", N_("How many"), "number"),
            ),
            tuple((sex, nation, count) for (sex, nation), count in sorted(persons.items())),
        ),
        _records(records),
    )
    return source.report("seizures", N_("Seizure report"), sections, handling=strict)


def _readable(source: Source) -> list[Seizure]:
    """The records of the days that this reader may see, oldest first."""
    found: list[Seizure] = []
    before = None
    while page := source.reader.inspecting.seizures(before, 200):
        found += [one for one in page if source.span.holds(one.at) and may_read(one, source.actor)]
        if page[-1].at < source.span.start:
            break
        before = page[-1].case_no
    return found[::-1]


def _records(records: list[Seizure]) -> Section:
    rows = tuple(
        (
            one.case_no,
            one.at,
            one.handling.value,
            one.facts.commodity_group.value,
            one.facts.substance_or_item,
            one.facts.quantity,
            one.facts.uom,
            one.facts.concealment_place.value if one.facts.concealment_place else "",
            one.facts.detection_reason.value,
        )
        for one in records
    )
    return Section(
        "records",
        N_("Records"),
        (
            Column("case_no", N_("Case"), "code"),
            Column("at", N_("Time"), "moment"),
            Column("handling", N_("Handling code"), "word:handling"),
            Column("commodity", N_("What"), "word:commodity"),
            Column("item", N_("Item")),
            Column("quantity", N_("Quantity"), "number"),
            Column("unit", N_("Unit")),
            Column("concealed", N_("Hidden in"), "word:concealment"),
            Column("detected_by", N_("Led to it"), "word:detection"),
        ),
        rows,
    )
