"""Numbers and units on the wire: strict ASCII patterns to ``Decimal``, unit texts to one spelling.

``int()``, ``float()`` and ``Decimal()`` accept blanks, underscores, exponents, ``nan`` and full-width
digits; wire text is matched against an explicit pattern first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from devices.protocols.results import EMPTY, Mode, Weight

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")
_DIGITS = re.compile(r"[0-9]{1,18}")

#: every unit text met on a wire (lower case, without blanks) -> the spelling of our readings
UNITS: dict[str, str] = {
    "kg": "kg",
    "kgs": "kg",
    "g": "g",
    "gr": "g",
    "mg": "mg",
    "t": "t",
    "lb": "lb",
    "lbs": "lb",
    "oz": "oz",
    "ozt": "ozt",
    "dwt": "dwt",
    "ct": "ct",
    "gn": "gn",
    "ton": "ton",
    "tn": "ton",
    "n": "N",
    "tl": "tl",
    "mom": "mom",
    "msg": "msg",
    "pc": "pcs",
    "pcs": "pcs",
    "%": "%",
}


def decimal(text: str) -> Decimal | None:
    """A plain decimal number (sign, digits, one point; ``12.`` and ``.5`` too), None when it is not one."""
    if not _NUMBER.fullmatch(text):
        return None
    return Decimal(text[:-1] if text.endswith(".") else text)


def number(text: bytes) -> Decimal | None:
    """:func:`decimal` of wire bytes."""
    return decimal(text.decode("latin-1"))


def whole_number(text: str) -> int | None:
    """1 to 18 ASCII digits as a number, None when it is anything else."""
    return int(text) if _DIGITS.fullmatch(text) else None


def scaled(digits: str, places: int, *, negative: bool = False) -> Decimal | None:
    """``digits`` with the point ``places`` from the right (negative places append zeros); keeps -0.

    None when ``digits`` is not 1 to 18 ASCII digits.
    """
    if not _DIGITS.fullmatch(digits):
        return None
    if places < 0:
        digits, places = digits + "0" * -places, 0
    value = Decimal(digits).scaleb(-places)
    return value.copy_negate() if negative else value


def plain(value: Decimal) -> str:
    """The number without exponent, with its own digits: ``24500``, ``-0.050``."""
    return format(value, "f")


def unit_of(text: bytes | str) -> str | None:
    """The unit of a wire text in any case with blanks around it; None when it is not a known unit."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return UNITS.get(text.strip(" ").lower()) if text.isascii() else None


def unit_setting(name: str, value: Any) -> str:
    """Setting ``unit``: a unit we know. Raises ``ValueError`` for anything else."""
    unit = unit_of(value) if isinstance(value, str) else None
    if unit is None:
        raise ValueError(f"{name} must be a unit such as kg, g, t or lb, not {value!r}")
    return unit


def sign_of(value: Decimal | None) -> int | None:
    """+1 or -1 by the sign as written (so -0 is -1), None for no value."""
    if value is None:
        return None
    return -1 if value.is_signed() else 1


def reading(
    value: Decimal | None,
    unit: str | None,
    stable: bool | None,
    mode: Mode | None,
    status: Iterable[str] = (),
    *,
    sign: int | None = None,
    extra: Mapping[str, Any] = EMPTY,
) -> Weight:
    """A :class:`Weight` whose sign is that of the value, unless the wire carries the sign apart from it."""
    seen = sign if sign is not None else sign_of(value)
    side: Literal[1, -1] | None = None if seen is None else (1 if seen > 0 else -1)
    return Weight(value, unit, stable, mode, side, frozenset(status), extra)


# --- the other direction --------------------------------------------------------------------------------


def magnitude(value: Decimal) -> str:
    """The number without its sign, as a device writes it."""
    return plain(value.copy_abs())


def column(text: str, width: int, name: str = "weight", *, fill: str = " ") -> str:
    """``text`` right-aligned in ``width`` characters. Raises ``ValueError`` when it does not fit."""
    if len(text) > width:
        raise ValueError(f"{name} {text} does not fit into {width} characters")
    return text.rjust(width, fill)


def negative(weight: Weight) -> bool:
    """Whether the reading is to be sent with a minus: its own sign, or else that of its value."""
    return weight.sign == -1 if weight.sign is not None else sign_of(weight.value) == -1


def written_unit(weight: Weight, width: int = 3, spelling: Mapping[str, str] = EMPTY) -> str:
    """The unit as text. Raises ``ValueError`` when the reading has none or it is longer than ``width``."""
    if weight.unit is None:
        raise ValueError("this format sends the unit: give the weight one, such as kg")
    unit = spelling.get(weight.unit, weight.unit)
    if len(unit) > width:
        raise ValueError(f"the unit {unit} does not fit into {width} characters")
    return unit
