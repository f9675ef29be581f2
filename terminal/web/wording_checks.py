"""What a check lacks when it cannot tell, in the field's words. English here, other languages in locale/."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

CHECK_WORDS: Mapping[str, Mapping[str, str]] = {
    "missing_fact": {
        "goods_type": N_("tariff code, or a clearer description"),
        "declared_count": N_("declared number of packages"),
        "line_packages": N_("packages of each line"),
        "line_weight": N_("gross weight of each line"),
        "declared_weight": N_("declared gross weight"),
        "gross": N_("usable gross weighing"),
        "tare": N_("empty weight of the vehicle"),
        "axles": N_("number of axles"),
        "scale": N_("weighing on a scale that is registered here"),
        "registered_tare": N_("earlier empty weight"),
        "seal_read": N_("seal number as it was read"),
        "declared_seal": N_("seal number on the papers"),
        "seal_state": N_("state of the seal"),
        "plate_read": N_("plate as it was read"),
        "declared_plate": N_("plate on the papers"),
        "plate_unsure": N_("a look at the photo of the plate"),
        "dg_class": N_("UN number and class"),
        "temperature_values": N_("values of the temperature record"),
        "storage_plan": N_("storage place"),
        "bay": N_("storage place that is known here"),
        "paper_date": N_("readable date of the paper"),
        "driver_name": N_("name of the driver"),
        "empty_weight": N_("empty weight of the vehicle"),
        "facts": N_("facts"),
    },
}
