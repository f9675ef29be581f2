"""What reading a code gives: an :class:`Identifier`, or an :class:`Unreadable` with its reason.

Both are values, never exceptions: a torn label is daily work. Nothing here is ever repaired in silence: a
folded letter or a recovered keyboard layout stands in ``notes``, a guess stands in ``proposal`` and waits
for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Kind(StrEnum):
    """What a code identifies."""

    SSCC = "SSCC"  # logistic unit, AI 00
    GTIN = "GTIN"  # trade item, AI 01
    CONTENT = "CONTENT"  # what is in a unit whose SSCC stands elsewhere on the label, AI 02
    GLN = "GLN"  # place or party
    GSIN = "GSIN"  # shipment of a sender, AI 402
    GINC = "GINC"  # grouping by a carrier, AI 401
    GDTI = "GDTI"  # document, AI 253
    GRAI = "GRAI"  # returnable asset, AI 8003
    GIAI = "GIAI"  # individual asset, AI 8004
    GSRN = "GSRN"  # service relation, AI 8018
    ITIP = "ITIP"  # one piece of a trade item, AI 8006
    CONTAINER = "CONTAINER"  # ISO 6346
    WAGON = "WAGON"  # 8 digits (1,520 mm network) or 12 digits (UIC)
    AWB = "AWB"  # air waybill
    TIR_CARNET = "TIR_CARNET"
    TIR_HOLDER = "TIR_HOLDER"
    PLATE = "PLATE"
    PASSPORT = "PASSPORT"  # machine-readable zone, TD3
    HOUSE = "HOUSE"  # a label this terminal printed: place, badge ...
    GS1 = "GS1"  # an element string without any key


class Reason(StrEnum):
    """Why a text is no identifier: the closed list."""

    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    UNKNOWN_FORM = "UNKNOWN_FORM"
    WRONG_LENGTH = "WRONG_LENGTH"
    BAD_CHARACTER = "BAD_CHARACTER"
    CHECK_DIGIT = "CHECK_DIGIT"
    LEADING_ZERO_LOST = "LEADING_ZERO_LOST"
    NUMBER_ROUNDED = "NUMBER_ROUNDED"
    UNKNOWN_AI = "UNKNOWN_AI"
    BAD_ELEMENT = "BAD_ELEMENT"
    SEPARATOR_LOST = "SEPARATOR_LOST"
    NO_KEY = "NO_KEY"
    NOT_A_LINK = "NOT_A_LINK"
    UNKNOWN_HOUSE_LABEL = "UNKNOWN_HOUSE_LABEL"
    AMBIGUOUS = "AMBIGUOUS"


class NoteCode(StrEnum):
    """What had to be done or looked past on the way to an identifier."""

    LOOKALIKE = "LOOKALIKE"  # letters of another alphabet folded: check DAT-02
    LAYOUT = "LAYOUT"  # a wedge scanner typed under a Cyrillic keyboard layout
    UNKNOWN_AI = "UNKNOWN_AI"  # check ID-09 from here on
    BAD_ELEMENT = "BAD_ELEMENT"
    MISSING_COMPANION = "MISSING_COMPANION"
    EXCLUDED_COMPANION = "EXCLUDED_COMPANION"
    REPEATED_AI = "REPEATED_AI"
    SERIAL_ADVISED_AGAINST = "SERIAL_ADVISED_AGAINST"  # ISO 6346 remainder 10
    PLAIN_SYMBOL = "PLAIN_SYMBOL"  # GS1 data in a symbol that does not say it is GS1


@dataclass(frozen=True, slots=True)
class Note:
    """One remark on a code that was read all the same; ``facts`` name what was seen."""

    code: NoteCode
    facts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def check(self) -> str | None:
        """The check of checks.csv this note belongs to, if any."""
        if self.code is NoteCode.LOOKALIKE:
            return "DAT-02"
        return "ID-09" if self.code in _ELEMENT_NOTES else None


_ELEMENT_NOTES = frozenset(
    {
        NoteCode.UNKNOWN_AI,
        NoteCode.BAD_ELEMENT,
        NoteCode.MISSING_COMPANION,
        NoteCode.EXCLUDED_COMPANION,
        NoteCode.REPEATED_AI,
    }
)


@dataclass(frozen=True, slots=True)
class Element:
    """One GS1 element: application identifier, data as carried, and the same for people.

    ``value`` of a date is ISO 8601, of a measure a plain decimal number, otherwise the data itself.
    """

    ai: str
    raw: str
    value: str
    title: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """A code that was understood.

    ``value`` is canonical (no punctuation, Latin, upper case where the standard says so) and is what stores
    and comparisons use; ``display`` is the same for people. ``text`` is what came in. Everything beyond the
    key is the sender's word: batch, dates, count, kilograms, cubic metres. ``alternatives`` are other kinds
    the same characters would be valid as.
    """

    kind: Kind
    value: str
    text: str
    display: str = ""
    symbology: str | None = None
    elements: tuple[Element, ...] = ()
    gtin: str | None = None
    batch: str | None = None
    serial: str | None = None
    expiry: date | None = None
    best_before: date | None = None
    produced: date | None = None
    count: int | None = None
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    order: str | None = None
    detail: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    notes: tuple[Note, ...] = ()
    alternatives: tuple[tuple[Kind, str], ...] = ()

    @property
    def ais(self) -> dict[str, str]:
        """Application identifier -> data as carried, for a GS1 code; empty for others."""
        return {element.ai: element.raw for element in self.elements}

    @property
    def lookalikes(self) -> bool:
        """True when letters of another alphabet had to be folded (check DAT-02)."""
        return any(note.code is NoteCode.LOOKALIKE for note in self.notes)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is no identifier.

    ``kind`` is what it seems meant to be (None when nothing fits), ``facts`` hold the figures, ``proposal``
    is a likely right value for a person to confirm. A proposal is never used by itself.
    """

    reason: Reason
    text: str
    kind: Kind | None = None
    facts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    proposal: str | None = None
    elements: tuple[Element, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def check(self) -> str | None:
        """The check of checks.csv that this failure is a case of, by kind."""
        if self.reason in _ELEMENT_REASONS:
            return "ID-09"
        return None if self.kind is None else _CHECKS.get(self.kind)


_ELEMENT_REASONS = frozenset({Reason.UNKNOWN_AI, Reason.BAD_ELEMENT, Reason.SEPARATOR_LOST, Reason.NO_KEY})
_CHECKS: Mapping[Kind, str] = {
    Kind.SSCC: "ID-01",
    Kind.GTIN: "ID-04",
    Kind.CONTENT: "ID-04",
    Kind.GLN: "ID-04",
    Kind.GSIN: "ID-04",
    Kind.GDTI: "ID-04",
    Kind.CONTAINER: "ID-05",
    Kind.WAGON: "ID-06",
    Kind.AWB: "ID-07",
    Kind.PLATE: "ID-08",
    Kind.GS1: "ID-09",
    Kind.GINC: "ID-09",
    Kind.PASSPORT: "ID-10",
    Kind.TIR_CARNET: "ID-11",
    Kind.TIR_HOLDER: "ID-11",
}

Result = Identifier | Unreadable
