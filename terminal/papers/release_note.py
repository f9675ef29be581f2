"""The release note: that a consignment may leave, by whose two approvals, and for exactly which facts."""

from __future__ import annotations

from terminal.papers.making import Making, NotReady, grouped, label
from terminal.papers.sheet import Block, Facts, Figures, Notice, Sheet, Signs, Table, known
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.parts import GONE, TAKEN, covering, has_parts, released, stopped_units
from workflows.release import blocking, standing_in_the_way
from workflows.stages import Stage
from workflows.state import PROTECTED, Consignment, PermissionKind, Unit

_BOTH = (PermissionKind.CUSTOMS_RELEASE, PermissionKind.TERMINAL_RELEASE)
_LEFT = (Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED, Stage.CLOSED)


def make(m: Making, ref: str) -> Sheet:
    """The release note of a consignment, or of those units of it that were released while others stayed.

    Raises NotReady while nothing of it is released.
    """
    c = m.consignment(ref)
    part = released_part(m, c) if has_parts(c) else ()
    whole = c.stage in (Stage.RELEASE, *_LEFT) and not standing_in_the_way(c, Stage.GATE_OUT)
    if not part and not whole:
        raise NotReady(N_("This consignment is not released, so there is no release note."))
    papers = c.papers
    blocks: list[Block] = [
        Notice("look", m.say(N_("Released in part")), m.say(N_("Only the units listed here may leave.")))
        if part
        else Notice(
            "go",
            m.say(N_("Released")),
            m.say(N_("Two officers released this consignment. It may be loaded, sealed and let out.")),
        ),
        Figures(
            (
                (m.say(N_("Packages")), m.words.number(papers.declared.packages)),
                (m.say(N_("Gross, declared")), m.words.kg(papers.declared.gross_kg)),
                (m.say(N_("Goods lines")), m.words.number(len(papers.lines))),
            )
        ),
        parties(m, c),
        *([units(m, c, part)] if part else []),
        approvals(m, c),
        Table(
            m.say(N_("Documents")),
            (m.say(N_("Document")), m.say(N_("Number")), m.say(N_("Valid until")), m.say(N_("Verified"))),
            tuple(
                (
                    m.word("document", d.type),
                    d.number,
                    m.words.date(d.valid_until) if d.valid_until else "",
                    m.say(N_("yes")) if d.verified else m.say(N_("no")),
                )
                for d in papers.documents
            ),
            (4, 4, 2, 1.5),
        ),
        Signs(
            (
                (m.word("role", "customs_inspector"), _giver(m, c, PermissionKind.CUSTOMS_RELEASE)),
                (m.word("role", "release_officer"), _giver(m, c, PermissionKind.TERMINAL_RELEASE)),
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Release note")),
        c.ref,
        blocks,
        code=label(HouseKind.CONSIGNMENT, c.ref),
        code_note=c.ref,
        lead=m.say(N_("This note ends when a protected fact of the consignment changes.")),
        entry=m.entry(
            f"consignment:{c.ref}",
            "PermissionGranted",
            where=lambda data: data["permission"]["kind"] == PermissionKind.TERMINAL_RELEASE.value,
        ),
    )


def parties(m: Making, c: Consignment) -> Facts:
    """Who sends what to whom, by which vehicle."""
    papers = c.papers
    vehicle = papers.vehicle
    plates = " / ".join(filter(None, (vehicle.plate, vehicle.trailer))) if vehicle else ""
    return Facts(
        known(
            (m.say(N_("Sender")), papers.sender),
            (m.say(N_("Consignee")), papers.consignee),
            (m.say(N_("Place")), papers.consignee_place),
            (m.say(N_("Donor")), papers.donor),
            (m.say(N_("Carrier")), papers.carrier),
            (m.say(N_("Vehicle on the papers")), plates),
            (m.say(N_("Container")), papers.container),
            (m.say(N_("Mode")), m.word("mode", papers.mode.value)),
        ),
        m.say(N_("Consignment")),
    )


def approvals(m: Making, c: Consignment) -> Table:
    """Every permission that was given and still stands."""
    return Table(
        m.say(N_("Approvals")),
        (
            m.say(N_("Permission")),
            m.say(N_("Given by")),
            m.say(N_("Time")),
            m.say(N_("For the facts (SHA-256)")),
        ),
        tuple(
            (m.word("permission", p.kind.value), m.name(p.by), m.words.datetime(p.at), p.digest[:16])
            for p in c.permissions
        ),
        (3, 3, 2.4, 3),
        nothing=m.say(N_("Nothing was approved yet.")),
    )


def released_part(m: Making, c: Consignment) -> tuple[Unit, ...]:
    """The units that both approvals cover by name, in the order of their labels; empty when the whole is covered.

    What has not left yet is listed only while no hold keeps it here.
    """
    if all(c.permission(kind) is not None for kind in PROTECTED):
        return ()
    stopped = bool(blocking(c.holds, Stage.GATE_OUT, f"consignment:{c.ref}"))
    held = stopped_units(c)
    found = (
        unit
        for unit in m.reader.units_of(c.ref)
        if unit.stage in GONE or not (unit.stage in TAKEN or stopped or unit.label in held)
    )
    return tuple(sorted((u for u in found if released(c, u.label)), key=lambda unit: unit.label))


def units(m: Making, c: Consignment, part: tuple[Unit, ...]) -> Table:
    """Which units may leave, under whose approvals, and which of them have left."""

    def by(unit: Unit, kind: PermissionKind) -> str:
        given = covering(c, kind, unit.label)
        return m.name(given.by) if given is not None else ""

    return Table(
        m.say(N_("Units it covers")),
        (
            m.say(N_("Unit")),
            m.say(N_("Step")),
            m.word("permission", PermissionKind.CUSTOMS_RELEASE.value),
            m.word("permission", PermissionKind.TERMINAL_RELEASE.value),
        ),
        tuple(
            (grouped(u.label), m.word("stage", u.stage.value), *(by(u, kind) for kind in _BOTH)) for u in part
        ),
        (3.4, 2.2, 3, 3),
    )


def _giver(m: Making, c: Consignment, kind: PermissionKind) -> str:
    given = c.permission(kind) or next(reversed(c.parts(kind)), None)
    return f"{m.name(given.by)}, {m.words.datetime(given.at)}" if given else ""
