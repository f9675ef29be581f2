"""Text that a spreadsheet would run: cells beginning like a formula (check DAT-07)."""

from __future__ import annotations

import re

_HARMLESS = re.compile(
    r"[+\-−–—]?\s*[\d\s\u00a0\u202f.,()/°CСcс%:±+\-–…]*"  # numbers, ranges, temperatures, telephone numbers
    r"|[\-–—]+\s*|[\-–—]\s+\w.*|-\s*|[+\-]\d+(?:[.,]\d+)?\s*(?:°\s*)?[^\W\d_()=]{1,6}\.?",
    re.DOTALL,
)


def is_active(text: str) -> bool:
    """True when a cell begins with ``=``, ``+``, ``-``, ``@``, a tab or a return and is no number.

    Such text is stored as it is and escaped on export; telephone numbers, signed temperatures and dashes used
    as bullets are none.
    """
    if not text or text[0] not in "=+-@\t\r":
        return False
    return _HARMLESS.fullmatch(text) is None
