"""Sentences of the row report: a code with its figures. English stands here, other languages in the catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terminal.web.i18n import N_

#: code -> what is wrong in a row and what to do
ROWS: Mapping[str, str] = {
    "formula_without_value": N_(
        "The formula has no stored result. Open the file, let it calculate, save, and send it again."
    ),
    "two_readings": N_(
        "'%(text)s' may be %(low)s or %(high)s. Confirm one, or write it without a thousands mark."
    ),
    "two_readings_supported": N_(
        "'%(text)s' may be %(low)s or %(high)s. Confirm one, or write it without a thousands mark. The %(support)s speaks for %(proposal)s."
    ),
    "no_number": N_("'%(text)s' is not a number. Write digits only, the unit in the head."),
    "unknown_measure": N_("The unit '%(unit)s' is not known. Give the figure in kg or m³."),
    "no_column": N_("The table has no column for %(columns)s. Add it, or name its head plainly."),
    "unknown_mass": N_("The unit '%(unit)s' is not known. Give the weight in kg."),
    "too_long": N_("The sheet is too long: %(cut)s. Split it."),
    "no_date": N_("'%(text)s' is no date. Write DD.MM.YYYY, or MM.YYYY for a month."),
    "ambiguous_date": N_("'%(text)s' may be day/month or month/day. Write DD.MM.YYYY."),
    "lookalikes": N_("The letters %(letters)s are of another alphabet or stand for zeros; read as %(code)s."),
    "sscc_cut": N_(
        "The SSCC was kept as a number and lost its last digits. Format the column as text and enter it again."
    ),
    "sscc_17": N_(
        "The SSCC has 17 digits: a leading 0 was lost when it became a number. Format the column as text."
    ),
    "zero_lost": N_("A leading zero seems lost; read as %(code)s. Send the code as text."),
    "no_code": N_("'%(text)s' is no code of this kind. Write the digits."),
    "formula": N_("The cell begins like a formula. It is kept as text and never run."),
    "encoding": N_("The text was saved in a wrong encoding. Ask for the file as UTF-8."),
    "unknown_unit": N_("The unit '%(unit)s' is not known. Use pc, set, kg, l or a package type."),
    "unknown_package": N_("The package type '%(unit)s' is not known. Use pallet, carton, bag ..."),
    "no_description": N_("The row has no description. Write what the goods are."),
    "no_count": N_("The row has neither quantity nor packages. Give one."),
    "no_gross": N_("The row has no gross weight. Give it in kg."),
    "open_total": N_("The stated total '%(text)s' may be %(low)s or %(high)s. Confirm one."),
    "no_table": N_(
        "No table of goods was recognised. A head row with a description and two of quantity, packages and gross weight is needed."
    ),
    "fraction": N_("A number of packages has no fraction. Correct it."),
    "twin": N_("This row is the same as row %(row)s. Strike one if it was entered twice."),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence: its code in :data:`ROWS` and its figures as text."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def english(self) -> str:
        """The sentence in English."""
        return ROWS[self.code] % self.facts


def said(code: str, /, **facts: object) -> Said:
    """A sentence with its figures. Raises ``KeyError`` for a code without words."""
    if code not in ROWS:
        raise KeyError(code)
    return Said(code, {name: str(value) for name, value in facts.items()})
