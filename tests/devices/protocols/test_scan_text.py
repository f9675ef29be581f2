"""Plain scanner output: every framing, identifiers, encodings, damage."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decode import decode
from devices.protocols import Label, Message, Noise, codec
from devices.protocols.aim import GS1_ELEMENT_STRINGS, SYMBOLOGIES


def scan(data: bytes, **config: Any) -> dict[str, Any]:
    return decode("scan_text", data, config)


MARKS = st.sampled_from(["", "\x02", "$", "<<", "\x02\x02"])
ENDS = st.sampled_from(["\r", "\n", "\r\n", "\x03", "\t", ">>"])
PAYLOAD = st.text(st.characters(codec="ascii", categories=["Lu", "Nd"]), min_size=1, max_size=40)


@given(st.lists(PAYLOAD, min_size=1, max_size=5), MARKS, ENDS, st.integers(1, 7))
def test_every_framing_gives_back_every_scan(texts: list[str], prefix: str, suffix: str, step: int) -> None:
    both = codec("scan_text", {"prefix": prefix, "suffix": suffix})
    wire = b"".join(both.encode(Label(text, "]C0", "Code 128")) for text in texts)
    found = [r for at in range(0, len(wire), step) for r in both.feed(wire[at : at + step])]
    found += both.flush()
    assert [r.text for r in found if isinstance(r, Label)] == texts
    assert len(found) == len(texts)


@pytest.mark.parametrize("letter", sorted(SYMBOLOGIES))
def test_every_symbology_letter_is_known(letter: str) -> None:
    data = "12345678" if letter in "EI" else "AB12"
    modifier = "4" if letter == "E" else "0"
    found = scan(f"]{letter}{modifier}{data}\r".encode())
    assert found["aim"] == f"]{letter}{modifier}"
    assert found["symbology"] == SYMBOLOGIES[letter]
    assert found["barcode"] == data


@pytest.mark.parametrize("aim", ["]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"])
def test_element_strings_keep_their_separators(aim: str) -> None:
    assert aim in GS1_ELEMENT_STRINGS
    found = scan(f"{aim}10AB\x1d21X\r".encode())
    assert (found["ai_string"], found["barcode"]) == (True, "10AB\x1d21X")


@pytest.mark.parametrize("aim", ["]C0", "]C2", "]C4", "]d1", "]Q1", "]A4", "]L0", "]U0", "]z0", "]X0"])
def test_other_codes_are_no_element_strings(aim: str) -> None:
    assert scan(f"{aim}10AB\r".encode())["ai_string"] is False


def test_envelope_of_iso_15434_survives() -> None:
    text = "[)>\x1e06\x1d1PABC\x1dQ5\x1e\x04"
    assert scan(f"]d1{text}\r".encode())["barcode"] == text


@pytest.mark.parametrize(
    ("gs", "wire"), [("|", "10AB|21X"), ("{GS}", "10AB{GS}21X"), ("~", "10AB~21X"), ("", "10AB\x1d21X")]
)
def test_substitutes_of_gs(gs: str, wire: str) -> None:
    assert scan(f"]C1{wire}\r".encode(), gs=gs)["barcode"] == "10AB\x1d21X"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "cp866", "iso8859-5", "koi8-r"])
def test_cyrillic_in_every_configured_encoding(encoding: str) -> None:
    text = "Груз №5 — помощь" if encoding in ("utf-8", "cp1251") else "Груз помощь"
    assert scan(f"]Q1{text}\r".encode(encoding), encoding=encoding)["barcode"] == text


def test_text_in_another_encoding_is_refused_with_the_setting_to_change() -> None:
    (found,) = codec("scan_text").feed("]Q1Гуманитарный\r".encode("cp1251"))
    assert isinstance(found, Noise)
    assert found.error == "bad_encoding"
    assert "encoding" in found.reason


def test_cyrillic_without_identifier_is_not_taken_for_line_noise() -> None:
    assert scan("Груз\r".encode(), aim=False)["barcode"] == "Груз"


@pytest.mark.parametrize(
    ("wire", "text", "eci"),
    [
        (b"]Q2\\000026\xd0\x93\\\\x\r", "Г\\x", [26]),
        (b"]Q2\\000022\xc3\xf0\xf3\xe7\r", "Груз", [22]),
        (b"]d4ab\\000003\xe9\\000026\xd1\x8f\r", "abéя", [3, 26]),
    ],
)
def test_eci_escapes_are_resolved(wire: bytes, text: str, eci: list[int]) -> None:
    found = scan(wire)
    assert (found["barcode"], found["eci"]) == (text, eci)


def test_stray_backslash_under_an_eci_identifier_is_left_alone() -> None:
    assert scan(b"]Q2C:\\TEMP\r")["barcode"] == "C:\\TEMP"


@pytest.mark.parametrize(
    "wire",
    [
        b"]E0400638133393\r",
        b"]E04006381333931X\r",
        b"]E49638507\r",
        b"]I1ABC\r",
        b"]C1\r",
        b"]C100106141412345678908]E04006381333931\r",
        b"]C1001\x06\r",
        b"]\r",
        b"C100106141412345678908\r",
    ],
)
def test_damage_is_refused(wire: bytes) -> None:
    assert scan(wire)["error"] == "bad_format"


def test_add_on_codes_and_upc() -> None:
    for wire in (b"]E3978014300723451995\r", b"]E112\r", b"]E212345\r", b"]E0012345678905\r"):
        assert "error" not in scan(wire)


def test_power_up_noise_in_front_of_a_scan_is_skipped() -> None:
    found = scan(b"\x00\xff\x7f]C0AB\r")
    assert (found["barcode"], found["skipped"]) == ("AB", 3)


@pytest.mark.parametrize("suffix", ["\r", "\n"])
def test_cr_lf_is_one_suffix(suffix: str) -> None:
    assert scan(b"]C0A\r\n]C0B\r\n", suffix=suffix)["readings"][1]["barcode"] == "B"


def test_lf_that_comes_after_a_pause_does_not_spoil_the_next_scan() -> None:
    reader = codec("scan_text")
    first = [*reader.feed(b"]C0A\r"), *reader.flush()]
    second = reader.feed(b"\n]C0B\r")
    assert [r.text for r in [*first, *second] if isinstance(r, Label)] == ["A", "B"]


def test_no_read_with_and_without_identifier() -> None:
    for wire in (b"NOREAD\r", b"]X0NOREAD\r"):
        (found,) = codec("scan_text", {"noread": "NOREAD"}).feed(wire)
        assert isinstance(found, Message)
        assert found.fields == {"barcode": None, "status": ["no_read"]}


def test_without_suffix_a_pause_ends_the_scan() -> None:
    reader = codec("scan_text", {"suffix": ""})
    assert reader.feed(b"]C0AB") == []
    (found,) = reader.flush()
    assert isinstance(found, Label)
    assert found.text == "AB"


def test_the_rest_of_an_overlong_scan_is_not_taken_for_a_code() -> None:
    reader = codec("scan_text", {"aim": False, "max": 20})
    found = [*reader.feed(b"A" * 50 + b"B\r" + b"GOOD\r"), *reader.flush()]
    assert [r.text for r in found if isinstance(r, Label)] == ["GOOD"]
    assert found[0].raw.startswith(b"AAAA")


@given(st.binary(max_size=300), MARKS, ENDS)
def test_bytes_are_never_lost_uncounted(data: bytes, prefix: str, suffix: str) -> None:
    reader = codec("scan_text", {"prefix": prefix, "suffix": suffix, "aim": False, "encoding": "iso8859-1"})
    found = [*reader.feed(data), *reader.flush()]
    assert sum(len(r.raw) for r in found) <= len(data)
    accounted = b"".join(r.raw for r in found)
    left = data
    for mark in (b"\r", b"\n", suffix.encode(), prefix.encode()):
        left = left.replace(mark, b"") if mark else left
        accounted = accounted.replace(mark, b"") if mark else accounted
    assert len(accounted) == len(left)


@pytest.mark.parametrize(
    "config",
    [
        {"encoding": "utf-16"},
        {"encoding": "nonsense"},
        {"prefix": "я"},
        {"max": 0},
        {"aim": 1},
        {"noread": [1]},
    ],
)
def test_impossible_settings_name_themselves(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(config))):
        codec("scan_text", config)
