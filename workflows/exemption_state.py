"""What is kept of a humanitarian exemption: which basis, why, who stated it when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Basis(StrEnum):
    """Bases of codes.json ``humanitarian_exemption_basis``.

    Security Council resolutions 2615 (2021) paragraph 1 for the Afghanistan regime, 2664 (2022) paragraph 1 for all asset
    freezes, 2761 (2024) paragraph 1 for the regime of resolution 1267; an authorisation of a national authority; or that
    none applies.
    """

    UNSCR_2615_P1 = "UNSCR_2615_P1"
    UNSCR_2664_P1 = "UNSCR_2664_P1"
    UNSCR_2761_P1 = "UNSCR_2761_P1"
    NATIONAL_AUTHORISATION = "NATIONAL_AUTHORISATION"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Exemption:
    """One statement: the basis, the reason in words, by whom and when (UTC)."""

    basis: Basis
    note: str
    by: str
    at: datetime


def agreed(stated: tuple[Exemption, ...], needed: int) -> Basis | None:
    """The basis on which so many different people agree by what each said last; None while they do not."""
    last = {one.by: one.basis for one in stated}
    for one in reversed(stated):
        if sum(basis is one.basis for basis in last.values()) >= needed:
            return one.basis
    return None
