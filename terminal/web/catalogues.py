"""Keep the catalogues in step with the pages: ``python -m terminal.web.catalogues``.

Collects every message of the templates and of the Python files that mark messages, adds the new ones to each
``karvon.po`` untranslated, drops those that are gone, and prints how many wait for a translator.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from terminal.web.i18n import TRANSLATED, catalogue_path

ROOM = Path(__file__).resolve().parents[1]
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {
    "**/templates/**.html": {
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "newstyle_gettext": "true",
        "silent": "false",
        "extensions": "jinja2.ext.do",
    }
}
_PLURALS = {
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    "uz": "nplurals=1; plural=0;",
    "fa": "nplurals=1; plural=0;",
    "ps": "nplurals=2; plural=(n != 1);",
}  # fmt: skip

Message = str | tuple[str, ...] | list[str]


def messages() -> Iterator[tuple[Message, str]]:
    """Every message of the room ``terminal`` with the file it stands in."""
    keywords: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(ROOM, _METHODS, _OPTIONS, keywords=keywords)
    for file, _line, message, _comments, _context in found:
        if "node_modules" not in file and message and not (isinstance(message, tuple) and not all(message)):
            yield message, file


def template() -> Catalog:
    """All messages, without translations."""
    catalogue = Catalog(charset="utf-8")
    for message, file in messages():
        catalogue.add(message, locations=[(f"terminal/{file}", 0)])
    return catalogue


def read(code: str) -> Catalog:
    """The catalogue of a language as it lies on disk."""
    with catalogue_path(code).open("rb") as file:
        return read_po(file, abort_invalid=True)


def untranslated(catalogue: Catalog, wanted: Catalog) -> Sequence[Message]:
    """Messages of ``wanted`` that the catalogue lacks, leaves empty, or marks as fuzzy."""
    gone = []
    for message in wanted:
        if not message.id:
            continue
        mine = catalogue.get(message.id if isinstance(message.id, str) else message.id[0])
        strings = () if mine is None else (mine.string,) if isinstance(mine.string, str) else mine.string
        if mine is None or mine.fuzzy or not strings or not all(strings):
            gone.append(message.id)
    return gone


def text(code: str, translations: Catalog, wanted: Catalog) -> bytes:
    """The catalogue file of a language: the wanted messages in order, each with the translation it has so far."""
    header = (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: Karvon\\n"\n'
        f'"Language: {code}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {_PLURALS[code]}\\n"\n\n'
    ).encode()
    fresh = read_po(BytesIO(header))  # knows the number of plural forms
    for message in wanted:
        if not message.id:
            continue
        old = translations.get(message.id if isinstance(message.id, str) else message.id[0])
        fresh.add(message.id, old.string if old is not None else "", locations=message.locations)
    out = BytesIO()
    write_po(out, fresh, omit_header=True, sort_output=True, include_lineno=False, width=0)
    return header + out.getvalue().lstrip()


def main() -> int:
    """Update every catalogue; exit code 1 when something waits for a translator."""
    wanted = template()
    waiting = 0
    for code in TRANSLATED:
        old = read(code)
        missing = untranslated(old, wanted)
        waiting += len(missing)
        catalogue_path(code).write_bytes(text(code, old, wanted))
        sys.stdout.write(f"{code}: {len(missing)} to translate\n")
        for message in missing:
            sys.stdout.write(f"   {message!r}\n")
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
