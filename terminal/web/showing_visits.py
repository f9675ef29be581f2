"""Vehicles and weights for one reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from terminal.cases.looking import consignments
from terminal.store.journal import Entry
from terminal.store.lists import VisitLine, WeighingLine
from terminal.web import view_models as vm
from terminal.web.context import Page
from terminal.web.showing import VISIT_WAY, Shower, minutes, reached, targets, text
from workflows.arrivals import on_the_papers
from workflows.axles import report
from workflows.roles import RIGHTS, Right, Role
from workflows.stages import VISIT, Stage
from workflows.state import Visit, Weighing
from workflows.tares import indicators as tare_indicators
from workflows.weights import superseded


class VisitShower(Shower):
    """Shows vehicles."""

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
            trailer=text(visit.trailer),
            target_minutes=targets(self.page, self.reader).get(visit.stage.value) if visit.inside else None,
            carries=visit.aboard,
            point=self.point(visit.point),
            holds=len(holds),
            blocked=any(hold.severity.value == "BLOCK" for hold in holds),
        )

    def visit(self, visit: Visit, entries: Sequence[Entry]) -> vm.VisitView:
        """One vehicle."""
        came = reached(entries, f"visit:{visit.id}")
        story, more = self.latest(entries)
        holds = self.holds(visit.holds)
        held = any(hold.lifted_at is None for hold in holds)
        driver = next((text(e.data.get("driver")) for e in entries if e.type == "VisitEntered"), "")
        return vm.VisitView(
            id=visit.id,
            plate=visit.plate or visit.expected_plate or visit.id,
            stage=visit.stage.value,
            mode=visit.mode,
            since=visit.since,
            rail=self.rail(VISIT_WAY, visit.stage, visit.since, held, came),
            trailer=text(visit.trailer),
            expected_plate=visit.expected_plate or text(visit.plate),
            driver=driver if self.page.may(Right.READ_PERSONS) else "",
            waybill=text(visit.waybill),
            on_papers=on_the_papers(visit.waybill, consignments(self.reader, visit.brought)),
            point=self.point(visit.point),
            carries=visit.carries,
            loaded=visit.loaded,
            loaded_kg=visit.loaded_kg or None,
            seals=tuple(vm.SealView(s.number, s.state, text(s.cls)) for s in (visit.seals or visit.seals_in)),
            weighings=self.weighings_of(visit),
            tare_alarm=visit.tare_alarm,
            axles=report(visit, self.page.service.room.in_force(self.reader).reference.tolerances),
            indicators=self.indicators(visit),
            holds=holds,
            timeline=story,
            story_goes_on=more,
            steps=self.visit_steps(visit),
            emptying=visit.stage is Stage.UNLOAD and bool(visit.carries),
            may_pass=self.page.may(Right.ISSUE_GATEPASS) and visit.stage is Stage.WEIGH_OUT,
        )

    def weighings_of(self, visit: Visit) -> tuple[vm.WeighingView, ...]:
        """Every weight of a vehicle, newest first; those that a later one replaced say so."""
        gone = superseded(visit)
        shown = [
            replace(self.weighing(w, visit), replaced=at in gone) for at, w in enumerate(visit.weighings)
        ]
        return tuple(reversed(shown))

    def indicators(self, visit: Visit) -> tuple[tuple[str, int], ...]:
        """Risk indicators of the vehicle itself with their points, for those who see risk."""
        if not self.page.may(Right.READ_RISK):
            return ()
        points = self.page.service.room.in_force(self.reader).reference.points
        return tuple(tare_indicators(visit, points).items())

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
            note=weighing.note,
            subject=name,
            subject_href=href,
        )

    def weighings(self, lines: Iterable[WeighingLine]) -> tuple[vm.WeighingView, ...]:
        """Weights of a list."""
        shown = []
        for line in lines:
            kind, _, name = line.subject.partition(":")
            if kind == "tare":
                continue
            visit = self.reader.visit(name) if kind == "visit" else None
            shown.append(self.weighing(line.weighing, visit, line.subject))
        return tuple(shown)


def may_announce(page: Page) -> bool:
    """True for those who may announce vehicles: the desk, agencies, and the gate for what comes unannounced."""
    return bool(page.actor.roles & (RIGHTS[Right.ANNOUNCE] | {Role.GATE_OPERATOR}))


def reads_visits(page: Page) -> bool:
    """True for those who see vehicles at all."""
    return page.may(Right.READ_BOARD)
