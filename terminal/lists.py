"""The sanctions list at the edge: an XML file becomes frozen entries, or a sentence that says why not.

Structure as in the UN Security Council consolidated list: ``CONSOLIDATED_LIST@dateGenerated`` with INDIVIDUALS
and ENTITIES. The whole file is read before anything is used, so a torn or hostile file replaces nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from workflows.screening import Alias, BirthDate, ListEntry, SanctionsList

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: The published file has a few MB; anything far larger is not that list.
LARGEST = 64 * 1024 * 1024


class ListRefusedError(ValueError):
    """The file cannot be used as a sanctions list; the message says why and what to do."""


def load_sanctions_list(path: Path, loaded_at: datetime | None = None) -> SanctionsList:
    """Read a list file. ``loaded_at`` is when this copy reached us (UTC aware).

    Raises ListRefusedError when the file is missing, too large, hostile, torn, or holds no entries.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ListRefusedError(
                f"{path.name} is larger than {LARGEST // 1024 // 1024} MB: not the sanctions list."
            )
        content = path.read_bytes()
    except OSError as error:
        raise ListRefusedError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return parse_sanctions_list(content, path.name, loaded_at)


def parse_sanctions_list(content: bytes, name: str, loaded_at: datetime | None = None) -> SanctionsList:
    """Turn the bytes of a list file into entries. Raises ListRefusedError; see :func:`load_sanctions_list`."""
    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ListRefusedError(
            f"{name} carries a document type or entities ({type(error).__name__}). The published list has none: "
            "fetch it again from its source."
        ) from error
    except (defusedxml.ElementTree.ParseError, ValueError, LookupError) as error:
        raise ListRefusedError(f"{name} is not complete XML ({error}). Fetch the file again.") from error
    if root.tag != "CONSOLIDATED_LIST":
        raise ListRefusedError(
            f"{name} begins with <{root.tag}>, not with <CONSOLIDATED_LIST>: another kind of file."
        )
    entries = tuple(_entries(root))
    if not entries:
        raise ListRefusedError(f"{name} holds no entries; the list in use stays.")
    return SanctionsList(
        entries=entries,
        generated_at=_moment(root.get("dateGenerated")),
        loaded_at=loaded_at,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _entries(root: Element) -> Iterator[ListEntry]:
    for node in root.iterfind("INDIVIDUALS/INDIVIDUAL"):
        yield _entry(node, person=True)
    for node in root.iterfind("ENTITIES/ENTITY"):
        yield _entry(node, person=False)


def _entry(node: Element, *, person: bool) -> ListEntry:
    kind = "INDIVIDUAL" if person else "ENTITY"
    parts = [_text(node, tag) for tag in ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")]
    aliases = tuple(
        Alias(name, _text(alias, "QUALITY"))
        for alias in node.iterfind(f"{kind}_ALIAS")
        if (name := _text(alias, "ALIAS_NAME"))
    )
    return ListEntry(
        reference=_text(node, "REFERENCE_NUMBER"),
        person=person,
        name=" ".join(filter(None, parts)),
        original_script=_text(node, "NAME_ORIGINAL_SCRIPT"),
        aliases=aliases,
        births=tuple(
            birth
            for found in node.iterfind("INDIVIDUAL_DATE_OF_BIRTH")
            if (birth := _birth(found)) is not None
        ),
        documents=tuple(
            number for paper in node.iterfind("INDIVIDUAL_DOCUMENT") if (number := _text(paper, "NUMBER"))
        ),
        list_type=_text(node, "UN_LIST_TYPE"),
        listed_on=_text(node, "LISTED_ON"),
        nationality=_text(node, "NATIONALITY/VALUE"),
        data_id=_text(node, "DATAID"),
        version=_text(node, "VERSIONNUM"),
    )


def _text(node: Element, tag: str) -> str:
    return " ".join((node.findtext(tag) or "").split())


def _birth(node: Element) -> BirthDate | None:
    day: date | None = None
    try:
        day = date.fromisoformat(_text(node, "DATE")[:10]) if _text(node, "DATE") else None
    except ValueError:
        day = None
    year, start, end = (_year(_text(node, tag)) for tag in ("YEAR", "FROM_YEAR", "TO_YEAR"))
    if day is None and year is None and start is None and end is None:
        return None
    if _text(node, "TYPE_OF_DATE").casefold().startswith("approx") and year is not None:
        return BirthDate(day, year - 2, year + 2)  # "approximately" is read as two years either way
    return BirthDate(day, start if start is not None else year, end if end is not None else year)


def _year(text: str) -> int | None:
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else None


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
