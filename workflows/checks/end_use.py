"""The end use of dual-use goods: asked of the sender, and what an end-use statement answers (CTL-03).

A watch entry that is no outright block is judged by a person, who needs to know who will use the goods, for what, and how
many. The answer is a paper of type ``END_USE`` with the fields ``line`` (its number; none: the whole consignment),
``end_user``, ``purpose``, ``quantity`` and ``unit``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from workflows.papers import Document, Line, Papers

END_USE = "END_USE"
_QUANTITY = re.compile(r"[0-9]{1,9}([.,][0-9]{1,4})?")


def statement_for(papers: Papers, no: int) -> Document | None:
    """The end-use statement that speaks of a line and says who uses it and for what; the newest when there are several."""
    found = [
        paper
        for paper in papers.documents
        if paper.type == END_USE
        and str(paper.fields.get("line") or no).strip() == str(no)
        and all(str(paper.fields.get(key) or "").strip() for key in ("end_user", "purpose"))
    ]
    return found[-1] if found else None


def end_use_facts(papers: Papers, line: Line) -> Mapping[str, Any]:
    """Facts of a CTL-03 finding about the line: declared quantity, the statement, and ``why``.

    ``why`` is ``not_stated``, ``quantity_differs`` (of the same unit) or ``stated``.
    """
    facts: dict[str, Any] = {"quantity": line.quantity, "unit": line.quantity_unit}
    paper = statement_for(papers, line.no)
    if paper is None:
        return {**facts, "why": "not_stated"}
    said = {
        key: str(paper.fields.get(key) or "").strip() for key in ("end_user", "purpose", "quantity", "unit")
    }
    facts |= {"end_user": said["end_user"], "purpose": said["purpose"], "number": paper.number}
    facts |= {"verified": bool(paper.verified)}
    text = said["quantity"]
    if _QUANTITY.fullmatch(text):
        stated = Decimal(text.replace(",", "."))
        same_unit = not said["unit"] or said["unit"].casefold() == (line.quantity_unit or "").casefold()
        facts |= {"stated": stated, "stated_unit": said["unit"] or line.quantity_unit}
        if same_unit and line.quantity is not None and stated != line.quantity:
            return {**facts, "why": "quantity_differs"}
    return {**facts, "why": "stated"}


def line_of(target: str | None) -> int | None:
    """The number in ``line:NO``; None for another target."""
    kind, _, name = (target or "").partition(":")
    return int(name) if kind == "line" and name.isascii() and name.isdigit() and len(name) < 9 else None


def unanswered(papers: Papers, check: str | None, target: str | None) -> bool:
    """True for a CTL-03 hold on a line of which nobody has said who uses it, and for what."""
    no = line_of(target)
    return check == "CTL-03" and no is not None and statement_for(papers, no) is None
