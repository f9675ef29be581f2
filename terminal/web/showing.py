"""From snapshots to what a page shows, for one reader: risk, sanctions and personal data only for those who need them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from terminal import texts
from terminal.api.cargo import only_agency
from terminal.store.journal import Entry
from terminal.store.lists import VisitLine, WeighingLine
from terminal.store.reader import Reader
from terminal.web import view_models as vm
from terminal.web.context import Page
from terminal.web.wording import WORDS, word
from workflows.checks import texts as check_texts
from workflows.findings import Finding
from workflows.outcomes import Reason
from workflows.roles import RIGHTS, STEP_ROLES, Right, Role
from workflows.stages import CONSIGNMENT, ENDED, VISIT, Stage
from workflows.state import Consignment, Hold, PermissionKind, Unit, Visit, Weighing

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
#: Findings that terminal staff at the desk answer; controlled goods, sanctions and risk are for officers.
_DESK_FAMILIES = frozenset({"DAT", "ID", "DOC", "QTY", "WGT", "EXP", "TMP", "HAZ", "SEA", "PRC"})
_DESK = frozenset({Role.DOCUMENT_OFFICER, Role.RELEASE_OFFICER, Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER})
_GIVERS: dict[PermissionKind, frozenset[Role]] = {
    PermissionKind.DOCUMENTS_COMPLETE: STEP_ROLES[Stage.DOC_CHECK],
    PermissionKind.AFGHAN_APPROVAL: frozenset({Role.DOCUMENT_OFFICER}),
    PermissionKind.CUSTOMS_RELEASE: STEP_ROLES[Stage.CUSTOMS_RELEASE],
    PermissionKind.TERMINAL_RELEASE: STEP_ROLES[Stage.RELEASE],
}
#: The step that gives a permission by hand.
GIVING: dict[PermissionKind, Stage] = {
    PermissionKind.DOCUMENTS_COMPLETE: Stage.DOC_CHECK,
    PermissionKind.CUSTOMS_RELEASE: Stage.CUSTOMS_RELEASE,
    PermissionKind.TERMINAL_RELEASE: Stage.RELEASE,
}
_TONES: dict[str, tuple[str, str]] = {
    "ConsignmentAnnounced": ("file-plus", "note"),
    "ConsignmentAmended": ("file-text", "look"),
    "StageChanged": ("arrow-right", "go"),
    "PermissionGranted": ("badge-check", "go"),
    "PermissionDropped": ("triangle-alert", "look"),
    "ChecksRun": ("shield-check", "note"),
    "HoldPlaced": ("octagon-pause", "hold"),
    "HoldLiftProposed": ("users", "look"),
    "HoldLifted": ("lock-open", "go"),
    "StepRefused": ("octagon-x", "stop"),
    "ScanSetAside": ("history", "look"),
    "VisitWeighed": ("scale", "note"),
    "UnitWeighed": ("scale", "note"),
    "VisitEntered": ("door-open", "go"),
    "VisitSealed": ("lock", "go"),
    "FileImported": ("upload", "note"),
    "SecurityEvent": ("key-round", "note"),
    "DeviceChanged": ("cpu", "note"),
}


@lru_cache(maxsize=1)
def targets() -> dict[str, int]:
    """Minutes a thing should stay at a step (tolerances.json ``dwell_targets_minutes``)."""
    text = files("workflows").joinpath("data/tolerances.json").read_text(encoding="utf-8")
    table: dict[str, int] = json.loads(text)["dwell_targets_minutes"]
    return table


def minutes(since: datetime, now: datetime) -> int:
    """Whole minutes from ``since`` to ``now``, never negative."""
    return max(0, int((now - since).total_seconds() // 60))


def _text(value: object) -> str:
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
        return configured.name if configured else _text(identity)

    # --- holds ------------------------------------------------------------------------------------
    def may_see(self, hold: Hold) -> bool:
        """Sanctions holds are for those who may see risk; agencies see none."""
        if self.page.caller is not None and only_agency(self.page.caller):
            return False
        return hold.authority.value != "SANCTIONS" or self.page.may(Right.READ_RISK)

    def hold(self, hold: Hold) -> vm.HoldView:
        """One hold."""
        kind, _, name = hold.subject.partition(":")
        href = f"/visits/{name}" if kind == "visit" else f"/consignments/{name}"
        if kind == "unit":
            unit = self.reader.unit(name)
            href = f"/consignments/{unit.consignment}" if unit else "/consignments"
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
            target_minutes=targets().get("HOLD_first_review") if hold.open else None,
            note=hold.note,
            check=_text(hold.check),
            check_title=texts.check_title(hold.check, self.page.words) if hold.check else "",
            target=_text(hold.target) if hold.target != "consignment" else "",
            evidence=hold.evidence,
            blocks=tuple(stage.value for stage in Stage if stage in hold.blocks),
            lift_roles=tuple(sorted(role.value for role in hold.lift_roles)),
            may_lift=hold.open and bool(self.page.actor.roles & hold.lift_roles),
            proposed_by=self.name(hold.proposed_by) if hold.proposed_by else "",
            proposed_outcome=_text(hold.proposed_outcome),
            proposed_note=hold.proposed_note,
            lifted_by=self.name(hold.lifted_by) if hold.lifted_by else "",
            lifted_at=hold.lifted_at,
            outcome=_text(hold.outcome),
            lift_note=hold.lift_note,
        )

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
        icon, tone = _TONES.get(entry.type, ("circle-dot", "note"))
        kind, _, name = entry.subject.partition(":")
        href = {"consignment": f"/consignments/{name}", "visit": f"/visits/{name}"}.get(kind, "")
        return vm.TimelineEntry(
            seq=entry.seq,
            at=entry.at,
            title=words.gettext(word("event", entry.type)),
            detail=_detail(entry, words),
            who=self.name(entry.who),
            point=self.point(entry.facts.get("point")),
            icon=icon,
            tone=tone,
            subject=name,
            subject_href=href,
        )

    def story(self, entries: Iterable[Entry]) -> tuple[vm.TimelineEntry, ...]:
        """Entries that this reader may see: check results and security events are for journal readers."""
        full = self.page.may(Right.READ_JOURNAL)
        hidden = (
            frozenset() if full else frozenset({"ChecksRun", "SecurityEvent", "ScanSetAside", "UnitDeclared"})
        )
        return tuple(self.entry(entry) for entry in entries if entry.type not in hidden)

    # --- consignments -----------------------------------------------------------------------------
    def findings(self, found: Iterable[Finding]) -> tuple[vm.FindingView, ...]:
        """Findings that are this reader's business, the heaviest first."""
        if self.page.may(Right.READ_RISK):
            mine: Callable[[Finding], bool] = lambda _: True  # noqa: E731
        elif self.page.actor.roles & _DESK:
            mine = lambda finding: finding.check.split("-")[0] in _DESK_FAMILIES  # noqa: E731
        else:
            return ()
        kept = sorted((f for f in found if mine(f)), key=lambda f: (-f.severity.rank, f.check, f.target))
        return tuple(self.finding(finding) for finding in kept)

    def finding(self, finding: Finding) -> vm.FindingView:
        """One finding with its sentence; in a language without one, with its figures."""
        words = self.page.words
        lang = self.page.lang
        spoken = lang if lang in check_texts.LANGUAGES else "en"
        return vm.FindingView(
            check=finding.check,
            title=texts.check_title(finding.check, words),
            severity=finding.severity.value,
            target="" if finding.target == "consignment" else finding.target,
            sentence=_in_words(check_texts.sentence(finding, spoken), words),
            cannot_tell=finding.cannot_tell,
        )

    def consignment(self, c: Consignment, story: Iterable[Entry]) -> vm.ConsignmentView:
        """One consignment as this reader may see it."""
        page, papers = self.page, c.papers
        risk = page.may(Right.READ_RISK)
        staff = page.caller is not None and not only_agency(page.caller)
        entries = list(story)
        own = f"consignment:{c.ref}"
        reached = _reached(entries, own)
        holds = self.holds(c.holds)
        held = any(hold.lifted_at is None for hold in holds)
        units = self.reader.units_of(c.ref, limit=1000)
        holds_on = [hold.subject for hold in c.holds if hold.open]
        visits = [v for identity in self.reader.visits_ever_of(c.ref) if (v := self.reader.visit(identity))]
        findings = self.findings(c.findings)
        return vm.ConsignmentView(
            ref=c.ref,
            stage=c.stage.value,
            mode=papers.mode.value,
            sender=papers.sender,
            consignee=papers.consignee,
            rail=self.rail(CONSIGNMENT_WAY, c.stage, c.since, held, reached),
            since=c.since,
            consignee_place=_text(papers.consignee_place),
            donor=_text(papers.donor),
            carrier=_text(papers.carrier),
            driver=papers.driver.name if papers.driver and page.may(Right.READ_PERSONS) else "",
            plate=_text(papers.vehicle.plate) if papers.vehicle else "",
            trailer=_text(papers.vehicle.trailer) if papers.vehicle else "",
            container=_text(papers.container),
            seal=_text(papers.seal),
            packages=papers.declared.packages,
            gross_kg=papers.declared.gross_kg or _sum(line.gross_kg for line in papers.lines),
            net_kg=papers.declared.net_kg,
            measured_kg=_measured(visits, c.ref),
            units_seen=sum(1 for unit in units if unit.stage is not Stage.PRE_ADVICE),
            lane=_text(c.lane) if risk else "",
            decision=_text(c.decision) if risk else "",
            checked_at=c.checked_at,
            findings=findings,
            permissions=self.permissions(c),
            documents=_documents(c),
            holds=holds,
            lines=tuple(_line(line) for line in papers.lines),
            units=tuple(_unit(unit, papers.lines, holds_on) for unit in units),
            visits=tuple(self.visit_row_of(visit) for visit in visits) if staff else (),
            timeline=self.story(entries) if staff else (),
            steps=self.consignment_steps(c),
            may_hold=page.may(Right.PLACE_HOLD),
            may_amend=page.may(Right.AMEND) and c.stage not in ENDED,
            may_check=page.may(Right.AMEND) or risk,
        )

    def permissions(self, c: Consignment) -> tuple[vm.PermissionView, ...]:
        """Every permission: given, fallen away, or not there yet."""
        shown = []
        for kind in PermissionKind:
            given = c.permission(kind)
            valid = given is not None and (
                given.digest == c.digest or kind.value.endswith(("COMPLETE", "APPROVAL"))
            )
            shown.append(
                vm.PermissionView(
                    kind=kind.value,
                    granted=valid,
                    by=self.name(given.by) if given else "",
                    at=given.at if given else None,
                    note=given.note if given else "",
                    dropped=kind in c.dropped or (given is not None and not valid),
                    roles=tuple(sorted(role.value for role in _GIVERS[kind])),
                    may_grant=kind in GIVING
                    and GIVING[kind] in CONSIGNMENT.get(c.stage, frozenset())
                    and self.page.actor.may_step(GIVING[kind]),
                )
            )
        return tuple(shown)

    def consignment_steps(self, c: Consignment) -> tuple[str, ...]:
        """Steps that this person may take by hand now, besides the permissions."""
        giving = frozenset(GIVING.values())
        moved = frozenset({Stage.GATE_IN, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF})
        ways = CONSIGNMENT.get(c.stage, frozenset()) - giving - moved
        return tuple(stage.value for stage in Stage if stage in ways and self.page.actor.may_step(stage))

    # --- vehicles ---------------------------------------------------------------------------------
    def visit_row(self, line: VisitLine) -> vm.VisitRow | None:
        """One line of a list."""
        visit = self.reader.visit(line.id)
        return self.visit_row_of(visit) if visit else None

    def visit_rows(self, lines: Iterable[VisitLine]) -> tuple[vm.VisitRow, ...]:
        """Lines of a list."""
        return tuple(row for line in lines if (row := self.visit_row(line)) is not None)

    def visit_row_of(self, visit: Visit) -> vm.VisitRow:
        """One vehicle in a list."""
        holds = [hold for hold in visit.holds if hold.open and self.may_see(hold)]
        for ref in visit.aboard:
            consignment = self.reader.consignment(ref)
            holds += [h for h in (consignment.holds if consignment else ()) if h.open and self.may_see(h)]
        return vm.VisitRow(
            id=visit.id,
            plate=visit.plate or visit.expected_plate or visit.id,
            stage=visit.stage.value,
            since_minutes=minutes(visit.since, self.page.now),
            mode=visit.mode,
            trailer=_text(visit.trailer),
            target_minutes=targets().get(visit.stage.value) if visit.inside else None,
            carries=visit.aboard,
            point=self.point(visit.point),
            holds=len(holds),
            blocked=any(hold.severity.value == "BLOCK" for hold in holds),
        )

    def visit(self, visit: Visit, entries: Sequence[Entry]) -> vm.VisitView:
        """One vehicle."""
        reached = _reached(entries, f"visit:{visit.id}")
        holds = self.holds(visit.holds)
        held = any(hold.lifted_at is None for hold in holds)
        driver = next((_text(e.data.get("driver")) for e in entries if e.type == "VisitEntered"), "")
        return vm.VisitView(
            id=visit.id,
            plate=visit.plate or visit.expected_plate or visit.id,
            stage=visit.stage.value,
            mode=visit.mode,
            since=visit.since,
            rail=self.rail(VISIT_WAY, visit.stage, visit.since, held, reached),
            trailer=_text(visit.trailer),
            expected_plate=visit.expected_plate or _text(visit.plate),
            driver=driver if self.page.may(Right.READ_PERSONS) else "",
            point=self.point(visit.point),
            carries=visit.carries,
            loaded=visit.loaded,
            loaded_kg=visit.loaded_kg or None,
            seals=tuple(
                vm.SealView(s.number, s.state, _text(s.cls)) for s in (visit.seals or visit.seals_in)
            ),
            weighings=tuple(self.weighing(w, visit) for w in reversed(visit.weighings)),
            holds=holds,
            timeline=self.story(entries),
            steps=self.visit_steps(visit),
            emptying=visit.stage is Stage.UNLOAD and bool(visit.carries),
        )

    def visit_steps(self, visit: Visit) -> tuple[str, ...]:
        """Steps that this person may take with this vehicle now."""
        ways = set(VISIT.get(visit.stage, frozenset()))
        if visit.stage is Stage.UNLOAD:
            ways |= {Stage.WEIGH_IN}
            if visit.carries:
                ways |= {Stage.UNLOAD}
        return tuple(stage.value for stage in Stage if stage in ways and self.page.actor.may_step(stage))

    def weighing(self, weighing: Weighing, visit: Visit | None = None, subject: str = "") -> vm.WeighingView:
        """One weight."""
        kind, _, name = subject.partition(":")
        if visit is not None:
            name, kind = visit.plate or visit.id, "visit"
        href = f"/visits/{visit.id}" if visit is not None else f"/visits/{name}" if kind == "visit" else ""
        return vm.WeighingView(
            at=weighing.at,
            what=weighing.what,
            kg=weighing.kg,
            scale=weighing.scale,
            operator=self.name(weighing.operator) if weighing.operator else "",
            typed=weighing.typed,
            verified_until=weighing.verified_until,
            subject=name,
            subject_href=href,
        )

    def weighings(self, lines: Iterable[WeighingLine]) -> tuple[vm.WeighingView, ...]:
        """Weights of a list."""
        shown = []
        for line in lines:
            kind, _, name = line.subject.partition(":")
            visit = self.reader.visit(name) if kind == "visit" else None
            shown.append(self.weighing(line.weighing, visit, line.subject))
        return tuple(shown)


# --- helpers -----------------------------------------------------------------------------------------
def _reached(entries: Iterable[Entry], subject: str) -> dict[Stage, datetime]:
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


def _detail(entry: Entry, words: Any) -> str:
    """What an entry says beyond its title, from its own figures."""
    data = entry.data
    match entry.type:
        case "StageChanged":
            steps = (texts.figure("stage", data["start"], words), texts.figure("stage", data["stage"], words))
            return " → ".join(steps)
        case "HoldPlaced":
            hold = data["hold"]
            return f"{texts.figure('reason', hold['reason'], words)} · {texts.figure('authority', hold['authority'], words)}"
        case "HoldLifted" | "HoldLiftProposed":
            return f"{texts.figure('outcome', data['outcome'], words)} · {data.get('note', '')}".rstrip(" ·")
        case "PermissionGranted":
            return texts.figure("permission", data["permission"]["kind"], words)
        case "PermissionDropped":
            return texts.figure("permission", data["kind"], words)
        case "StepRefused":
            missing = data.get("missing") or []
            first = missing[0] if missing else {"reason": data["reason"], "facts": {}}
            try:
                return texts.sentence(Reason(first["reason"]), first.get("facts", {}), words)
            except ValueError:
                return str(data["reason"])
        case "VisitWeighed" | "UnitWeighed":
            weighing = data["weighing"]
            return f"{words.gettext(word('weighing', weighing['what']))} {texts.figure('kg', weighing['kg'], words)}"
        case "VisitEntered":
            return " · ".join(_text(data.get(name)) for name in ("plate", "trailer") if data.get(name))
        case "UnitMoved":
            return " · ".join(
                filter(None, (texts.figure("stage", data["stage"], words), _text(data.get("place"))))
            )
        case "UnitTallied":
            return texts.figure("condition", data.get("condition", "GOOD"), words)
        case "FileImported" | "DeviceChanged" | "SecurityEvent":
            return _text(data.get("name") or data.get("state") or data.get("action"))
        case _:
            return ""


_CODE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b")


def _in_words(sentence: str, words: Any) -> str:
    """A sentence with the codes of papers and stages put into words."""

    def put(match: re.Match[str]) -> str:
        code = match[0]
        for kind in ("document", "stage"):
            if code in WORDS[kind] and ("_" in code or kind == "document"):
                return f"“{words.gettext(WORDS[kind][code])}”"
        return code

    return _CODE.sub(put, sentence)


def _sum(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _measured(visits: Iterable[Visit], ref: str) -> Any:
    """Gross minus tare of the vehicle that brought this consignment alone; None when that cannot be told."""
    for visit in visits:
        if visit.brought != (ref,):
            continue
        gross = next((w.kg for w in reversed(visit.weighings) if w.what == "GROSS"), None)
        tare = next((w.kg for w in reversed(visit.weighings) if w.what == "TARE"), None)
        if gross is not None and tare is not None:
            return gross - tare
    return None


def _line(line: Any) -> vm.LineView:
    expiry = line.expiry or line.best_before
    return vm.LineView(
        no=line.no,
        description=line.description,
        hs_code=_text(line.hs_code),
        quantity=line.quantity,
        quantity_unit=_text(line.quantity_unit),
        packages=line.packages,
        gross_kg=line.gross_kg,
        batch=_text(line.batch),
        expiry=expiry.text if expiry else "",
        un_number=_text(line.un_number),
    )


def _unit(unit: Unit, lines: Sequence[Any], held: Sequence[str]) -> vm.UnitView:
    line = next((line for line in lines if line.no == unit.line), None)
    return vm.UnitView(
        label=unit.label,
        stage=unit.stage.value,
        description=line.description if line else "",
        place=_text(unit.place or unit.visit),
        condition=unit.condition,
        gross_kg=unit.gross_kg,
        holds=held.count(f"unit:{unit.label}"),
    )


def _documents(c: Consignment) -> tuple[vm.DocumentView, ...]:
    """Papers that are there, and those that the checks miss."""
    bad = {
        finding.target.partition(":")[2]: finding.check
        for finding in c.findings
        if finding.target.startswith("document:") and not finding.cannot_tell
    }
    shown = []
    for document in c.papers.documents:
        state = "verified" if document.verified else "present"
        if bad.get(document.type) == "DOC-02":
            state = "expired"
        shown.append(
            vm.DocumentView(
                document.type,
                state,
                document.number,
                document.issued,
                document.valid_until,
                id=document.number,
            )
        )
    held = {document.type for document in c.papers.documents}
    shown += [
        vm.DocumentView(kind, "missing")
        for kind, check in sorted(bad.items())
        if kind not in held and check in ("DOC-01", "DOC-06", "DOC-07", "DOC-05", "TMP-01", "HAZ-01")
    ]
    return tuple(shown)


def givers(kind: PermissionKind) -> frozenset[Role]:
    """Roles that give a permission."""
    return _GIVERS[kind]


def may_announce(page: Page) -> bool:
    """True for those who may announce vehicles: the desk, agencies, and the gate for what comes unannounced."""
    return bool(page.actor.roles & (RIGHTS[Right.ANNOUNCE] | {Role.GATE_OPERATOR}))
