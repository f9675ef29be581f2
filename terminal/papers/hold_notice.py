"""The hold notice: what may not move, in whose name, why, and who can end it."""

from __future__ import annotations

from terminal.papers.making import Making, Unknown, grouped, label
from terminal.papers.sheet import Block, Facts, Notice, Prose, Sheet, Signs, known
from terminal.store.journal import Entry
from terminal.web.i18n import N_
from workflows.discretion import is_watch_hit
from workflows.identifiers.house import HouseKind
from workflows.roles import Right
from workflows.stages import Stage
from workflows.state import Authority, Hold, HoldSeverity


def make(m: Making, identity: str) -> Sheet:
    """The notice of one hold, open or ended. Raises Unknown; sanctions holds are for those who read risk."""
    hold = m.reader.hold(identity)
    if hold is None or not m.may(Right.READ_BOARD):
        raise Unknown(identity)
    if hold.authority is Authority.SANCTIONS and not m.may(Right.READ_RISK):
        raise Unknown(identity)
    if is_watch_hit(hold.check) and not m.may(Right.READ_WATCH_HITS):
        raise Unknown(identity)
    kind, _, name = hold.subject.partition(":")
    blocks: list[Block] = [
        _state(m, hold),
        Facts(
            known(
                (m.say(_SUBJECT.get(kind, N_("Number"))), grouped(name)),
                (m.say(N_("Authority")), m.word("authority", hold.authority.value)),
                (m.say(N_("Reason")), m.word("hold_reason", hold.reason.value)),
                (m.say(N_("Severity")), m.word("severity", hold.severity.value)),
                (m.say(N_("Placed by")), m.name(hold.placed_by)),
                (m.say(N_("Time")), m.words.datetime(hold.placed_at)),
                (m.say(N_("Check")), hold.check),
                (m.say(N_("May be lifted by")), _roles(m, hold)),
            ),
            m.say(N_("The hold")),
        ),
        Prose(_steps(m, hold), m.say(N_("Stops these steps"))),
    ]
    if hold.note:
        blocks.append(Prose(hold.note, m.say(N_("Why"))))
    if hold.evidence:
        blocks.append(Prose("\n".join(hold.evidence), m.say(N_("Evidence"))))
    if not hold.open:
        blocks.append(_ended(m, hold))
    blocks.append(
        Signs(((m.say(N_("For the authority")), m.name(hold.placed_by)), (m.say(N_("Taken note of")), "")))
    )
    code = {"consignment": label(HouseKind.CONSIGNMENT, name), "visit": label(HouseKind.VISIT, name)}
    return m.sheet(
        m.say(N_("Hold notice")),
        hold.id[-12:].upper(),
        blocks,
        code=code.get(kind, name),
        code_note=name,
        entry=_entry(m, hold),
    )


def _entry(m: Making, hold: Hold) -> Entry | None:
    """The event that placed the hold, or that ended it; holds of units are kept with their consignment."""
    kind, _, name = hold.subject.partition(":")
    unit = m.reader.unit(name) if kind == "unit" else None
    keeper = f"consignment:{unit.consignment}" if unit is not None else hold.subject
    if not hold.open:
        return m.entry(keeper, "HoldLifted", where=lambda data: data["hold_id"] == hold.id)
    return m.entry(keeper, "HoldPlaced", where=lambda data: data["hold"]["id"] == hold.id)


_SUBJECT = {"consignment": N_("Consignment"), "unit": N_("Unit"), "visit": N_("Vehicle visit")}


def _state(m: Making, hold: Hold) -> Notice:
    if not hold.open:
        return Notice(
            "go", m.say(N_("Ended")), m.word("hold_outcome", hold.outcome.value if hold.outcome else "")
        )
    if hold.severity is HoldSeverity.BLOCK:
        said = N_("Do not move it. This can be ended only by a decision of the authority, never waived.")
        return Notice("stop", m.say(N_("Blocked")), m.say(said))
    return Notice(
        "hold",
        m.say(N_("On hold")),
        m.say(N_("Do not move it. The authority that placed the hold must end it.")),
    )


def _roles(m: Making, hold: Hold) -> str:
    return ", ".join(sorted(m.word("role", role.value) for role in hold.lift_roles))


def _steps(m: Making, hold: Hold) -> str:
    return ", ".join(m.word("stage", stage.value) for stage in Stage if stage in hold.blocks)


def _ended(m: Making, hold: Hold) -> Facts:
    return Facts(
        known(
            (m.say(N_("Outcome")), m.word("hold_outcome", hold.outcome.value) if hold.outcome else ""),
            (m.say(N_("Lifted by")), m.name(hold.lifted_by)),
            (m.say(N_("Time")), m.words.datetime(hold.lifted_at)),
            (m.say(N_("Why")), hold.lift_note),
        ),
        m.say(N_("How it ended")),
    )
