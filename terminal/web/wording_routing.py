"""Words for lanes, indicators, audits and risk profiles; shown to those who may see risk only."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

STEPS: Mapping[str, str] = {
    "set_lane": N_("Set the lane"),
    "mark_indicator": N_("Mark an indicator"),
    "unmark_indicator": N_("Take a mark back"),
    "manage_profiles": N_("Change a risk profile"),
    "close_audit": N_("Close an audit"),
}

EVENTS: Mapping[str, str] = {
    "LaneChosen": N_("Lane chosen by the rules"),
    "LaneProposed": N_("Lower lane proposed"),
    "LaneSet": N_("Lane set by a person"),
    "IndicatorMarked": N_("Indicator marked"),
    "IndicatorUnmarked": N_("Mark taken back"),
    "AuditOpened": N_("Audit after release opened"),
    "AuditClosed": N_("Audit closed"),
    "RiskProfileChanged": N_("Risk profile changed"),
}

ROUTING_WORDS: Mapping[str, Mapping[str, str]] = {
    "indicator": {
        "R01": N_("First consignment of this sender"),
        "R02": N_("First movement of this carrier"),
        "R03": N_("Sender not recognised as humanitarian"),
        "R04": N_("No pre-advice, or less than four hours before arrival"),
        "R05": N_("Vague description"),
        "R06": N_("Tariff code missing or short"),
        "R07": N_("Weight outside tolerance"),
        "R08": N_("Weight more than twice outside tolerance"),
        "R09": N_("Seal problem"),
        "R10": N_("Other vehicle or driver than announced"),
        "R11": N_("Cargo unusual for this sender"),
        "R12": N_("Dual-use or watched goods"),
        "R13": N_("Precursor, weapon or explosive"),
        "R14": N_("Possible match with the sanctions list"),
        "R15": N_("Strong match with the sanctions list"),
        "R16": N_("Left the planned corridor, or a gap in time"),
        "R17": N_("Wagon resealed on the way"),
        "R18": N_("Vehicle with an earlier finding"),
        "R19": N_("Empty return heavier than its tare"),
        "R20": N_("Doubt whether a document is genuine"),
        "R21": N_("Alert of the situation centre or liaison office"),
        "R22": N_("Earlier finding with the same party"),
        "R23": N_("Season or corridor of higher risk"),
        "R24": N_("A dog indicated"),
        "R25": N_("Anomaly in the X-ray picture"),
        "R26": N_("Cash or papers of other persons in the cabin"),
        "R27": N_("Papers corrected three times or more"),
        "R28": N_("Trusted sender: twenty clean consignments in a row"),
        "R29": N_("Electronic seal without alarm on the whole route"),
        "FINDING": N_("An inspection found something"),
    },
    "audit_result": {
        "IN_ORDER": N_("In order"),
        "CORRECTED": N_("Papers corrected"),
        "FINDING": N_("Something was found"),
    },
    "rate_kind": {
        "lane": N_("Lanes"),
        "random": N_("Random selection"),
        "capped": N_("Held back by the cap"),
        "person": N_("Lanes set by persons"),
        "indicator": N_("Indicators"),
        "profile": N_("Risk profiles"),
    },
}
