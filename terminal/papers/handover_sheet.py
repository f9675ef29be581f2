"""The handover sheet: the manifest that goes with the driver, with a symbol that opens the link and boxes to fill in."""

from __future__ import annotations

from terminal.cases import crossing as trips
from terminal.papers.loading_list import vehicle
from terminal.papers.making import Making, NotReady, Unknown, grouped, plate_of
from terminal.papers.sheet import Block, Facts, Figures, Prose, Sheet, Signs, Table, known
from terminal.web.i18n import N_
from workflows import crossing, tracking
from workflows.handover import good_link
from workflows.handover_state import HandoverLink, Item
from workflows.roles import Right


def make(m: Making, identity: str) -> Sheet:
    """The sheet of a vehicle, for those who issue links. Raises NotReady without a link that is good."""
    if not m.may(Right.ISSUE_GATEPASS):  # it opens the load to whoever holds it
        raise Unknown(identity)
    visit = m.visit(identity)
    link = good_link(visit, m.now)
    if link is None:
        raise NotReady(N_("Issue a handover link for this vehicle first."))
    items = trips.items_of(m.reader, visit)
    total = crossing.weight_of(items)
    blocks: list[Block] = [
        Figures(
            (
                (m.say(N_("Units")), m.words.number(len(items))),
                *(((m.say(N_("Gross")), m.words.kg(total)),) if total is not None else ()),
                (m.say(N_("Code of this sheet")), tracking.grouped(link.code)),
            )
        ),
        vehicle(m, visit),
        _until(m, link),
        Prose(
            m.say(
                N_(
                    "Scan the symbol with a phone, mark every unit and sign on the screen. Without a phone, fill in "
                    "this sheet, sign it and send it back: the terminal types it in under the code."
                )
            ),
            m.say(N_("For the receiver")),
        ),
        _table(m, items),
        Signs(
            (
                (m.say(N_("Name of the receiver")), ""),
                (m.say(N_("Date and time")), ""),
                (m.say(N_("Signature")), ""),
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Handover sheet")),
        plate_of(visit),
        blocks,
        code=m.link_to(link.code) if m.link_to is not None else link.code,
        code_note=tracking.grouped(link.code),
        large=True,
    )


def _until(m: Making, link: HandoverLink) -> Facts:
    return Facts(
        known(
            (m.say(N_("Code of this sheet")), tracking.grouped(link.code)),
            (m.say(N_("Good until")), m.words.datetime(link.expires_at)),
        ),
        m.say(N_("Handover link")),
    )


def _table(m: Making, items: tuple[Item, ...]) -> Table:
    rows = tuple(
        (
            str(number),
            grouped(item.id) if item.labelled else m.say(N_("everything of it")),
            item.consignment,
            item.description,
            m.kg(item.gross_kg),
            "☐",
            "☐",
            "☐",
            "",
        )
        for number, item in enumerate(items, 1)
    )
    head = (
        "",
        m.say(N_("Label")),
        m.say(N_("Consignment")),
        m.say(N_("Description")),
        m.say(N_("Gross")),
        m.word("found", "RECEIVED"),
        m.word("found", "DAMAGED"),
        m.word("found", "SHORT"),
        m.say(N_("Remark")),
    )
    widths = (0.6, 4.1, 3.0, 2.6, 1.5, 1.3, 1.5, 1.4, 1.2)
    return Table(m.say(N_("Manifest")), head, rows, widths, right=(0, 4))
