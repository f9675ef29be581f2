"""The proof of delivery: what the receivers on the other bank said of a consignment, unit by unit, with their signatures."""

from __future__ import annotations

from terminal.cases import crossing as trips
from terminal.papers.making import Making, NotReady, grouped, label, plate_of
from terminal.papers.release_note import parties
from terminal.papers.sheet import Block, Facts, Figures, Notice, Picture, Sheet, Table, known
from terminal.web.i18n import N_
from workflows import crossing
from workflows.handover_state import Found, Handover, Receipt
from workflows.identifiers.house import HouseKind
from workflows.state import Visit


def make(m: Making, ref: str) -> Sheet:
    """The proof of a consignment as stated until now. Raises NotReady when nobody has received anything of it."""
    c = m.consignment(ref)
    deliveries = trips.deliveries(m.reader, c.ref)
    if not any(one.handovers for one in deliveries):
        raise NotReady(N_("Nothing of this consignment was handed over yet."))
    counted = trips.counted(deliveries)
    blocks: list[Block] = [
        _state(m, counted),
        Figures(
            (
                (m.say(N_("Sent")), m.words.number(counted.loaded)),
                (m.word("found", "RECEIVED"), m.words.number(counted.received)),
                (m.word("found", "DAMAGED"), m.words.number(counted.damaged)),
                (m.word("found", "SHORT"), m.words.number(counted.short)),
                (m.say(N_("On the way")), m.words.number(counted.on_the_way)),
            )
        ),
        parties(m, c),
    ]
    for one in deliveries:
        if one.handovers:
            blocks += [_units(m, one), *_statements(m, one.visit, one.handovers)]
    return m.sheet(
        m.say(N_("Proof of delivery")),
        c.ref,
        blocks,
        code=label(HouseKind.CONSIGNMENT, c.ref),
        code_note=c.ref,
    )


def _state(m: Making, counted: crossing.Trip) -> Notice:
    if not counted.over:
        return Notice("look", m.say(N_("Not complete")), m.say(N_("Part of it is still on the way.")))
    if counted.damaged or counted.short:
        said = N_("Every unit is accounted for, with differences.")
        return Notice("look", m.say(N_("Delivered with differences")), m.say(said))
    return Notice("go", m.say(N_("Delivered")), m.say(N_("Every unit was received as it was loaded.")))


def _units(m: Making, one: trips.Delivery) -> Table:
    told = crossing.receipts(one.handovers)
    rows = tuple(
        (
            str(number),
            grouped(item.id) if item.labelled else m.say(N_("everything of it")),
            item.description,
            m.kg(item.gross_kg),
            m.word("found", told[item.id].found.value) if item.id in told else m.say(N_("On the way")),
            _remark(m, told[item.id]) if item.id in told else "",
        )
        for number, item in enumerate(one.items, 1)
    )
    head = (
        "",
        m.say(N_("Label")),
        m.say(N_("Description")),
        m.say(N_("Gross")),
        m.say(N_("Handover")),
        m.say(N_("Remark")),
    )
    return Table(plate_of(one.visit), head, rows, (0.6, 3.4, 3.2, 1.6, 1.8, 3.0), right=(0, 3))


def _remark(m: Making, receipt: Receipt) -> str:
    said = []
    if receipt.found is Found.DAMAGED:
        said.append(m.word("condition", receipt.condition))
    if receipt.why is not None:
        said.append(m.word("short_for", receipt.why.value))
    return ", ".join((*said, *((receipt.note,) if receipt.note else ())))


def _statements(m: Making, visit: Visit, handovers: tuple[Handover, ...]) -> list[Block]:
    blocks: list[Block] = []
    for one in handovers:
        heading = m.say(N_("Correction")) if one.correction else m.say(N_("Received by"))
        blocks.append(
            Facts(
                known(
                    (m.say(N_("Name")), one.name),
                    (m.say(N_("Place")), one.place),
                    (m.say(N_("Date and time")), m.words.datetime(one.at)),
                    (m.say(N_("How it came")), m.word("via", one.via.value)),
                    (m.say(N_("Remark")), one.note),
                    (
                        m.say(N_("Photos")),
                        m.words.number(trips.photos_of(one)) if trips.photos_of(one) else "",
                    ),
                ),
                heading,
            )
        )
        data = m.file(one.signature) if m.file is not None and one.signature else None
        if data is not None:
            blocks.append(Picture(data, m.say(N_("Signature"))))
    return blocks
