"""Inspections, equipment and seizures for one reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal

from terminal import texts
from terminal.cases import inspecting
from terminal.cases.equipping import EquipmentLine
from terminal.cases.inspecting import FileShown, OrderLine, OrderShown
from terminal.store.desk import Attachment
from terminal.web.i18n import N_
from terminal.web.showing import Shower, targets, text
from terminal.web.view_models_inspect import (
    CustodyView,
    EquipmentRow,
    FileView,
    InspectionView,
    MethodQueue,
    OrderRow,
    SeizureRow,
    SeizureView,
    Tool,
)
from terminal.web.wording import word
from workflows import equipment as equipment_rules
from workflows import inspections
from workflows.ask import Ask
from workflows.inspection_confirming import TO_CONFIRM, may_confirm
from workflows.inspection_roles import may_do, may_look, may_order
from workflows.inspection_state import Inspection, Progress, Result
from workflows.roles import Right, Role
from workflows.seizure_state import Seized, Seizure
from workflows.stages import Stage

_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
#: facts of a seizure in the order of the form, with what they are called
SEIZED_WORDS: dict[str, str] = {
    "post_code": N_("Post"),
    "agency": N_("Authority that seized"),
    "office_type": N_("Kind of office"),
    "commodity_group": N_("Group of goods"),
    "substance_or_item": N_("Substance or item"),
    "form": N_("Form"),
    "purity_or_model": N_("Purity or model"),
    "quantity": N_("Quantity"),
    "uom": N_("Unit of measure"),
    "estimated_value": N_("Estimated value"),
    "currency": N_("Currency"),
    "concealment_place": N_("Where it was hidden"),
    "concealment_method": N_("How it was hidden"),
    "conveyance_type": N_("Kind of vehicle"),
    "conveyance_id": N_("Number of the vehicle"),
    "container_or_wagon": N_("Container or wagon"),
    "seal_no": N_("Seal number"),
    "seal_state": N_("Seal state"),
    "direction": N_("Direction"),
    "country_of_departure": N_("Country of departure"),
    "country_of_origin": N_("Country of origin"),
    "transit_countries": N_("Transit countries"),
    "country_of_destination": N_("Country of destination"),
    "consignor_role_only": N_("Role of the sender"),
    "consignee_role_only": N_("Role of the consignee"),
    "document_type_and_no": N_("Transport document"),
    "declared_goods": N_("Declared as"),
    "detection_reason": N_("What led to it"),
    "detection_equipment": N_("Found with"),
    "persons": N_("Persons"),
    "samples": N_("Samples"),
    "lab_result": N_("Laboratory result"),
    "handed_to": N_("Handed to"),
    "criminal_case_no": N_("Criminal case"),
    "free_text": N_("Remarks"),
}
_CODED = {
    "office_type": "office",
    "commodity_group": "commodity",
    "concealment_place": "concealment",
    "detection_reason": "detection",
}


def whole_minutes(span: timedelta) -> int:
    """A span in whole minutes."""
    return int(span.total_seconds() // 60)


class InspectionShower(Shower):
    """Shows inspections, equipment and seizures."""

    @property
    def late_after(self) -> int | None:
        """Minutes after which an open order is late."""
        return targets(self.page, self.reader).get(Stage.INSPECT.value)

    def subject(self, subject: str) -> tuple[str, str]:
        """Name and address of what is inspected."""
        kind, _, name = subject.partition(":")
        if kind == "visit":
            visit = self.reader.visit(name)
            return (visit.plate or name if visit else name), f"/visits/{name}"
        if kind == "unit":
            unit = self.reader.unit(name)
            return name, f"/consignments/{unit.consignment}" if unit else ""
        return name, f"/consignments/{name}"

    def row(self, line: OrderLine) -> OrderRow:
        """One line of a list."""
        name, href = self.subject(line.subject)
        return OrderRow(
            line.id,
            line.method.value,
            line.progress.value,
            line.result.value if line.result else "",
            name,
            href,
            whole_minutes(line.age),
            self.late_after,
            line.mine,
            line.waits_for_look or line.progress in (Progress.ORDERED, Progress.STARTED),
            text(line.operation),
            line.waits_for_look,
        )

    def queues(self, *, mine: bool) -> tuple[MethodQueue, ...]:
        """Open orders by method; only of the reader's own work if asked so."""
        groups = inspecting.open_orders(self.reader, self.page.actor, self.page.now, self.late_after)
        queues = (
            MethodQueue(
                group.method.value, tuple(self.row(line) for line in group.orders if line.mine or not mine)
            )
            for group in groups
        )
        return tuple(queue for queue in queues if queue.orders)

    def of_consignment(self, ref: str) -> tuple[OrderRow, ...]:
        """Inspections of a consignment, the newest first."""
        found = inspecting.of_consignment(self.reader, ref, self.page.actor)
        keeper = ("consignment", ref)
        who, now = self.page.actor, self.page.now
        lines = (inspecting.line_of(one, keeper, who, now, self.late_after) for one in reversed(found))
        return tuple(self.row(line) for line in lines)

    def of_visit(self, ones: Sequence[Inspection], visit: str) -> tuple[OrderRow, ...]:
        """Inspections of a vehicle, the newest first, as this reader may see them."""
        who, now = self.page.actor, self.page.now
        seen = (inspections.seen_by(one, who) for one in reversed(ones))
        return tuple(
            self.row(inspecting.line_of(one, ("visit", visit), who, now, self.late_after))
            for one in seen
            if one is not None
        )

    def inspection(self, order: OrderShown) -> InspectionView:
        """One inspection with what the reader may do now."""
        one, who = order.inspection, self.page.actor
        does = may_do(who, one.method)
        open_now = one.progress in (Progress.ORDERED, Progress.STARTED)
        customs = Role.CUSTOMS_INSPECTOR in who.roles
        own = one.ordered_by == who.id and one.instead_of is None and who.may(Right.ORDER_INSPECTION)
        ask = Ask(who, self.page.now)
        kit = (
            " · ".join(filter(None, (text(one.kit_lot), self.page.words.date(one.kit_expires))))
            if one.kit_lot
            else ""
        )
        kind, _, name = one.subject.partition(":")
        ref = order.line.consignment
        link = f"consignment={ref}" if ref else f"visit={name}"
        return InspectionView(
            row=self.row(order.line),
            why=one.why,
            places=one.places,
            ordered_by=self.name(one.ordered_by),
            ordered_at=one.ordered_at,
            templates=tuple(order.places.items()),
            declared=order.declared,
            tools=tuple(
                Tool(
                    tool.id,
                    tool.name,
                    tuple(
                        texts.sentence(item.reason, item.facts, self.page.words)
                        for item in equipment_rules.unfit(tool, one.method, ask)
                    ),
                )
                for tool in order.equipment
            ),
            files=tuple(self.file(file) for file in order.files),
            started_by=self.name(one.started_by) if one.started_by else "",
            started_at=one.started_at,
            equipment=text(one.equipment),
            kit=kit,
            done_by=self.name(one.done_by) if one.done_by else "",
            done_at=one.done_at,
            minutes=one.minutes,
            found_at=one.found_at,
            note=one.note,
            agrees=one.agrees,
            details=tuple(one.details.items()),
            hold=text(one.hold),
            ended_by=self.name(one.cancelled_by or one.waived_by or "")
            if one.cancelled_by or one.waived_by
            else "",
            ended_at=one.cancelled_at or one.waived_at,
            end_reason=one.cancel_reason or one.waive_reason,
            replaced_by=text(one.replaced_by),
            looked_by=self.name(one.looked_by) if one.looked_by else "",
            looked_at=one.looked_at,
            looked_agrees=one.looked_agrees,
            looked_note=one.looked_note,
            may_look=may_look(who, one),
            confirmed=one.confirmed,
            confirmed_by=self.name(one.confirmed_by) if one.confirmed_by else "",
            confirmed_at=one.confirmed_at,
            confirm_note=one.confirm_note,
            may_confirm=may_confirm(one, who),
            alarmed=one.counted in TO_CONFIRM,
            may_start=does and one.progress is Progress.ORDERED,
            may_finish=does and open_now,
            may_cancel=open_now and (own or customs),
            may_waive=customs and one.result is Result.NOT_POSSIBLE and one.open and one.done_by != who.id,
            may_attach=does or may_order(who, one.method),
            may_seize=who.may(Right.SEIZE),
            may_sheet=who.may(Right.READ_INSPECTIONS),
            kept=f"consignment:{ref}" if ref else f"visit:{name}",
            seize_link=f"/seizures/new?inspection={one.id}&{link}"
            + (f"&unit={name}" if kind == "unit" else ""),
        )

    def file(self, file: FileShown | Attachment) -> FileView:
        """One attached file."""
        size = max(1, file.size // 1024)
        return FileView(
            file.id, file.name, size, file.media_type in _PICTURES, self.name(file.added_by), file.added_at
        )

    def equipment(self, line: EquipmentLine) -> EquipmentRow:
        """One thing of the inventory."""
        one = line.equipment
        return EquipmentRow(
            one.id,
            one.kind.value,
            one.name,
            one.place,
            one.state.value,
            line.warnings,
            one.serial,
            one.calibrated_until or one.expires,
            text(one.kit_lot),
            one.busy,
            one.uses,
            line.minutes_in_shift,
            one.limit_minutes,
            line.resting_until,
        )

    def seizure_row(self, one: Seizure) -> SeizureRow:
        """One seizure in a list."""
        subject = (
            f"consignment:{one.consignment}" if one.consignment else f"visit:{one.visit}" if one.visit else ""
        )
        name, href = self.subject(subject) if subject else ("", "")
        facts = one.facts
        return SeizureRow(
            one.case_no,
            one.at,
            facts.commodity_group.value,
            facts.substance_or_item,
            f"{self._figure(facts.quantity)} {facts.uom}",
            one.handling.value,
            name,
            href,
        )

    def seizure_rows(self, ones: Iterable[Seizure]) -> tuple[SeizureRow, ...]:
        """Seizures of a list."""
        return tuple(self.seizure_row(one) for one in ones)

    def _figure(self, value: Decimal) -> str:
        plain = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
        return self.page.words.number(plain)

    def seizure(self, one: Seizure, files: Sequence[Attachment]) -> SeizureView:
        """One record."""
        say = self.page.words.gettext
        shown = []
        for field in fields(Seized):
            value = getattr(one.facts, field.name)
            if value in (None, "", ()):
                continue
            label = say(SEIZED_WORDS[field.name])
            if field.name in _CODED:
                shown.append((label, say(word(_CODED[field.name], value.value))))
            elif field.name == "persons":
                shown.append((label, ", ".join(f"{p.count} × {p.sex} {p.nationality}" for p in value)))
            elif isinstance(value, tuple):
                shown.append((label, ", ".join(value)))
            else:
                shown.append((label, self._figure(value) if isinstance(value, Decimal) else str(value)))
        return SeizureView(
            row=self.seizure_row(one),
            recorded_by=self.name(one.recorded_by),
            facts=tuple(shown),
            units=one.units,
            files=tuple(self.file(file) for file in files),
            custody=tuple(
                CustodyView(
                    link.at,
                    self.name(link.released_by) if link.released_by else "",
                    self.name(link.received_by),
                    link.organisation,
                    link.place,
                    link.seal_no,
                    link.note,
                )
                for link in one.custody
            ),
            inspection=text(one.inspection),
            may_change=self.page.may(Right.SEIZE),
        )
