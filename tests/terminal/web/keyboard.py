"""A keyboard on the wire: real key events of a browser over its DevTools connection, many at once, with times of our own.

Key events that a script makes are no proof: these take the way of a key press through the browser's input.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from playwright.async_api import CDPSession

_RUSSIAN = dict(zip("qwertyuiop[]asdfghjkl;'zxcvbnm,./", "йцукенгшщзхъфывапролджэячсмитьбю.", strict=True))
_UZBEK = {**_RUSSIAN, "o": "ў", "s": "қ", "-": "ғ", "=": "ҳ"}
#: what a machine set to a layout makes of the keys of a US keyboard
LAYOUTS: Mapping[str, Mapping[str, str]] = {"latin": {}, "russian": _RUSSIAN, "uzbek": _UZBEK}
_CODES = {
    "]": "BracketRight", "[": "BracketLeft", "-": "Minus", "=": "Equal", "/": "Slash", ";": "Semicolon",
    "'": "Quote", ",": "Comma", ".": "Period",
}  # fmt: skip
_SHIFTED = {"(": "9", ")": "0", "_": "-", ":": ";"}
GS = "\x1d"
_SHIFT, _CONTROL = 8, 2


class Keyboard:
    """The keys of one page. ``clock`` is the time of the next event (s since 1970): the keys of one scan lie ``gap`` seconds apart."""

    def __init__(self, line: CDPSession, clock: float) -> None:
        self.line = line
        self.clock = clock

    async def press(self, text: str, layout: str, *, gap: float, end: str = "Enter") -> None:
        """These characters of a US keyboard on a machine with that layout, then the end key."""
        events = [event for character in text for event in _events(character, LAYOUTS[layout], gap)]
        if end:
            events += [
                (gap, {"type": "rawKeyDown", "key": end, "code": end}),
                (0.0, {"type": "keyUp", "key": end, "code": end}),
            ]
        sent = []
        for between, event in events:
            self.clock += between
            sent.append(self.line.send("Input.dispatchKeyEvent", {**event, "timestamp": self.clock}))
        await asyncio.gather(*sent)


def _events(character: str, layout: Mapping[str, str], gap: float) -> Iterator[tuple[float, dict[str, Any]]]:
    if character == GS:
        key = layout.get("]", "]")
        for between, kind in ((gap, "rawKeyDown"), (0.0, "keyUp")):
            yield between, {"type": kind, "key": key, "code": "BracketRight", "modifiers": _CONTROL}
        return
    shifted = character in _SHIFTED or character.isupper()
    plain = _SHIFTED.get(character, character.lower())
    code = _CODES.get(plain) or (f"Digit{plain}" if plain.isdigit() else f"Key{plain.upper()}")
    typed = character if character in _SHIFTED or character.isdigit() else layout.get(plain, plain)
    typed = typed.upper() if shifted else typed
    held = _SHIFT if shifted else 0
    if shifted:
        yield 0.0, {"type": "rawKeyDown", "key": "Shift", "code": "ShiftLeft", "modifiers": _SHIFT}
    yield gap, {"type": "keyDown", "key": typed, "code": code, "text": typed, "modifiers": held}
    yield 0.0, {"type": "keyUp", "key": typed, "code": code, "modifiers": held}
    if shifted:
        yield 0.0, {"type": "keyUp", "key": "Shift", "code": "ShiftLeft"}
