"""Sentences of the report on a file and its rows: a code with its figures. English stands here, other languages in the catalogues."""

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

#: code -> what is the matter with a whole file and what to do
FILES: Mapping[str, str] = {
    "file_xls": N_("This is an old workbook (XLS) or a protected one. Save it as XLSX without a password."),
    "file_pdf": N_("This is a PDF. Ask for the list as XLSX or CSV."),
    "file_picture": N_("This is a picture. Ask for the list as XLSX or CSV."),
    "file_text_document": N_("This is a text document. Ask for the list as XLSX or CSV."),
    "file_web": N_("This is a web page or XML, not a table of cells. Save it as XLSX or CSV."),
    "file_empty": N_("The file is empty."),
    "file_large": N_("The file has %(size)s MB; %(limit)s MB are the limit. Split it."),
    "file_binary": N_(
        "The file holds binary data and is neither a text nor a workbook. Send CSV, XLSX or JSON."
    ),
    "file_row": N_("Row %(row)s cannot be read: %(fault)s. Save the file again as CSV."),
    "file_quotation": N_("A quotation mark is never closed; the file was read with quotation marks as text."),
    "file_letters": N_("Letters were lost when the file was saved. Ask for it again as UTF-8."),
    "file_json_deep": N_("The JSON is nested too deeply to be a packing list."),
    "file_json_broken": N_("The JSON is broken: %(fault)s. Check it in an editor and send it again."),
    "file_hidden": N_("Hidden sheets were not read: %(sheets)s. Show them if they belong to the list."),
    "file_macros": N_("The workbook carries macros. They were not run; only values were read."),
    "file_links": N_("The workbook points to other files. The links were not followed."),
    "file_entities": N_("The workbook holds XML entities, which no packing list needs. It was not opened."),
    "file_damaged": N_(
        "The workbook cannot be opened: it is damaged or not a real XLSX. Save it again as XLSX or CSV."
    ),
    "file_ods": N_("This is an OpenDocument spreadsheet. Save it as XLSX or CSV."),
    "file_archive": N_("The file is an archive but no XLSX workbook. Send CSV, XLSX or JSON."),
    "file_lookalikes": N_("The letters %(letters)s are of another alphabet; they were read as Latin."),
    "file_parts": N_("The workbook has %(count)s parts; %(limit)s are the limit. It was not opened."),
    "file_unpacks": N_(
        "The workbook unpacks to %(size)s MB from a small file, like an archive made to block a computer. It was not opened. Send CSV."
    ),
}
#: all sentences of the report by their code
WORDS: Mapping[str, str] = {**ROWS, **FILES}


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence: its code in :data:`WORDS` and its figures as text."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def english(self) -> str:
        """The sentence in English."""
        return WORDS[self.code] % self.facts


def said(code: str, /, **facts: object) -> Said:
    """A sentence with its figures. Raises ``KeyError`` for a code without words."""
    if code not in WORDS:
        raise KeyError(code)
    return Said(code, {name: str(value) for name, value in facts.items()})
