"""The inspection act: who looked at what, with what, where, and what came of it; what a sample used up is written off."""

from __future__ import annotations

from terminal.cases import inspecting
from terminal.papers.making import Making, NotReady, Unknown, grouped, label, plate_of
from terminal.papers.sheet import Block, Facts, Notice, Prose, Sheet, Signs, Table, Tone, known
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.inspection_state import Inspection, Progress, Result
from workflows.inspections import Kept

_TONES: dict[Result, Tone] = {
    Result.NO_FINDING: "go",
    Result.ANOMALY: "look",
    Result.INDICATION: "look",
    Result.FINDING: "stop",
    Result.NOT_POSSIBLE: "note",
}


def make(m: Making, identity: str) -> Sheet:
    """The act of a finished inspection. Raises Unknown for those who may not see it, NotReady before its result."""
    stored = m.reader.inspecting.inspection(identity)
    kept = inspecting.kept_by_id(m.reader, identity)
    one = inspecting.seen_by(stored, m.caller.actor) if stored is not None else None
    if one is None or kept is None:
        raise Unknown(identity)
    if one.progress is not Progress.DONE or one.result is None:
        raise NotReady(N_("This inspection has no result yet, so there is no act."))
    entry = m.entry(kept.subject, "InspectionDone", where=lambda data: data["inspection"] == one.id)
    blocks: list[Block] = [
        Notice(_TONES[one.result], m.word("inspection_result", one.result.value), one.note),
        _what(m, one, kept),
        _how(m, one),
        _found(m, one),
        *_declared(m, kept),
        *_written_off(m, one, kept),
        *_ended(m, one),
        *_looked(m, one),
        *_files(m, one),
        Signs(
            (
                (m.say(N_("Inspected by")), m.name(one.done_by)),
                (m.say(N_("For the carrier")), ""),
                (m.say(N_("Witness")), ""),
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Inspection act")),
        one.id[-12:].upper(),
        blocks,
        code=label(HouseKind.DOCUMENT, one.id),
        code_note=one.id[-12:].upper(),
        entry=entry,
        mark=one.operation or "",
    )


def _what(m: Making, one: Inspection, kept: Kept) -> Facts:
    kind, _, name = one.subject.partition(":")
    ref = kept.consignment.ref if kept.consignment is not None else ""
    plate = plate_of(kept.visit) if kept.visit is not None else ""
    return Facts(
        known(
            (m.say(N_("Kind")), m.word("inspection_method", one.method.value)),
            (m.say(N_("Consignment")), ref),
            (m.say(N_("Unit")), grouped(name) if kind == "unit" else ""),
            (m.say(N_("Vehicle")), plate),
            (m.say(N_("Ordered by")), m.name(one.ordered_by)),
            (m.say(N_("Ordered at")), m.words.datetime(one.ordered_at)),
            (m.say(N_("Why")), one.why),
            (m.say(N_("Joint operation")), one.operation),
            (m.say(N_("Places to look at")), _places(m, one.places)),
        ),
        m.say(N_("The order")),
        columns=3,
    )


def _how(m: Making, one: Inspection) -> Facts:
    tool = m.reader.inspecting.equipment(one.equipment) if one.equipment else None
    kit = ", ".join(filter(None, (one.kit_lot, m.words.date(one.kit_expires) if one.kit_expires else "")))
    calibrated = tool.calibrated_until if tool is not None else None
    return Facts(
        known(
            (m.say(N_("Begun")), m.words.datetime(one.started_at) if one.started_at else ""),
            (m.say(N_("Done")), m.words.datetime(one.done_at) if one.done_at else ""),
            (m.say(N_("Minutes")), m.words.number(one.minutes) if one.minutes else ""),
            (m.say(N_("Done by")), m.name(one.done_by)),
            (m.say(N_("With")), tool.name if tool is not None else one.equipment),
            (m.say(N_("Serial number")), tool.serial if tool is not None else ""),
            (m.say(N_("Calibrated until")), m.words.date(calibrated) if calibrated else ""),
            (m.say(N_("Kit lot, good until")), kit),
        ),
        m.say(N_("The work")),
        columns=3,
    )


def _found(m: Making, one: Inspection) -> Facts:
    agrees = {True: m.say(N_("yes")), False: m.say(N_("no")), None: m.say(N_("not compared"))}[one.agrees]
    return Facts(
        known(
            (m.say(N_("As declared")), agrees),
            (m.say(N_("Where it was")), _places(m, one.found_at)),
            *((m.word("inspection_detail", name), value) for name, value in one.details.items()),
            (m.say(N_("Hold that it opened")), one.hold[-12:].upper() if one.hold else ""),
        ),
        m.say(N_("Result")),
        columns=3,
    )


def _places(m: Making, places: tuple[str, ...]) -> str:
    return ", ".join(m.word("inspected_place", place) for place in places)


def _declared(m: Making, kept: Kept) -> list[Block]:
    papers = kept.consignment.papers if kept.consignment is not None else None
    lines = inspecting.declared_lines(papers, kept.unit.line if kept.unit is not None else None)
    if not lines:
        return []
    rows = tuple(
        (
            str(line.no),
            line.description,
            line.hs_code or "",
            m.words.number(line.packages) if line.packages is not None else "",
            m.kg(line.gross_kg),
        )
        for line in lines
    )
    head = (N_("No."), N_("Description"), N_("HS code"), N_("Packages"), N_("Gross"))
    return [
        Table(
            m.say(N_("Goods as declared")), tuple(map(m.say, head)), rows, (0.7, 6, 1.6, 1.4, 1.9), (0, 3, 4)
        )
    ]


def _written_off(m: Making, one: Inspection, kept: Kept) -> list[Block]:
    """What was used up by the sample does not come back: the unit, its weight, and the entry that says so."""
    unit = kept.unit
    if unit is None:
        return []
    entry = m.entry(f"unit:{unit.label}", "UnitWrittenOff", where=lambda data: data["inspection"] == one.id)
    if entry is None:
        return []
    row = (
        grouped(unit.label),
        m.kg(unit.gross_kg),
        m.words.datetime(entry.at),
        m.name(entry.who),
        str(entry.seq),
    )
    head = (N_("Label"), N_("Gross"), N_("Time"), N_("Written off by"), N_("Journal entry"))
    said = N_("The sampled unit is used up. It is neither stored nor released any more.")
    return [
        Table(
            m.say(N_("Written off by sampling")),
            tuple(map(m.say, head)),
            (row,),
            (3.4, 2, 2.4, 3, 1.4),
            (1, 4),
        ),
        Prose(m.say(said)),
    ]


def _ended(m: Making, one: Inspection) -> list[Block]:
    if one.waived_at is None:
        return []
    rows = known(
        (m.say(N_("Waived by")), m.name(one.waived_by)),
        (m.say(N_("Time")), m.words.datetime(one.waived_at)),
        (m.say(N_("Why")), one.waive_reason),
    )
    return [Facts(rows, m.say(N_("How it ended")))]


def _looked(m: Making, one: Inspection) -> list[Block]:
    """What the second person read in the picture, or that nobody has looked a second time yet."""
    if not one.second_look:
        return []
    title = m.say(N_("Second look"))
    if one.looked_at is None:
        return [Facts(((m.say(N_("State")), m.word("inspection_progress", one.state)),), title)]
    rows = known(
        (m.say(N_("Done by")), m.name(one.looked_by)),
        (m.say(N_("Time")), m.words.datetime(one.looked_at)),
        (m.say(N_("Result")), m.word("second_look", "AGREES" if one.looked_agrees else "DOUBTS")),
        (m.say(N_("What was seen")), one.looked_note),
    )
    return [Facts(rows, title)]


def _files(m: Making, one: Inspection) -> list[Block]:
    return attached(m, f"inspection:{one.id}") if one.files else []


def attached(m: Making, to: str) -> list[Block]:
    """Pictures and papers of an inspection or seizure, each with the SHA-256 that proves it."""
    rows = tuple(
        (file.name, m.words.datetime(file.added_at), m.name(file.added_by), file.sha256)
        for file in m.reader.desk.attachments_of(to)
    )
    if not rows:
        return []
    head = (m.say(N_("Name")), m.say(N_("Time")), m.say(N_("Attached by")), "SHA-256")
    return [Table(m.say(N_("Pictures and papers")), head, rows, (2.6, 2, 2.2, 5))]
