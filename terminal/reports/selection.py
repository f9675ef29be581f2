"""The selection list for port and air cargo control units: containers and air waybills with why they were chosen, and what came.

One row a container or air waybill of every consignment whose lane was first chosen in the days, those of the highest score
first. *Profiled*, *inspected* and *found* are the feedback that such units ask for.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.source import Source
from terminal.web.i18n import N_
from workflows.papers import Mode, Papers
from workflows.routing_state import Lane
from workflows.seizure_state import Handling

_MARKED = frozenset({Lane.RED})


def make(source: Source) -> Report:
    """The list; for those who read risk."""
    rows: list[tuple[Value, ...]] = []
    lanes: list[Lane] = []
    for one in sorted(
        source.reader.routing.between(source.span.start, source.span.end),
        key=lambda one: (-one.score, one.ref),
    ):
        consignment = source.reader.consignment(one.ref)
        if consignment is None:
            continue
        choice = one.routing.choice
        why = sorted(choice.grounds) if choice is not None else []
        profiled = bool(choice is not None and choice.profiles)
        for kind, number in numbers(consignment.papers):
            lanes.append(one.lane)
            rows.append(
                (
                    kind,
                    number,
                    one.ref,
                    one.first_at,
                    one.lane.value,
                    one.score,
                    ", ".join(why),
                    _yes(profiled),
                    _yes(one.inspected),
                    _yes(one.found),
                )
            )
    section = Section(
        "selection",
        N_("Containers and air waybills"),
        (
            Column("kind", N_("Kind"), "word:found_kind"),
            Column("number", N_("Number"), "code"),
            Column("consignment", N_("Consignment"), "code"),
            Column("at", N_("Time"), "moment"),
            Column("lane", N_("Lane"), "word:lane"),
            Column("score", N_("Points"), "number"),
            Column("reasons", N_("Indicators and profiles"), "code"),
            Column("profiled", N_("Profiled"), "say"),
            Column("inspected", N_("Inspected"), "say"),
            Column("found", N_("Found something"), "say"),
        ),
        tuple(rows),
        nothing=N_("No container and no air waybill was routed."),
        marked=frozenset(number for number, lane in enumerate(lanes) if lane in _MARKED),
    )
    return source.report("selection", N_("Selection list"), (section,), handling=Handling.LAW_ENFORCEMENT)


def numbers(papers: Papers) -> Iterator[tuple[str, str]]:
    """The containers of a consignment, and its air waybills: kind (a word of ``found_kind``) and number, each once."""
    named = (papers.container, *(line.container for line in papers.lines))
    for container in dict.fromkeys(one for one in named if one):
        yield "container", container
    if papers.mode is Mode.AIR:
        for number in dict.fromkeys(paper.number for paper in papers.documents if paper.type == "AWB"):
            if number:
                yield "transport_document", number


def _yes(value: bool) -> str:
    return N_("yes") if value else N_("no")
