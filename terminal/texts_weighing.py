"""Sentences about weights: weighed again, the wrong vehicle on the scale, tares, wagons, and units between two vehicles."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

WEIGHING_REASONS: Mapping[Reason, Text] = {
    Reason.NO_WEIGHT: Text(
        N_("No weight is known."), (N_("Weigh it, or ask the document officer for the declared weight."),)
    ),
    Reason.WEIGHT_UNSTABLE: Text(
        N_("The scale did not come to rest."),
        (N_("Stand still, brakes on, nobody on the scale. Then take the weight again."),),
    ),
    Reason.WEIGHT_OUT_OF_RANGE: Text(
        N_("The weight is outside the range of this scale."),
        (N_("Use a scale that is made for this weight."),),
        (N_("%(kg)s is outside the range of this scale."),),
    ),
    Reason.SCALE_NOT_VERIFIED: Text(
        N_("The verification of this scale has run out, so its weights do not count."),
        (N_("Use another scale and tell the duty engineer."),),
        (N_("The verification of this scale ran out on %(verified_until)s, so its weights do not count."),),
    ),
    Reason.TYPED_WEIGHT_NEEDS_SECOND_PERSON: Text(
        N_("A typed weight needs a second person and a reason."),
        (N_("Let a second person sign in on this form, and write why the scale was not used."),),
    ),
    Reason.WEIGHED_BEFORE: Text(
        N_("This was weighed before."),
        (N_("Write why you weigh it again. The earlier weight stays; the new one counts."),),
        (N_("%(plate)s was weighed before: %(kg)s."),),
    ),
    Reason.OTHER_ON_SCALE: Text(
        N_("Another vehicle stands on the scale."),
        (
            N_("Choose the vehicle that stands there, or send it off the scale."),
            N_("If the camera is wrong, go and look; then tick “I have looked” and write what you saw."),
        ),
        (
            N_("The camera is not sure: it reads %(doubtful)s, expected is %(expected)s."),
            N_("The camera at the scale reads %(seen)s, expected is %(expected)s."),
            N_("This is the weight that %(last)s gave a moment ago: it has not driven off."),
        ),
    ),
    Reason.TARE_DIFFERS: Text(
        N_("This empty weight does not fit the known one."),
        (N_("Weigh the vehicle empty, or ask the customs inspector to record the change."),),
        (N_("%(plate)s is known to weigh %(known_kg)s empty, the paper says %(kg)s."),),
    ),
    Reason.WAGONS_DIFFER: Text(
        N_("The scale counted other wagons than the list has."),
        (N_("Compare the wagons with the list, one by one, and give the weights again."),),
        (
            N_("Wagon %(order)s on the scale is %(seen)s, on the list it is %(expected)s."),
            N_("The scale counted %(counted)s wagons, %(listed)s of the cut are here."),
        ),
    ),
    Reason.NOT_ON_VEHICLE: Text(
        N_("This unit did not come with that vehicle."),
        (N_("Set it aside and look which vehicle brought it."),),
        (N_("Unit %(unit)s did not come with %(plate)s."),),
    ),
}
