"""Consignments for one reader: what is declared, what was found, what is missing and who can give it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from terminal import texts
from terminal.api.cargo import only_agency
from terminal.cases.hindering import gaps, may_start
from terminal.web import view_models as vm
from terminal.web.showing import CONSIGNMENT_WAY, STORY_PART, reached, text
from terminal.web.showing_visits import VisitShower
from terminal.web.wording import WORDS
from workflows import parts
from workflows.checks import texts as check_texts
from workflows.discretion import readable
from workflows.findings import Finding
from workflows.roles import STEP_ROLES, Right, Role
from workflows.stages import CONSIGNMENT, ENDED, Stage
from workflows.state import PROTECTED, Consignment, PermissionKind, Unit, Visit

#: Findings that terminal staff at the desk answer; controlled goods, sanctions and risk are for officers.
_DESK_FAMILIES = frozenset({"DAT", "ID", "DOC", "QTY", "WGT", "EXP", "TMP", "HAZ", "SEA", "PRC"})
_DESK = frozenset({Role.DOCUMENT_OFFICER, Role.RELEASE_OFFICER, Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER})
_GIVERS: dict[PermissionKind, frozenset[Role]] = {
    PermissionKind.DOCUMENTS_COMPLETE: STEP_ROLES[Stage.DOC_CHECK],
    PermissionKind.AFGHAN_APPROVAL: frozenset({Role.DOCUMENT_OFFICER}),
    PermissionKind.CUSTOMS_RELEASE: STEP_ROLES[Stage.CUSTOMS_RELEASE],
    PermissionKind.TERMINAL_RELEASE: STEP_ROLES[Stage.RELEASE],
}
#: Units that nobody has seen here, or that were seen and are gone.
UNSEEN = frozenset({Stage.PRE_ADVICE, Stage.UNLOAD, Stage.LOST})
#: The step that gives a permission by hand.
GIVING: dict[PermissionKind, Stage] = {
    PermissionKind.DOCUMENTS_COMPLETE: Stage.DOC_CHECK,
    PermissionKind.CUSTOMS_RELEASE: Stage.CUSTOMS_RELEASE,
    PermissionKind.TERMINAL_RELEASE: Stage.RELEASE,
}


class CargoShower(VisitShower):
    """Shows consignments, and everything else."""

    def findings(self, found: Iterable[Finding]) -> tuple[vm.FindingView, ...]:
        """Findings that are this reader's business, the heaviest first."""
        found = tuple(found)
        mine = list(readable(found, self.page.actor))
        if self.page.actor.roles & _DESK:
            mine += [f for f in found if f not in mine and f.check.split("-")[0] in _DESK_FAMILIES]
        kept = sorted(mine, key=lambda f: (-f.severity.rank, f.check, f.target))
        return tuple(self.finding(finding) for finding in kept)

    def finding(self, finding: Finding) -> vm.FindingView:
        """One finding with its sentence."""
        words = self.page.words
        return vm.FindingView(
            check=finding.check,
            title=texts.check_title(finding.check, words),
            severity=finding.severity.value,
            target=texts.target(finding.target, words),
            sentence=_in_words(check_texts.sentence(finding, self.page.lang), words),
            cannot_tell=finding.cannot_tell,
            clears=_in_words(check_texts.clears(finding, self.page.lang), words),
            target_code=finding.target,
        )

    def _of(self, c: Consignment) -> tuple[vm.FindingView, ...]:
        """The findings of a consignment; of those that could not tell, which keep it and who may decide about them."""
        stopping = gaps(c)
        may = self.page.may(Right.PLACE_HOLD)
        return tuple(
            replace(view, stops=True, may_decide=may) if (view.check, view.target_code) in stopping else view
            for view in self.findings(c.findings)
        )

    def consignment(self, c: Consignment) -> vm.ConsignmentView:
        """One consignment as this reader may see it."""
        page, papers = self.page, c.papers
        risk = page.may(Right.READ_RISK)
        staff = page.caller is not None and not only_agency(page.caller)
        own = f"consignment:{c.ref}"
        came = reached(self.reader.history(own, limit=STORY_PART), own)
        story, more = self.latest(self.reader.story(c.ref, limit=STORY_PART)) if staff else ((), False)
        holds = self.holds(c.holds)
        held = any(hold.lifted_at is None for hold in holds)
        units = self.reader.units_of(c.ref, limit=1000)
        holds_on = [hold.subject for hold in c.holds if hold.open]
        visits = [v for identity in self.reader.visits_ever_of(c.ref) if (v := self.reader.visit(identity))]
        findings = self._of(c)
        return vm.ConsignmentView(
            ref=c.ref,
            stage=c.stage.value,
            mode=papers.mode.value,
            sender=papers.sender,
            consignee=papers.consignee,
            rail=self.rail(CONSIGNMENT_WAY, c.stage, c.since, held, came),
            since=c.since,
            consignee_place=text(papers.consignee_place),
            donor=text(papers.donor),
            carrier=text(papers.carrier),
            driver=papers.driver.name if papers.driver and page.may(Right.READ_PERSONS) else "",
            plate=text(papers.vehicle.plate) if papers.vehicle else "",
            trailer=text(papers.vehicle.trailer) if papers.vehicle else "",
            container=text(papers.container),
            seal=text(papers.seal),
            packages=papers.declared.packages,
            gross_kg=papers.declared.gross_kg or _sum(line.gross_kg for line in papers.lines),
            net_kg=papers.declared.net_kg,
            measured_kg=_measured(visits, c.ref),
            units_seen=sum(1 for unit in units if unit.stage not in UNSEEN),
            lane=text(c.lane) if risk else "",
            decision=text(c.decision) if risk else "",
            checked_at=c.checked_at,
            rules_version=(c.rules_version or "") if risk else "",
            findings=findings,
            permissions=self.permissions(c),
            documents=_documents(c),
            holds=holds,
            lines=tuple(_line(line) for line in papers.lines),
            units=tuple(_unit(unit, papers.lines, holds_on) for unit in units),
            visits=tuple(self.visit_row_of(visit) for visit in visits) if staff else (),
            timeline=story,
            story_goes_on=more,
            unit_stages=tuple(sorted(Counter(unit.stage.value for unit in units).items())),
            steps=self.consignment_steps(c),
            may_hold=page.may(Right.PLACE_HOLD),
            may_amend=page.may(Right.AMEND) and c.stage not in ENDED,
            may_check=page.may(Right.AMEND) or risk,
            may_export=page.may(Right.EXPORT),
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
                    note=given.note if given else self._in_parts(c, kind),
                    dropped=kind in c.dropped or (given is not None and not valid),
                    roles=tuple(sorted(role.value for role in _GIVERS[kind])),
                    may_grant=kind in GIVING
                    and (
                        GIVING[kind] in CONSIGNMENT.get(c.stage, frozenset())
                        or (
                            kind in PROTECTED
                            and parts.has_parts(c)
                            and may_start(c, GIVING[kind], partly=True)
                        )
                    )
                    and self.page.actor.may_step(GIVING[kind]),
                )
            )
        return tuple(shown)

    def _in_parts(self, c: Consignment, kind: PermissionKind) -> str:
        """How many units partial approvals of that kind cover, and how many have left; nothing without any."""
        given = c.parts(kind)
        if not given:
            return ""
        words = self.page.words
        count = sum(len(part.units) for part in given)
        said = words.ngettext("given for %(num)s unit", "given for %(num)s units", count)
        gone = sum(label in c.gone_units for part in given for label in part.units)
        left = words.ngettext("%(num)s has left", "%(num)s have left", gone) if gone else ""
        found = [said % {"num": words.number(count)}]
        found += [left % {"num": words.number(gone)}] if left else []
        return ", ".join((*found, *dict.fromkeys(self.name(part.by) for part in given)))

    def consignment_steps(self, c: Consignment) -> tuple[str, ...]:
        """Steps that this person may take by hand now, besides the permissions."""
        giving = frozenset(GIVING.values())
        moved = frozenset({Stage.GATE_IN, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF})
        ways = CONSIGNMENT.get(c.stage, frozenset()) - giving - moved
        return tuple(stage.value for stage in Stage if stage in ways and self.page.actor.may_step(stage))


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
        hs_code=text(line.hs_code),
        quantity=line.quantity,
        quantity_unit=text(line.quantity_unit),
        packages=line.packages,
        gross_kg=line.gross_kg,
        batch=text(line.batch),
        expiry=expiry.text if expiry else "",
        un_number=text(line.un_number),
    )


def _unit(unit: Unit, lines: Sequence[Any], held: Sequence[str]) -> vm.UnitView:
    line = next((line for line in lines if line.no == unit.line), None)
    return vm.UnitView(
        label=unit.label,
        stage=unit.stage.value,
        description=line.description if line else "",
        place=text(unit.place or unit.visit),
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
