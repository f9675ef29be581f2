"""Parity that was left in bit 7: a line of seven data bits read as eight. Pure.

Serial drivers neither report it nor take it away where the port is set to eight bits, so that it must be seen in the
bytes. Source: PROTOCOLS of the field, "right text, some bytes 80h or more".
"""

from __future__ import annotations

from typing import Literal

Parity = Literal["E", "O"]

#: fewer bytes than this prove nothing: each fits a parity by chance one time in two
LEAST = 24
_BIT7_CLEARED = bytes(byte & 0x7F for byte in range(256))


def parity_of(data: bytes) -> Parity | None:
    """``E`` or ``O`` when every byte carries that parity in bit 7 and the seven bits are text; None otherwise.

    Bytes of a binary protocol fit a parity about once in 2 to the power of their number, and are seldom text.
    """
    if len(data) < LEAST or not any(byte & 0x80 for byte in data):
        return None
    odd = data[0].bit_count() % 2
    if any(byte.bit_count() % 2 != odd for byte in data):
        return None
    text = data.translate(_BIT7_CLEARED)
    plain = sum(0x20 <= byte <= 0x7E or byte in b"\r\n\x02\x03" for byte in text)
    return ("O" if odd else "E") if plain >= 0.9 * len(text) else None


def without_parity(data: bytes) -> bytes:
    """The seven bits of every byte."""
    return data.translate(_BIT7_CLEARED)


def in_words(parity: Parity) -> str:
    """What is wrong, for people."""
    name = "even" if parity == "E" else "odd"
    return f"The device sends 7 data bits with {name} parity, and the port reads 8 bits without."
