"""What a badly set line does to bytes: parity left in bit 7, and a receiver at half or twice the speed. Pure."""

from __future__ import annotations

from typing import Literal

Ratio = Literal["half", "double"]


def with_parity(data: bytes) -> bytes:
    """A 7E1 device read by an 8N1 port: the low seven bits are right, bit 7 is the even parity of them."""
    return bytes(byte & 0x7F | (byte & 0x7F).bit_count() % 2 << 7 for byte in data)


def at_wrong_speed(data: bytes, ratio: Ratio = "half") -> bytes:
    """What an 8N1 receiver at half or twice the sender's speed makes of ``data`` sent without pauses.

    The line is low for a start bit, then eight bits with the lowest first, then high; a receiver waits for the
    falling edge and looks at the middle of each of its own bits. What it takes for a frame without a stop bit it
    delivers all the same, as UARTs do that nobody asks for framing errors.
    """
    wave: list[int] = []
    for byte in data:
        wave += [0, *((byte >> place) & 1 for place in range(8)), 1]
    half_bits = [level for level in wave for _ in range(2)] + [1] * 80
    step = 4 if ratio == "half" else 1  # half bits of the sender in one bit of the receiver
    found = bytearray()
    at = 0
    while at < 2 * len(wave):
        if half_bits[at]:
            at += 1
            continue
        places = [at + step * number + step // 2 for number in range(1, 9)]
        if places[-1] >= len(half_bits):
            break
        found.append(sum(half_bits[place] << number for number, place in enumerate(places)))
        at = places[-1] + step
        while at < len(half_bits) and not half_bits[at - 1] and not half_bits[at]:
            at += 1  # no stop bit: the line must go high before another start can be seen
    return bytes(found)
