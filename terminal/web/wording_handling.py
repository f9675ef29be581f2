"""Words about places, tallies, repacking and stock counts."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

STEPS: Mapping[str, str] = {
    "close_tally": N_("Close the tally"),
    "find_unit": N_("Receive a unit without a label"),
    "note_damage": N_("Note damage"),
    "repack": N_("Repack"),
    "count_stock": N_("Count stock"),
    "review_count": N_("Decide about a count"),
    "read_stock": N_("Look at the stock"),
    "undo_scan": N_("Undo a scan"),
}

EVENTS: Mapping[str, str] = {
    "UnitFound": N_("Unit received that no paper names"),
    "UnitParted": N_("New unit out of another"),
    "UnitSplit": N_("Unit split"),
    "UnitNested": N_("Put into, or taken out of another unit"),
    "UnitFilled": N_("Contents of the unit changed"),
    "GoodsRepacked": N_("Goods repacked"),
    "DamageNoted": N_("Damage noted"),
    "ScanUndone": N_("Scan undone"),
    "LabelDiffered": N_("Label says otherwise than the packing list"),
    "TallyClosed": N_("Tally closed"),
    "CountOpened": N_("Stock count begun"),
    "UnitCounted": N_("Unit counted"),
    "CountClosed": N_("Stock count closed"),
    "DifferenceSettled": N_("Difference decided on"),
}

HANDLING_WORDS: Mapping[str, Mapping[str, str]] = {
    "place_kind": {"BAY": N_("Bay"), "YARD": N_("Yard place")},
    "pick_state": {"TO_PICK": N_("To be picked"), "PICKED": N_("Picked"), "LOADED": N_("Loaded")},
    "count_state": {"OPEN": N_("Being counted"), "REVIEW": N_("Waits for a decision"), "OVER": N_("Over")},
    "difference": {
        "MISSING": N_("Not found"),
        "MOVED": N_("Stands elsewhere"),
        "UNEXPECTED": N_("Not in the books here"),
    },
    "settlement": {
        "CORRECTED": N_("Move it in the books"),
        "LOST": N_("Report it lost"),
        "LEFT": N_("Leave the books as they are"),
        "RECOUNT": N_("Look for it again"),
    },
    "undo_reason": {
        "WRONG_UNIT": N_("Wrong unit"),
        "WRONG_PLACE": N_("Wrong bay"),
        "WRONG_VEHICLE": N_("Wrong vehicle"),
        "NOT_MOVED": N_("The goods were not moved"),
        "OTHER": N_("Another reason"),
    },
    "loss_kind": {
        "LOST": N_("Lost"),
        "NOT_SEEN": N_("Not seen"),
        "SURPLUS": N_("Surplus"),
        "WET": N_("Wet"),
        "TORN": N_("Torn"),
        "CRUSHED": N_("Crushed"),
        "OPENED": N_("Opened"),
        "LEAKING": N_("Leaking"),
        "INFESTED": N_("Infested"),
        "MOULD": N_("Mould"),
        "SHORT": N_("Short"),
    },
    "label_field": {"batch": N_("Lot"), "expiry": N_("Expiry"), "count": N_("Packages")},
}
