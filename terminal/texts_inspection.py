"""Sentences for refusals about inspections, the equipment behind them, and attached files."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.texts_routing import ROUTING_REASONS
from terminal.web.i18n import N_
from workflows.outcomes import Reason

INSPECTION_REASONS: Mapping[Reason, Text] = {
    **ROUTING_REASONS,
    Reason.INSPECTION_OPEN: Text(
        N_("An inspection is still open."),
        (N_("Wait until the inspection is done, or ask customs whether it may be waived."),),
        (N_("This inspection is still open: %(method)s (%(progress)s)."),),
    ),
    Reason.SECOND_LOOK_NEEDED: Text(
        N_("An X-ray picture waits for its second look."),
        (N_("Ask another X-ray operator or a customs inspector to look at the picture as well."),),
        (N_("This picture waits for its second look: %(method)s."),),
    ),
    Reason.SECOND_LOOK_OF_OWN: Text(
        N_("Whoever read the picture first does not take the second look."),
        (N_("Ask another X-ray operator or a customs inspector to look at the picture as well."),),
    ),
    Reason.INSPECTION_NOT_FOUND: Text(
        N_("There is no such inspection."), (N_("Open the list of inspections again."),)
    ),
    Reason.INSPECTION_ENDED: Text(
        N_("This inspection has gone on without you."),
        (N_("Open the inspection and look what was recorded. Order another one if it is needed."),),
        (N_("This inspection is not waiting for that any more: it is at “%(progress)s”."),),
    ),
    Reason.WAIVER_OF_OWN: Text(
        N_("Whoever could not do the inspection may not waive it."),
        (N_("Ask another customs inspector, or order another inspection."),),
    ),
    Reason.EQUIPMENT_NEEDED: Text(
        N_("This inspection needs an instrument from the inventory."),
        (N_("Choose the instrument, kit or dog that you use."),),
    ),
    Reason.EQUIPMENT_UNFIT: Text(
        N_("This equipment is made for another kind of inspection."),
        (N_("Choose equipment that fits the order."),),
        (N_("%(name)s is not made for this inspection: %(method)s."),),
    ),
    Reason.EQUIPMENT_NOT_IN_SERVICE: Text(
        N_("This equipment is not in service."),
        (N_("Choose another one."),),
        (N_("%(name)s is not in service: %(equipment_state)s."),),
    ),
    Reason.EQUIPMENT_EXPIRED: Text(
        N_("This kit has expired, so its result would not count."),
        (N_("Take a kit of another lot and put this one away."),),
        (N_("The kit %(name)s, lot %(lot)s, expired on %(expires)s, so its result would not count."),),
    ),
    Reason.EQUIPMENT_NOT_CALIBRATED: Text(
        N_("The calibration of this instrument has run out, so its result would not count."),
        (N_("Use another instrument and have this one calibrated."),),
        (N_("The calibration of %(name)s ran out on %(calibrated_until)s, so its result would not count."),),
    ),
    Reason.EQUIPMENT_BUSY: Text(
        N_("This equipment is in use by another inspection."),
        (N_("End that inspection first, or choose other equipment."),),
        (N_("%(name)s is in use by another inspection."),),
    ),
    Reason.NOT_TRAINED: Text(
        N_("You are not entered as trained for this equipment."),
        (N_("Let a trained colleague do it, or have your training entered."),),
        (N_("You are not entered as trained for %(name)s."),),
    ),
    Reason.DOG_MUST_REST: Text(
        N_("This dog has to rest."),
        (N_("Ask for another dog, or wait."),),
        (N_("%(name)s has worked %(minutes)s minutes in this shift and has to rest until %(until)s."),),
    ),
    Reason.FILE_NOT_TAKEN: Text(
        N_("This file is not taken."),
        (N_("Attach a photo (JPEG, PNG, WebP, TIFF), a PDF or an MP4 film that is not too large."),),
        (N_("This file is two kinds of file at once: it is %(also)s as well."),),
    ),
}
