"""Identifiers of cargo: one entry, :func:`resolve`, for whatever a scanner, a camera or a person gives.

For a field whose kind is known use :func:`read_as`; for comparing, the ``normalise_*``, ``compare_*`` and
``same_*`` functions. All pure: the date that decides centuries is handed in.
"""

from workflows.identifiers.folding import fold_code, fold_digits, fold_lookalikes, unscramble_layout
from workflows.identifiers.gs1 import element_string, with_check_digit
from workflows.identifiers.house import HouseKind, house_label
from workflows.identifiers.papers import (
    TariffCode,
    normalise_reference,
    normalise_seal,
    same_seal,
    tariff_code,
)
from workflows.identifiers.passports import Passport, read_passport
from workflows.identifiers.plates import PlateComparison, compare_plates, normalise_plate
from workflows.identifiers.resolving import read_as, resolve
from workflows.identifiers.results import (
    Element,
    Identifier,
    Kind,
    Note,
    NoteCode,
    Reason,
    Result,
    Unreadable,
)
from workflows.identifiers.transport import propose

__all__ = [
    "Element",
    "HouseKind",
    "Identifier",
    "Kind",
    "Note",
    "NoteCode",
    "Passport",
    "PlateComparison",
    "Reason",
    "Result",
    "TariffCode",
    "Unreadable",
    "compare_plates",
    "element_string",
    "fold_code",
    "fold_digits",
    "fold_lookalikes",
    "house_label",
    "normalise_plate",
    "normalise_reference",
    "normalise_seal",
    "propose",
    "read_as",
    "read_passport",
    "resolve",
    "same_seal",
    "tariff_code",
    "unscramble_layout",
    "with_check_digit",
]
