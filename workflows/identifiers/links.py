"""GS1 Digital Link and EPC URIs: web addresses and names that carry the same keys as a barcode.

Parsed, never fetched: any host counts, only path and query speak (GS1 Digital Link URI syntax 1.4).
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

from workflows.identifiers import ai_table, gs1
from workflows.identifiers.results import Kind, Reason, Result, Unreadable

_QUALIFIERS = {
    "01": ("22", "10", "21"),
    "8006": ("22", "10", "21"),
    "414": ("254", "7040"),
    "417": ("7040",),
}
_SSCC_URN = re.compile(r"urn:epc:id:sscc:(\d{4,12})\.(\d)(\d{4,12})", re.IGNORECASE)
_SGTIN_URN = re.compile(r"urn:epc:id:sgtin:(\d{6,12})\.(\d)(\d{0,6})\.(.{1,60})", re.IGNORECASE)


def looks_like_link(text: str) -> bool:
    """True for a web address."""
    return text[:8].lower().startswith(("http://", "https://"))


def parse_link(text: str, *, today: date, symbology: str | None = None) -> Result:
    """Read a GS1 Digital Link: key and qualifiers in the path, everything else in the query.

    The path may begin with any stem of the host's own. A web address without a key is
    ``Reason.NOT_A_LINK``; it is not opened.
    """
    try:
        parts = urlsplit(text.strip())
        path = [unquote(piece, errors="strict") for piece in parts.path.split("/") if piece]
        query = parse_qsl(parts.query.replace(";", "&"), errors="strict", max_num_fields=50)
    except ValueError:
        return Unreadable(Reason.NOT_A_LINK, text, facts={"fault": "the address is malformed"})
    rules = ai_table.table()
    for at in range(len(path) - 1):
        rule = rules.get(path[at])
        if rule is None or not rule.link_key or (len(path) - at) % 2:
            continue
        pairs = [(path[i], path[i + 1]) for i in range(at, len(path), 2)]
        allowed = _QUALIFIERS.get(rule.ai, ())
        if any(ai not in allowed for ai, _ in pairs[1:]):
            continue
        if rule.ai == "01" and len(pairs[0][1]) in (8, 12, 13):
            pairs[0] = ("01", pairs[0][1].zfill(14))
        pairs += [(ai, data) for ai, data in query if ai.isascii() and ai.isdigit()]
        return _from_pairs(pairs, text, today, symbology)
    return Unreadable(Reason.NOT_A_LINK, text, facts={"host": (parts.hostname or "")[:60]})


def _from_pairs(pairs: list[tuple[str, str]], text: str, today: date, symbology: str | None) -> Result:
    rules = ai_table.table()
    known = [(ai, data) for ai, data in pairs if ai in rules]
    unknown = [ai + data for ai, data in pairs if ai not in rules]
    if any(gs1.FNC1 in data for _, data in known):
        return Unreadable(Reason.BAD_ELEMENT, text, Kind.GS1, {"fault": "character"})
    # every element is ended with FNC1: a value of the wrong length must not run into the next element
    string = gs1.FNC1.join([ai + data for ai, data in known] + unknown)
    return gs1.parse(string, today=today, symbology=symbology, whole=text)


def parse_urn(text: str, *, today: date, symbology: str | None = None) -> Result:
    """Read an EPC URI of a logistic unit or a serialised trade item."""
    stripped = text.strip()
    unit = _SSCC_URN.fullmatch(stripped)
    if unit is not None and len(unit[1]) + len(unit[3]) == 16:
        body = unit[2] + unit[1] + unit[3]
        return gs1.parse("00" + gs1.with_check_digit(body), today=today, symbology=symbology, whole=text)
    item = _SGTIN_URN.fullmatch(stripped)
    if item is not None and len(item[1]) + len(item[3]) == 12:
        key = gs1.with_check_digit(item[2] + item[1] + item[3])
        return _from_pairs([("01", key), ("21", unquote(item[4]))], text, today, symbology)
    return Unreadable(Reason.NOT_A_LINK, text, facts={"fault": "not an EPC URI of a unit or an item"})
