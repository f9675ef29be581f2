"""The release note: that a consignment may leave, by whose two approvals, and for exactly which facts."""

from __future__ import annotations

from terminal.papers.making import Making, NotReady, label
from terminal.papers.sheet import Block, Facts, Figures, Notice, Sheet, Signs, Table, known
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.release import standing_in_the_way
from workflows.stages import Stage
from workflows.state import Consignment, PermissionKind

_LEFT = (Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED, Stage.CLOSED)


def make(m: Making, ref: str) -> Sheet:
    """The release note of a consignment. Raises NotReady while anything stands in its way."""
    c = m.consignment(ref)
    released = c.stage in (Stage.RELEASE, *_LEFT) and not standing_in_the_way(c, Stage.GATE_OUT)
    if not released:
        raise NotReady(N_("This consignment is not released, so there is no release note."))
    papers = c.papers
    blocks: list[Block] = [
        Notice(
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


def _giver(m: Making, c: Consignment, kind: PermissionKind) -> str:
    given = c.permission(kind)
    return f"{m.name(given.by)}, {m.words.datetime(given.at)}" if given else ""
