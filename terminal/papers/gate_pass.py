"""The gate pass: a signed symbol that a phone proves without us, and the same in words."""

from __future__ import annotations

from terminal.papers.making import Making, NotReady
from terminal.papers.sheet import Block, Facts, Figures, Notice, Prose, Sheet, Signs, known
from terminal.web.i18n import N_
from workflows.gatepass import good


def make(m: Making, identity: str) -> Sheet:
    """The pass of a vehicle that is good now. Raises NotReady when there is none."""
    visit = m.visit(identity)
    one = good(visit, m.now)
    if one is None:
        raise NotReady(N_("No gate pass is good for this vehicle now. Issue one first."))
    band = f"{m.words.number(one.min_kg)} – {m.words.kg(one.max_kg)}"
    blocks: list[Block] = [
        Notice(
            "go",
            m.say(N_("Good until %(time)s")) % {"time": m.words.datetime(one.expires_at)},
            m.say(
                N_("The gate compares plate, seals and weight, and decides. This paper alone opens nothing.")
            ),
        ),
        Figures(
            (
                (m.say(N_("Plate")), one.plate or "–"),
                (m.say(N_("Units")), m.words.number(one.units)),
            )
        ),
        Facts(
            known(
                (m.say(N_("Trailer")), one.trailer),
                (m.say(N_("Seals")), ", ".join(one.seals)),
                (m.say(N_("Weight between")), band),
                (m.say(N_("Consignments")), ", ".join(one.consignments)),
                (m.say(N_("Issued")), m.words.datetime(one.issued_at)),
                (m.say(N_("Issued by")), m.name(one.issued_by)),
                (m.say(N_("Visit")), one.visit),
                (m.say(N_("Signed with key")), one.key_id),
            )
        ),
        Prose(
            m.say(
                N_(
                    "It is worth nothing once a hold is placed, an approval falls away, the load is opened, "
                    "other seals are put on, or the vehicle is weighed again."
                )
            ),
            m.say(N_("When it ends early")),
        ),
        Signs(
            (
                (m.say(N_("Issued by")), m.name(one.issued_by)),
                (m.say(N_("Driver")), ""),
                (m.word("role", "gate_operator"), ""),
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Gate pass")),
        one.id,
        blocks,
        code=one.text,
        code_note=m.say(N_("Scan at the gate, or open /pass on the terminal's address with a phone.")),
        large=True,
        entry=m.entry(
            f"visit:{visit.id}", "GatePassIssued", where=lambda data: data["gate_pass"]["id"] == one.id
        ),
    )
