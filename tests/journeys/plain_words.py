"""English left on a page of another language: what a person would read, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from playwright.sync_api import Page

from terminal.web import catalogues

#: what is read on a page; codes, names of languages and what people typed stand in marks of their own
_TEXT = """
() => {
  const skip = "script, style, template, bdi, code, .code, [lang]:not(html), [dir=ltr], input, textarea, datalist, time";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node; (node = walker.nextNode()); ) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest(skip)) continue;
    if (!parent.checkVisibility({ checkVisibilityCSS: true })) continue;
    found.push(node.data);
  }
  return found;
}
"""
_WORD = re.compile(r"[A-Za-z]+")
#: numbers of consignments, vehicles, tools and pictures, wherever they stand
_CODE = re.compile(r"\b(?=[A-Za-z0-9-]*[0-9])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b|\b[A-Z]+(?:-[A-Z]+)+\b")
#: abbreviations and forms of dates that are the same in every language
SAME = frozenset(
    {
        "CMR",
        "DD",
        "MM",
        "YYYY",
        "UTC",
        "PDF",
        "SSCC",
        "GS1",
        "Ctrl",
        "Enter",
        "Esc",
        "Karvon",
        "CT30",
        "USD",
        "UZS",
    }
)


@cache
def _words(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Words of the English sentences, and words of the sentences of one language; lower case."""
    english, other = set[str](), set[str]()
    for message in catalogues.read(language):
        ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        for text in ids:
            english |= {word.lower() for word in _WORD.findall(re.sub(r"%\(\w+\)s", "", text))}
        for text in strings:
            other |= {word.lower() for word in _WORD.findall(re.sub(r"%\(\w+\)s", "", text))}
    return frozenset(english), frozenset(other)


def leftovers(page: Page, language: str, names: Iterable[str] = (), typed: Iterable[str] = ()) -> list[str]:
    """English words that can be read on this page, in the order of the page.

    ``names`` are texts whose words are names: of people, parties and goods; ``typed`` are whole remarks that somebody
    wrote in whatever language. In Russian and Dari every Latin word that
    is no name is left over; in Uzbek, which is written in the same letters, every word of our English sentences.
    """
    if language == "en":
        return []
    english, other = _words(language)
    known = {word.lower() for text in (*names, *SAME) for word in _WORD.findall(text)} | other
    latin = language == "uz"
    found = []
    remarks = sorted(typed, key=len, reverse=True)
    for text in page.evaluate(_TEXT):
        bare = _CODE.sub(" ", text)
        for remark in remarks:
            bare = bare.replace(remark, " ")
        for word in _WORD.findall(bare):
            low = word.lower()
            if len(low) > 2 and low not in known and (not latin or low in english):
                found.append(f"{word} ({text.strip()[:60]})")
    return list(dict.fromkeys(found))
