"""What a finding says to a person, in English, Russian, Uzbek (Latin and Cyrillic), Dari and Pashto: a title per check and a sentence with its figures.

The words live in data/check_texts.json; what would clear a finding, in data/check_clears.json. A template names facts in braces; one that depends on a fact (``why``) has a
variant for each value. A fact that is not there is left out with the words around it that only it needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from workflows.findings import Finding
from workflows.uzbek_cyrillic import from_latin

LANGUAGES = ("en", "ru", "uz", "uz-Cyrl", "fa", "ps")
#: written from right to left: each figure is isolated there, so that numbers and codes keep their own order
_RIGHT_TO_LEFT = frozenset({"fa", "ps"})
_FIELD = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    text = files("workflows").joinpath("data/check_texts.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def title(check: str, language: str = "en") -> str:
    """What a check is called. Raises KeyError for a code that is no check."""
    return _in(_texts()["checks"][check]["title"], language)


def _in(said: Mapping[str, str], language: str) -> str:
    """The sentence of the language; Uzbek in Cyrillic letters is written from the Latin one."""
    return from_latin(said["uz"]) if language == "uz-Cyrl" else str(said[language])


def sentence(found: Finding, language: str = "en") -> str:
    """The finding with its figures as one sentence; for a check that could not tell, what was missing."""
    texts = _texts()
    if found.cannot_tell:
        missing = texts["missing"].get(str(found.facts.get("missing")), texts["missing"]["facts"])
        return _fill(_in(missing, language), found.facts, language)
    variants = texts["checks"][found.check]["says"]
    key = next(
        (
            f"{name}={found.facts[name]}"
            for name in ("why", "by")
            if f"{name}={found.facts.get(name)}" in variants
        ),
        "",
    )
    template = variants.get(key) or variants[""]
    return _fill(_in(template, language), found.facts, language)


@lru_cache(maxsize=1)
def _ways() -> tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]:
    text = files("workflows").joinpath("data/check_clears.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data["unknown"], {check: said for said in data["clears"] for check in said["checks"]}


def clears(found: Finding, language: str = "en") -> str:
    """What would clear it, one sentence. Nothing clears by itself: whoever owns the hold ends it."""
    unknown, ways = _ways()
    return _in(unknown if found.cannot_tell else ways[found.check], language)


def _fill(template: str, facts: Mapping[str, Any], language: str) -> str:
    """Put facts into a template; a part in square brackets falls away when one of its facts is missing."""

    def present(name: str) -> bool:
        return facts.get(name) not in (None, "", [], {})

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(map(present, _FIELD.findall(match[1]))) else ""

    kept = _OPTIONAL.sub(optional, template)
    return " ".join(_FIELD.sub(lambda m: _figure(facts.get(m[1]), language), kept).split())


def _figure(value: Any, language: str) -> str:
    text = _shown(value, language)
    return f"\u2068{text}\u2069" if language in _RIGHT_TO_LEFT else text


def _shown(value: Any, language: str) -> str:
    words = _texts()["words"]
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _in(words["yes" if value else "no"], language)
    if isinstance(value, list):
        return ", ".join(_shown(item, language) for item in value)
    if isinstance(value, Mapping):
        return " ".join(_shown(item, language) for item in value.values())
    text = str(value)
    return _in(words[text], language) if text in words else text
