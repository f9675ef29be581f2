"""The conformance kit: what every codec must withstand, ours and those of third parties alike.

Give each function the codec's name (it must be in :data:`devices.protocols.CODECS`) and recorded samples;
it raises ``AssertionError`` with a sentence that says what broke and on which bytes. :func:`torture` runs
everything that needs no random input::

    from devices.conformance import Sample, torture
    torture("my_scale", [Sample(bytes.fromhex("02 2B ..."))], checked=True)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from devices.decode import line_oriented
from devices.protocols import Codec, Direction, Label, Message, Noise, Result, Weight, codec, codec_class

#: most bytes a codec may hold back, whatever arrives (16 kB: the longest frames are HTTP pushes of cameras)
HELD_LIMIT = 16 * 1024
#: bytes that break naive framers: start and end marks, padding, line ends, digits
FLOODS = (b"\x02", b"\xff", b"\x00", b"\x01", b"\n", b"\r", b"=", b"0", b" ", b"\xf8\x55", b"\x02+", b"ST,")


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes as they come off the wire, the settings to read them with, and who sent them."""

    data: bytes
    config: Mapping[str, Any] = field(default_factory=dict)
    direction: Direction = "device_to_host"

    def codec(self, name: str) -> Codec:
        """A fresh codec for this sample."""
        return codec(name, self.config, direction=self.direction)


def read(reader: Codec, pieces: Iterable[bytes]) -> list[Result]:
    """Everything the codec says about the pieces, idle at the end included, as values (without ``raw``)."""
    found: list[Result] = []
    for piece in pieces:
        found.extend(reader.feed(piece))
    found.extend(reader.flush())
    return found


def said(results: Iterable[Result]) -> list[Result]:
    """The results that are no noise, without their raw bytes."""
    return [replace(result, raw=b"") for result in results if not isinstance(result, Noise)]


def weights(results: Iterable[Result]) -> list[Decimal | None]:
    """The weights among the results."""
    return [result.value for result in results if isinstance(result, Weight)]


def held(reader: object) -> int:
    """How many bytes, characters and list items the codec keeps in its attributes."""
    total = 0
    names = [*getattr(reader, "__dict__", {})]
    names += [slot for cls in type(reader).__mro__ for slot in getattr(cls, "__slots__", ())]
    for name in names:
        value = getattr(reader, name, None)
        if isinstance(value, bytes | bytearray | str | list | tuple | set | dict):
            total += len(value)
        elif type(value).__module__ == "devices.protocols.framing" or hasattr(value, "__slots__"):
            total += held(value) if value is not reader else 0
    return total


def check_info(name: str, sample: Sample) -> None:
    """The codec calls itself by its registered name and says what an integrator needs."""
    info = codec_class(name).info
    assert info.name == name, f"{name} calls itself {info.name!r}: the names must be the same"
    for what in ("title", "devices", "source", "confidence"):
        assert getattr(info, what), f"{name} does not say its {what}"
    request = sample.codec(name).poll()
    assert request is None or (isinstance(request, bytes) and request), f"{name}: poll() gives bytes or None"


def check_refuses_unknown_settings(name: str, sample: Sample) -> None:
    """A misspelt setting is an error that names it, not something silently ignored."""
    complaint = ""
    try:
        codec(name, {**sample.config, "no_such_setting": 1}, direction=sample.direction)
    except ValueError as error:
        complaint = str(error)
    assert complaint, f"{name} accepts a setting that does not exist"
    assert "no_such_setting" in complaint, f"{name}: the error does not name the setting: {complaint}"


def check_raises_nothing(name: str, data: bytes, sample: Sample) -> list[Result]:
    """Any bytes give results, never an exception; the results are the known kinds and name their bytes."""
    reader = sample.codec(name)
    try:
        found = [*reader.feed(data), *reader.flush()]
    except Exception as error:
        raise AssertionError(f"{name} raised {error!r} on {data.hex(' ')}") from error
    for result in found:
        assert isinstance(result, Weight | Label | Message | Noise), f"{name} gave a {type(result).__name__}"
        if isinstance(result, Noise):
            assert result.raw, f"{name} reports noise without its bytes on {data.hex(' ')}"
            assert result.reason, f"{name} refuses {result.raw.hex(' ')} without saying why"
    assert held(sample.codec(name)) >= held(reader) - 64, (
        f"{name} keeps something after the line went idle on {data.hex(' ')}"
    )
    return found


def check_cuts(name: str, sample: Sample, cuts: Sequence[int]) -> None:
    """The same bytes cut at ``cuts`` give exactly the same results, noise included."""
    edges = [0, *sorted(cut for cut in cuts if 0 <= cut <= len(sample.data)), len(sample.data)]
    pieces = [sample.data[a:b] for a, b in pairwise(edges)]
    whole, cut = read(sample.codec(name), [sample.data]), read(sample.codec(name), pieces)
    assert whole == cut, (
        f"{name} reads {sample.data.hex(' ')} differently when it arrives in pieces {[len(p) for p in pieces]}:"
        f" {cut} instead of {whole}"
    )


def check_every_split(name: str, sample: Sample) -> None:
    """Cut in two at every place, and byte by byte."""
    for place in range(len(sample.data) + 1):
        check_cuts(name, sample, [place])
    check_cuts(name, sample, range(len(sample.data)))


def check_round_trip(name: str, sample: Sample) -> None:
    """What was read can be said, and is read back as the same."""
    for result in said(read(sample.codec(name), [sample.data])):
        try:
            wire = sample.codec(name).encode(result)
        except ValueError as error:
            raise AssertionError(f"{name} cannot say what it has read, {result}: {error}") from error
        again = said(read(sample.codec(name), [wire]))
        assert again == [result], f"{name} says {result} as {wire.hex(' ')} and reads it back as {again}"


def check_glue(name: str, first: Sample, second: Sample) -> None:
    """Two clean transmissions without a pause between them give the readings of both."""
    if (first.config, first.direction) != (second.config, second.direction):
        return
    one, two = (said(read(s.codec(name), [s.data])) for s in (first, second))
    glued = said(read(first.codec(name), [first.data + second.data]))
    assert glued == one + two, f"{name} loses or invents readings in {(first.data + second.data).hex(' ')}"


def check_noise_between(name: str, sample: Sample, noise: bytes) -> None:
    """Noise between two frames costs none of them."""
    once = said(read(sample.codec(name), [sample.data]))
    glued = said(read(sample.codec(name), [sample.data + noise + sample.data]))
    sentence = f"{name} loses a frame next to the noise {noise.hex(' ')} after {sample.data.hex(' ')}"
    assert glued[: len(once)] == once, sentence
    assert glued[len(glued) - len(once) :] == once, sentence


def check_garbled_byte(name: str, sample: Sample, place: int, flip: int) -> None:
    """One wrong byte never makes another weight. Only for protocols with a check code."""
    honest = weights(read(sample.codec(name), [sample.data]))
    garbled = bytes(byte ^ flip if at == place else byte for at, byte in enumerate(sample.data))
    for value in weights(read(sample.codec(name), [garbled])):
        assert value is None or value in honest, (
            f"{name} reads {value} from {garbled.hex(' ')}: byte {place} was changed by {flip:02X}h"
        )


def check_every_garbled_byte(name: str, sample: Sample) -> None:
    """Every bit of every byte, and some whole-byte faults."""
    for place in range(len(sample.data)):
        for flip in (1, 2, 4, 8, 16, 32, 64, 128, 3, 0x0F, 0x7F, 0xFF):
            check_garbled_byte(name, sample, place, flip)


def check_flood(name: str, sample: Sample, pattern: bytes, size: int = 20_000) -> None:
    """A flood of one pattern never makes the codec hold more than a frame, and it recovers afterwards."""
    reader = sample.codec(name)
    flood = pattern * (size // len(pattern))
    for at in range(0, len(flood), 1000):
        reader.feed(flood[at : at + 1000])
        assert held(reader) <= HELD_LIMIT, f"{name} holds {held(reader)} bytes in a flood of {pattern!r}"
    reader.flush()
    expected = said(read(sample.codec(name), [sample.data]))
    assert said(read(reader, [sample.data])) == expected, (
        f"{name} does not recover after a flood of {pattern!r} and a pause"
    )


def torture(
    name: str, samples: Sequence[Sample], *, checked: bool = False, encodes: bool = True, most: int = 12
) -> None:
    """Run every deterministic check on up to ``most`` samples that give a reading.

    ``checked``: the protocol has a check code (unless the sample's ``checksum`` setting is false). ``encodes=False`` leaves out the round trip, for formats
    that are only ever read. Raises ``AssertionError`` with a sentence; samples without a reading are only
    cut and fed.
    """
    for sample in samples:
        check_info(name, sample)
        check_refuses_unknown_settings(name, sample)
        check_raises_nothing(name, sample.data, sample)
        check_every_split(name, sample)
    clean = [s for s in samples if is_clean(name, s)][:most]
    for sample in clean:
        if encodes:
            check_round_trip(name, sample)
        if checked and sample.config.get("checksum") is not False:
            check_every_garbled_byte(name, sample)
        # between lines only control bytes are noise: a line may well carry 8-bit text
        quiet = b"\x00\x7f\x00" if line_oriented(sample.codec(name)) else b"\xfe\xfd"
        check_noise_between(name, sample, quiet)
        for other in clean[:4]:
            check_glue(name, sample, other)
    for pattern in FLOODS:
        for sample in clean[:1]:
            check_flood(name, sample, pattern)


def is_clean(name: str, sample: Sample) -> bool:
    """Whether the sample gives readings and nothing else."""
    found = read(sample.codec(name), [sample.data])
    return bool(found) and not any(isinstance(result, Noise) for result in found)
