"""Every paper by its name in addresses: how it is made, and what it is called on the screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from terminal.papers import (
    damage_act,
    driver_slip,
    gate_pass,
    goods_received,
    handover_sheet,
    hold_notice,
    inspection_act,
    loading_list,
    proof_of_delivery,
    release_note,
    seal_record,
    seizure_act,
    weighing_ticket,
)
from terminal.papers.making import Making
from terminal.papers.sheet import Sheet
from terminal.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper: what it is about (consignment, visit, hold ...), its name, and who makes it."""

    about: str
    title: str
    make: Callable[[Making, str], Sheet]


PAPERS: Mapping[str, Paper] = {
    "release-note": Paper("consignment", N_("Release note"), release_note.make),
    "goods-received": Paper("consignment", N_("Goods received note"), goods_received.make),
    "damage-act": Paper("consignment", N_("Loss and damage act"), damage_act.make),
    "inspection-act": Paper("inspection", N_("Inspection act"), inspection_act.make),
    "seizure-act": Paper("seizure", N_("Seizure act"), seizure_act.make),
    "hold-notice": Paper("hold", N_("Hold notice"), hold_notice.make),
    "proof-of-delivery": Paper("consignment", N_("Proof of delivery"), proof_of_delivery.make),
    "handover-sheet": Paper("visit", N_("Handover sheet"), handover_sheet.make),
    "loading-list": Paper("visit", N_("Loading list"), loading_list.make),
    "weighing-ticket": Paper("visit", N_("Weighing ticket"), weighing_ticket.make),
    "gate-pass": Paper("visit", N_("Gate pass"), gate_pass.make),
    "seal-record": Paper("visit", N_("Seal record"), seal_record.make),
    "driver-slip": Paper("visit", N_("Driver's slip"), driver_slip.make),
}
