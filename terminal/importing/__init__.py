"""The importer: what agencies send (CSV, XLSX, JSON) to declared facts, with a report per row.

:func:`read_file` takes one file's bytes; :func:`assemble` joins files and pre-advice facts to papers;
:func:`gather` does the same and hands over the findings; :func:`figures` sums up.
"""

from terminal.importing.assembling import Assembled, assemble, figures, gather
from terminal.importing.facts import WrongFactsError
from terminal.importing.reading import read_file
from terminal.importing.results import (
    HeaderFacts,
    MentionedDocument,
    ParsedFile,
    ParsedTable,
    RowProblem,
    Totals,
)

__all__ = [
    "Assembled",
    "HeaderFacts",
    "MentionedDocument",
    "ParsedFile",
    "ParsedTable",
    "RowProblem",
    "Totals",
    "WrongFactsError",
    "assemble",
    "figures",
    "gather",
    "read_file",
]
