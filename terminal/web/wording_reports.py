"""Words of reports and of the shift book."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

STEPS: Mapping[str, str] = {
    "shift_note": N_("Note for the next shift"),
    "shift_hand_over": N_("Hand the shift over"),
    "shift_take_over": N_("Take the shift over"),
}

EVENTS: Mapping[str, str] = {
    "ShiftNoted": N_("Note for the next shift"),
    "ShiftHandedOver": N_("Shift handed over"),
    "ShiftTakenOver": N_("Shift taken over"),
    "CamerasNamed": N_("Cameras of the points named"),
    "DataPurged": N_("Data deleted after its time"),
}

REPORT_WORDS: Mapping[str, Mapping[str, str]] = {
    "shift_book": {"TERMINAL": N_("Terminal staff"), "OFFICERS": N_("Officers")},
    "shift_open": {
        "holds": N_("Open holds"),
        "inspections": N_("Open inspections"),
        "vehicles": N_("Vehicles inside"),
        "reviews": N_("Late scans to decide on"),
        "devices": N_("Devices in trouble"),
    },
    "found_kind": {
        "ref": N_("Reference"),
        "unit": N_("Label"),
        "sender": N_("Sender"),
        "consignee": N_("Consignee"),
        "notify": N_("To be told"),
        "donor": N_("Donor"),
        "carrier": N_("Carrier"),
        "container": N_("Container"),
        "wagon": N_("Wagon"),
        "seal": N_("Seal"),
        "plate": N_("Plate"),
        "trailer": N_("Trailer"),
        "transport_document": N_("Transport document"),
        "document": N_("Document"),
        "tracking": N_("Tracking code"),
        "visit": N_("Visit"),
        "point": N_("Place"),
    },
}
