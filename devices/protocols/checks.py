"""Check codes of the wire formats, as small pure functions.

Every function takes exactly the bytes the check covers (the caller knows where they start and end) and
returns the number or characters the wire should carry. XOR and sum checks are weak: XOR sees neither
swapped digits nor two equal errors, so a codec checks the fixed structure of its frame as well.
"""

from __future__ import annotations

from functools import reduce
from operator import xor as _xor

_HEX = b"0123456789ABCDEF"


def xor(data: bytes) -> int:
    """XOR of all bytes, 0 for none. Yaohua, Laumas (as two characters), CAS and CoLa B (as one raw byte)."""
    return reduce(_xor, data, 0)


def hex_pair(value: int) -> bytes:
    """A byte as two upper-case hex characters, high nibble first (Yaohua A9, A12E, Laumas)."""
    return bytes((_HEX[value >> 4 & 15], _HEX[value & 15]))


def add30_pair(value: int) -> bytes:
    """A byte as two characters 30h + nibble, so that A-F become ``: ; < = > ?`` (Yaohua A22 family)."""
    return bytes((0x30 + (value >> 4 & 15), 0x30 + (value & 15)))


def sum7(data: bytes) -> int:
    """Two's complement of the 7-bit sum: ``sum(data) + sum7(data)`` is 0 mod 128 (Toledo continuous)."""
    return -sum(data) & 0x7F


def sum16(data: bytes) -> int:
    """Two's complement of the 16-bit sum, sent high byte first (Zebra SSI)."""
    return -sum(data) & 0xFFFF


def _modbus_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


def _massak_table() -> tuple[int, ...]:
    table = []
    for high in range(256):
        register, shifting = 0, high << 8
        for _ in range(8):
            top = (shifting ^ register) & 0x8000
            register = (register << 1 ^ (0x1021 if top else 0)) & 0xFFFF
            shifting = shifting << 1 & 0xFFFF
        table.append(register)
    return tuple(table)


def _tenzo_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x69 if crc & 0x80 else 0)) & 0xFF
        table.append(crc)
    return tuple(table)


_MODBUS = _modbus_table()
_MASSAK = _massak_table()
_TENZO = _tenzo_table()


def crc16_modbus(data: bytes) -> int:
    """CRC-16/Modbus: reflected, polynomial A001h, start FFFFh; sent low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _MODBUS[(crc ^ byte) & 0xFF]
    return crc


def crc16_massak(body: bytes) -> int:
    """CRC of Massa-K protocol 100 over the body only; sent low byte first.

    Polynomial 1021h on the high byte of the running CRC, the new byte is XORed in *after* the table step,
    so no library CRC gives it. The CRC of a one-byte body is that byte.
    """
    crc = 0
    for byte in body:
        crc = _MASSAK[crc >> 8] ^ (crc << 8 & 0xFFFF) ^ byte
    return crc


def crc8_tenzo(message: bytes) -> int:
    """CRC-8 of Tenzo-M: polynomial 69h, start 0, not reflected. Gives 0 over message plus its own CRC."""
    crc = 0
    for byte in message:
        crc = _TENZO[crc ^ byte]
    return crc


def gs1_mod10(digits: str) -> int:
    """GS1 check digit for ASCII ``digits`` without it: weights 3, 1, 3, 1 from the right.

    Raises ``ValueError`` when there is anything but ASCII digits.
    """
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(f"a GS1 key has ASCII digits only, not {digits!r}")
    total = sum((ord(c) - 48) * (3 if place % 2 == 0 else 1) for place, c in enumerate(reversed(digits)))
    return -total % 10


def mrz_mod10(text: str) -> int:
    """ICAO 9303 check digit: digits as is, A=10 ... Z=35, ``<``=0, weights 7, 3, 1 repeating.

    Raises ``ValueError`` for a character outside ``0-9 A-Z <``.
    """
    total = 0
    for place, c in enumerate(text):
        if "0" <= c <= "9":
            value = ord(c) - 48
        elif "A" <= c <= "Z":
            value = ord(c) - 55
        elif c == "<":
            value = 0
        else:
            raise ValueError(f"character {c!r} cannot stand in a machine readable zone")
        total += value * (7, 3, 1)[place % 3]
    return total % 10
