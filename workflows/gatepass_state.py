"""A gate pass: what may leave in one vehicle until when, as it stands on paper and in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class RevokedFor(StrEnum):
    """Why a pass was taken back before it was used. Closed: each has words on the screens."""

    HOLD = "HOLD"  # a hold was placed on the load or the vehicle
    INSPECTION = "INSPECTION"  # an inspection was ordered
    APPROVAL = "APPROVAL"  # an approval fell away, or the consignment went back
    CHANGED = "CHANGED"  # declared facts changed
    OPENED = "OPENED"  # the load was opened, loaded or unloaded again
    SEALED = "SEALED"  # other seals were put on
    WEIGHED = "WEIGHED"  # the vehicle was weighed again
    REPLACED = "REPLACED"  # another pass was issued for the same load


@dataclass(frozen=True, slots=True)
class GatePass:
    """What a pass says. Weights are the band in which the whole vehicle may weigh (kg), times UTC.

    ``text`` is the signed text of its QR symbol, made from the other fields by the key ``key_id``.
    """

    id: str
    visit: str
    consignments: tuple[str, ...]
    plate: str | None
    trailer: str | None
    seals: tuple[str, ...]
    units: int
    min_kg: Decimal
    max_kg: Decimal
    issued_at: datetime
    expires_at: datetime
    issued_by: str
    key_id: str = ""
    text: str = ""
    labels: tuple[str, ...] = ()  # of the units loaded here; what stayed on board was never scanned
    revoked_at: datetime | None = None
    revoked_for: RevokedFor | None = None

    def good_at(self, at: datetime) -> bool:
        """True while it is neither revoked nor over."""
        return self.revoked_at is None and at < self.expires_at

    def covered(self, at: datetime) -> bool:
        """True when it was good at that moment, whatever became of it later: for a gate that had no connection then."""
        taken_back = self.revoked_at is not None and self.revoked_at <= at
        return self.issued_at <= at < self.expires_at and not taken_back
