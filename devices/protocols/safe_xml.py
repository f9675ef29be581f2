"""XML from devices without DTD, entities, depth or size that an attacker could choose."""

from __future__ import annotations

from xml.parsers import expat  # the parser below refuses every DTD before an entity can exist

DEPTH_LIMIT, ELEMENT_LIMIT = 32, 5000


class ForbiddenXmlError(ValueError):
    """The document declares a DTD or an entity, or nests deeper than any device does."""


def leaf_texts(document: bytes) -> tuple[str, dict[tuple[str, ...], str]]:
    """Local name of the root, and text of each element by its path of local names below the root.

    The first element of a path wins; white space around texts is cut. Raises :class:`ForbiddenXmlError`, or
    ``ValueError`` for what is not well-formed.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    stack: list[str] = []
    texts: dict[tuple[str, ...], str] = {}
    chunks: list[str] = []
    count = 0
    root = ""

    def start(name: str, _: object) -> None:
        nonlocal count, root
        count += 1
        if len(stack) >= DEPTH_LIMIT or count > ELEMENT_LIMIT:
            raise ForbiddenXmlError("the document nests deeper or has more elements than any camera sends")
        local = name.rpartition(":")[2]
        root = root or local
        stack.append(local)
        chunks.clear()

    def end(_: str) -> None:
        texts.setdefault(tuple(stack[1:]), "".join(chunks).strip())
        stack.pop()
        chunks.clear()

    def refuse(*_: object) -> int:
        raise ForbiddenXmlError("the document declares a DTD or an entity")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = chunks.append
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise ValueError(f"the XML is not well-formed: {error}") from None
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"the XML names an encoding we do not have: {error}") from None
    return root, texts
