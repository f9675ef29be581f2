"""Words as small numbers, for the narrow rows that every scan touches. Numbers are never reused."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.stages import Stage

#: The numbers of stages_epcis.csv, so that a row read by hand still sorts along the process.
STAGE_NUMBER: Mapping[Stage, int] = {
    Stage.PRE_ADVICE: 10,
    Stage.GATE_IN: 20,
    Stage.WEIGH_IN: 30,
    Stage.DOC_CHECK: 40,
    Stage.RISK: 50,
    Stage.UNLOAD: 60,
    Stage.TALLY: 70,
    Stage.INSPECT: 80,
    Stage.SAMPLE: 85,
    Stage.STORAGE: 100,
    Stage.CUSTOMS_RELEASE: 110,
    Stage.RELEASE: 120,
    Stage.PICK: 130,
    Stage.LOAD: 140,
    Stage.SEAL: 150,
    Stage.WEIGH_OUT: 160,
    Stage.GATE_OUT: 170,
    Stage.BORDER_EXIT: 180,
    Stage.ARRIVED_AF: 190,
    Stage.DELIVERED: 200,
    Stage.CLOSED: 210,
    Stage.REJECTED: 300,
    Stage.SEIZED: 310,
    Stage.DESTROYED: 320,
    Stage.LOST: 330,
}

STAGE_OF: Mapping[int, Stage] = {number: stage for stage, number in STAGE_NUMBER.items()}

#: Units without an SSCC get numbers from here on; an SSCC has 18 digits and stays below.
HOUSE_UNITS = 10**18


def sscc_number(label: str) -> int | None:
    """The SSCC as a number, or None when the label is not 18 ASCII digits. The check digit is not judged here."""
    return int(label) if len(label) == 18 and label.isascii() and label.isdigit() else None


def label_of(number: int, label: str | None) -> str:
    """The label of a unit row: its own text, or the number written as 18 digits."""
    return label if label is not None else f"{number:018d}"


def storable(text: str) -> bool:
    """True unless the text holds what a text column cannot: NUL, or half of a surrogate pair.

    Such text arrives through JSON escapes; nothing is ever stored under it, so a lookup finds nothing.
    """
    if "\0" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def fold(text: str) -> str:
    """Text as search compares it: case folded, spaces run together, unstorable characters as ``?`` or space."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    return " ".join(clean.casefold().split())
