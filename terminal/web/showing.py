"""From snapshots to what a page shows, for one reader: risk, sanctions and personal data only for those who need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from terminal import texts
from terminal.api.cargo import only_agency
from terminal.cases import cameras, watch_hits
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from terminal.web import telling
from terminal.web import view_models as vm
from terminal.web.context import Page
from terminal.web.i18n import N_
from terminal.web.wording import word
from workflows import events_routing, events_screening
from workflows.discretion import as_seen, reads_watch_hits, veiled
from workflows.roles import Right
from workflows.stages import Stage
from workflows.state import Hold, HoldReason

#: The usual way of a consignment and of a vehicle, for the rail of dots.
CONSIGNMENT_WAY = (
    Stage.PRE_ADVICE,
    Stage.GATE_IN,
    Stage.DOC_CHECK,
    Stage.RISK,
    Stage.INSPECT,
    Stage.CUSTOMS_RELEASE,
    Stage.RELEASE,
    Stage.GATE_OUT,
    Stage.BORDER_EXIT,
    Stage.ARRIVED_AF,
    Stage.DELIVERED,
    Stage.CLOSED,
)
VISIT_WAY = (
    Stage.PRE_ADVICE,
    Stage.GATE_IN,
    Stage.WEIGH_IN,
    Stage.UNLOAD,
    Stage.LOAD,
    Stage.SEAL,
    Stage.WEIGH_OUT,
    Stage.GATE_OUT,
    Stage.BORDER_EXIT,
    Stage.ARRIVED_AF,
)
#: entries of a story that are looked at for one page, and lines of it that another page shows of them
STORY_PART = 300
STORY_LINES = 12


def number_of(text: str) -> int | None:
    """A journal number from an address; None for none and for nonsense."""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 2**62 else None


def targets(page: Page, reader: Reader) -> Mapping[str, int]:
    """Minutes a thing should stay at a step (``dwell_targets_minutes`` of the tolerances in force); asked once a page."""
    state = page.request.state
    if not hasattr(state, "dwell_targets"):
        state.dwell_targets = page.service.room.in_force(reader).reference.tolerances.dwell_minutes
    found: Mapping[str, int] = state.dwell_targets
    return found


def minutes(since: datetime, now: datetime) -> int:
    """Whole minutes from ``since`` to ``now``, never negative."""
    return max(0, int((now - since).total_seconds() // 60))


def text(value: object) -> str:
    """A value as a page shows it; nothing for None."""
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Shower:
    """Shows things to one reader at one moment; looks people's names up where it needs them."""

    page: Page
    reader: Reader

    def name(self, who: str) -> str:
        """A person's name, a device's id, or the code itself."""
        if who.startswith("device:"):
            return who.removeprefix("device:")
        person = self.reader.people.get(who)
        return person.name if person else who

    def point(self, identity: str | None) -> str:
        """A point's name."""
        configured = self.page.service.settings.point(identity) if identity else None
        return configured.name if configured else text(identity)

    def place_of(self, entry: Entry) -> str:
        """Where an entry was made, and the camera and time of its clip when the point was watched."""
        point = entry.facts.get("point")
        name = self.point(point)
        seen = cameras.at_point(self.reader, point, entry.seq)
        if not seen or self.page.caller is None or only_agency(self.page.caller):
            return name
        clip = self.page.words.gettext(N_("Clip: %(camera)s, %(time)s"))
        return f"{name} · {clip % {'camera': ', '.join(seen), 'time': self.page.words.datetime(entry.at)}}"

    # --- holds ------------------------------------------------------------------------------------
    def may_see(self, hold: Hold) -> bool:
        """Holds that tell what somebody suspects are for those who read risk or may end them; agencies see none."""
        if self.page.caller is not None and only_agency(self.page.caller):
            return False
        return self.seen(hold) is not None

    def seen(self, hold: Hold) -> Hold | None:
        """The hold as this reader may see it, or None."""
        return as_seen(hold, self.page.actor)

    def hold(self, hold: Hold) -> vm.HoldView:
        """One hold that this reader may see."""
        hold = self.seen(hold) or veiled(hold)
        kind, _, name = hold.subject.partition(":")
        href = f"/visits/{name}" if kind == "visit" else f"/consignments/{name}"
        if kind == "unit":
            unit = self.reader.unit(name)
            href = f"/consignments/{unit.consignment}" if unit else "/consignments"
        if kind == "visit":
            name = self.plate(name)
        open_at = hold.lifted_at or self.page.now
        return vm.HoldView(
            id=hold.id,
            subject_name=name,
            subject_href=href,
            authority=hold.authority.value,
            reason=hold.reason.value,
            severity=hold.severity.value,
            placed_by=self.name(hold.placed_by),
            placed_at=hold.placed_at,
            age_minutes=minutes(hold.placed_at, open_at),
            target_minutes=targets(self.page, self.reader).get("HOLD_first_review") if hold.open else None,
            note=hold.note,
            check=text(hold.check),
            check_title=texts.check_title(hold.check, self.page.words) if hold.check else "",
            target=self.target(hold.target),
            evidence=hold.evidence,
            blocks=tuple(stage.value for stage in Stage if stage in hold.blocks),
            lift_roles=tuple(sorted(role.value for role in hold.lift_roles)),
            may_lift=hold.open and bool(self.page.actor.roles & hold.lift_roles),
            proposed_by=self.name(hold.proposed_by) if hold.proposed_by else "",
            proposed_outcome=text(hold.proposed_outcome),
            proposed_note=hold.proposed_note,
            proposed_evidence=hold.proposed_evidence,
            lifted_by=self.name(hold.lifted_by) if hold.lifted_by else "",
            lifted_at=hold.lifted_at,
            outcome=text(hold.outcome),
            lift_note=hold.lift_note,
            lift_evidence=hold.lift_evidence,
            match=hold.reason is HoldReason.SANCTIONS,
            exemptions=tuple(
                (one.basis.value, one.note, self.name(one.by), one.at) for one in hold.exemptions
            ),
            exemption=text(hold.exemption),
        )

    def target(self, of: str | None) -> str:
        """What a check is about, in words; a vehicle by its plate."""
        kind, _, name = (of or "").partition(":")
        return self.plate(name) if kind == "visit" else texts.target(of, self.page.words)

    def plate(self, visit: str) -> str:
        """The plate of a vehicle, the one that is expected until it comes; its number when there is none."""
        found = self.reader.visit(visit)
        return (found.plate or found.expected_plate or visit) if found is not None else visit

    def holds(self, holds: Iterable[Hold]) -> tuple[vm.HoldView, ...]:
        """Those that the reader may see."""
        return tuple(self.hold(hold) for hold in holds if self.may_see(hold))

    # --- rails ------------------------------------------------------------------------------------
    def rail(
        self, way: Sequence[Stage], stage: Stage, since: datetime, held: bool, reached: dict[Stage, datetime]
    ) -> tuple[vm.StageStep, ...]:
        """Dots along the usual way. A stage that is off the way (seized, returned ...) ends the rail."""
        if stage not in way:
            cut = [step for step in way if step in reached]
            return (
                *(vm.StageStep(step.value, "done", reached[step]) for step in cut),
                vm.StageStep(stage.value, "now", since),
            )
        at = way.index(stage)
        steps = []
        for index, step in enumerate(way):
            if index < at and step not in reached and step in (Stage.INSPECT, Stage.UNLOAD, Stage.LOAD):
                continue  # a step of the usual way that this one did not need
            state = "done" if index < at else ("held" if held else "now") if index == at else "ahead"
            steps.append(vm.StageStep(step.value, state, since if index == at else reached.get(step)))
        return tuple(steps)

    # --- the journal ------------------------------------------------------------------------------
    def entry(self, entry: Entry) -> vm.TimelineEntry:
        """One journal entry in words."""
        words = self.page.words
        icon, tone = telling.look(entry.type)
        kind, _, name = entry.subject.partition(":")
        href = {"consignment": f"/consignments/{name}", "visit": f"/visits/{name}"}.get(kind, "")
        return vm.TimelineEntry(
            seq=entry.seq,
            at=entry.at,
            title=words.gettext(word("event", entry.type)),
            detail="" if self.veils(entry) else telling.detail(entry, words),
            who=self.name(entry.who),
            point=self.place_of(entry),
            icon=icon,
            tone=tone,
            subject=self.name(name) if kind == "person" else self.plate(name) if kind == "visit" else name,
            subject_href=href,
        )

    def story(self, entries: Iterable[Entry]) -> tuple[vm.TimelineEntry, ...]:
        """Entries that this reader may see, runs of the same thing as one line with its members.

        Check results and security events are for journal readers.
        """
        full = self.page.may(Right.READ_JOURNAL)
        hidden = (
            frozenset()
            if full
            else frozenset({"ChecksRun", "SecurityEvent", "ScanSetAside", "UnitDeclared"})
            | events_routing.NAMES
            | events_screening.NAMES
        )
        seen = (entry for entry in entries if entry.type not in hidden and not self._tells_risk(entry))
        return tuple(self._run(run) for run in telling.runs(seen))

    def veils(self, entry: Entry) -> bool:
        """True for an entry that tells of the watch list to somebody who may not know."""
        return not reads_watch_hits(self.page.actor) and watch_hits.told_by(entry, self.reader)

    def _tells_risk(self, entry: Entry) -> bool:
        """True for the placing and ending of a hold that this reader may not know of."""
        if not entry.type.startswith("Hold") or self.page.may(Right.READ_RISK):
            return False
        name = entry.data["hold"]["id"] if entry.type == "HoldPlaced" else entry.data["hold_id"]
        hold = self.reader.hold(str(name))
        return hold is not None and not self.may_see(hold)

    def latest(self, entries: Sequence[Entry]) -> tuple[tuple[vm.TimelineEntry, ...], bool]:
        """The newest lines of a story for the page of its subject, and whether there is more of it."""
        story = self.story(entries)
        return story[:STORY_LINES], len(story) > STORY_LINES or len(entries) >= STORY_PART

    def _run(self, run: list[Entry]) -> vm.TimelineEntry:
        first = self.entry(run[0])
        if len(run) == 1:
            return first
        words = self.page.words
        return replace(
            first,
            title=telling.run_title(run, words),
            detail=telling.run_detail(run, words),
            since=min(entry.at for entry in run),
            members=tuple(self.entry(entry) for entry in run),
        )


# --- helpers -----------------------------------------------------------------------------------------
def reached(entries: Iterable[Entry], subject: str) -> dict[Stage, datetime]:
    """When the subject came to each stage, from its own events."""
    reached: dict[Stage, datetime] = {}
    for entry in entries:
        if entry.subject != subject:
            continue
        if entry.type in ("ConsignmentAnnounced", "VisitAnnounced"):
            reached.setdefault(Stage.PRE_ADVICE, entry.at)
        elif entry.type == "VisitEntered":
            reached.setdefault(Stage.GATE_IN, entry.at)
        elif entry.type == "VisitSealed":
            reached.setdefault(Stage.SEAL, entry.at)
        elif entry.type == "StageChanged":
            reached.setdefault(Stage(str(entry.data["stage"])), entry.at)
    return reached
