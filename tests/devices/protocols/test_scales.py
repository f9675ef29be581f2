"""What the manuals say about each scale family, beyond the example frames."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from devices.decode import decode
from devices.protocols import Message, Weight, codec

KG = {"unit": "kg"}


def toledo(body: bytes) -> bytes:
    """Close a Toledo frame with its check byte."""
    return body + bytes((-sum(body) & 0x7F,))


#: protocol, wire, settings, what must be among the decoded keys
READ: list[tuple[str, bytes, dict[str, Any], dict[str, Any]]] = [
    ("mt_sics", b"S S  0.000 kg\r", {}, {"weight": "0.000", "stable": True}),
    ("mt_sics", b"S D -0.00 g\n", {}, {"weight": "-0.00", "sign": -1, "status": ["motion"]}),
    ("mt_sics", b"S S    1250 PCS\r\n", {}, {"weight": "1250", "unit": "pcs"}),
    ("mt_sics", b"SI +\r\n", {}, {"weight": None, "status": ["overload"]}),
    ("mt_sics", b"S L\r\n", {}, {"command": "S", "result": "bad_parameter"}),
    ("mt_sics", b"ZI D\r\n", {}, {"command": "ZI", "result": "ok"}),
    ("mt_sics", b"TI D     10.00 g\r\n", {}, {"command": "TI", "tare": "10.00", "unit": "g"}),
    ("mt_sics", b'I2 A "IND780 60000 kg"\r\n', {}, {"command": "I2", "text": "IND780 60000 kg"}),
    ("mt_sics", b'I1 A "01" "2.30" "2.22"\r\n', {}, {"command": "I1", "text": "01 2.30 2.22"}),
    (
        "mt_sics",
        b"SIX1 D 0 N R R 0 0 0 1 M   100.000    80.000    20.000 kg \r\n",
        {},
        {
            "weight": "80.000",
            "mode": "net",
            "stable": False,
            "gross": "100.000",
            "tare": "20.000",
        },
    ),
    (
        "mt_sics",
        b"SIX1 + 0 N R R 0 0 0 1 N     0.000     0.000     0.000 kg \r\n",
        {},
        {"weight": None, "status": ["overload"]},
    ),
    ("mt_print", b"     N      -0.3749 g   \r\n", {}, {"weight": "-0.3749", "mode": "net", "stable": None}),
    (
        "toledo_continuous",
        toledo(b"\x02\x2a\x38\x20 12340     0\r"),
        {},
        {"weight": "12340", "stable": False},
    ),
    (
        "toledo_continuous",
        toledo(b"\x02\x29\x30\x20  1234     0\r"),
        {},
        {"weight": "12340", "tare": "0"},
    ),
    ("toledo_continuous", toledo(b"\x02\x2f\x30\x20 12345     0\r"), {}, {"weight": "0.12345"}),
    ("toledo_continuous", toledo(b"\x02\x2a\x20\x23    10     0\r"), {}, {"unit": "oz"}),
    ("toledo_continuous", toledo(b"\x02\x2a\x20\x26    10     0\r"), {}, {"unit": "ton"}),
    ("toledo_continuous", toledo(b"\x02\x2a\x30\x27    10     0\r"), {}, {"unit": None}),
    ("toledo_continuous", toledo(b"\x02\x2a\x30\x30    10     0\r"), {}, {"status": ["expanded"]}),
    ("toledo_continuous", toledo(b"\x02\x2a\x32\x20     0     0\r"), {}, {"weight": "-0", "sign": -1}),
    ("toledo_continuous", toledo(b"\x02\x2a\x30\x20    10      \r"), {}, {"weight": "10", "tare": None}),
    (
        "toledo_extended",
        toledo(b"\x011\x22\x20\x21\x20    12340       0\r"),
        {},
        {"weight": None, "status": ["invalid"]},
    ),
    (
        "toledo_extended",
        b"\x011\x22\x20\x20\x20    12340       0\r",
        {"checksum": False},
        {"weight": "12340"},
    ),
    ("toledo_8217", b"\x02?@\r", KG, {"weight": None, "status": [], "stable": True}),
    ("toledo_8217", b"\x02?H\r", KG, {"status": ["zero_not_captured"]}),
    ("toledo_8217", b"\x02?a\r", KG, {"mode": "net", "status": ["motion"]}),
    ("toledo_8217", b"\x02?X\r", KG, {"command": "?", "result": "unknown_command"}),
    ("toledo_8217", b"\x02001250\r", {**KG, "decimals": 3}, {"weight": "1.250"}),
    ("toledo_8217", b"\x02001250\r", KG, {"error": "bad_format"}),
    ("nci_ecr", b"\n 20.00kg\r\nS00\r\x03", {}, {"weight": "20.00", "unit": "kg"}),
    ("nci_ecr", b"\n0250.0G \r\nS00\r\x03", {}, {"weight": "250.0", "unit": "g"}),
    ("nci_ecr", b"\n05.250KG\n\r00\r\x03", {}, {"weight": "5.250"}),
    ("nci_ecr", b"\n------kg\r\nS02\r\x03", {}, {"weight": None, "unit": "kg", "status": ["overload"]}),
    ("nci_ecr", b"\n05.250KG\r\nS08\r\x03", {}, {"weight": None, "status": ["error"]}),
    ("nci_ecr", b"\n05.250KG\r\nS0p8\r\x03", {}, {"weight": None, "status": ["init_zero_error"]}),
    ("nci_ecr", b"\n05.250KG\r\nS0p\r\x03", {}, {"error": "bad_format"}),
    ("nci_ecr", b"KG\r\nS00\r\x03\n05.250KG\r\nS00\r\x03", {}, {"weight": "5.250", "skipped": 9}),
    ("sma", b"\nI1G  ----------kg \r", {}, {"weight": None, "status": ["init_zero_error"]}),
    ("sma", b"\nO1G   123456.78kg \r", {}, {"weight": None, "status": ["overload"]}),
    ("sma", b"\ne1G   123456.78kg \r", {}, {"weight": None, "status": ["invalid"]}),
    ("sma", b"\n____ _____________\r", {}, {"weight": None, "status": ["not_executable"]}),
    ("sma", b"\n 1G  -    5.025lb \r", {}, {"error": "bad_format"}),
    ("sma", b"\n 1n      -5.025lb \r", {}, {"weight": "-5.025", "mode": "net"}),
    ("sma", b"\nMFG:Fairbanks\r", {}, {"command": "about", "text": "MFG:Fairbanks"}),
    ("and_standard", b"ST,GS-  12.34kg\r\n", {}, {"weight": "-12.34", "mode": "gross"}),
    ("and_standard", b"ST, GS, + 12.34 kg\r\n", {}, {"weight": "12.34"}),
    ("and_standard", b"ST,GS,+000000.Kg\r\n", {}, {"weight": "0", "unit": "kg"}),
    ("and_standard", b"US,NT,-00012.4  t\r\n", {}, {"weight": "-12.4", "unit": "t", "stable": False}),
    ("and_standard", b"ST,GS,+0012,34kg\r\n", {"decimal_comma": True}, {"weight": "12.34"}),
    ("and_standard", b"ST,GS,+0012,34kg\r\n", {}, {"error": "bad_format"}),
    ("and_standard", b"OL,GS,        kg\r\n", {}, {"weight": None, "status": ["overload"]}),
    ("and_standard", b"UL,NT,        kg\r\n", {}, {"status": ["underload"], "mode": "net"}),
    ("and_standard", b"ST,GS,        kg\r\n", {}, {"error": "bad_format"}),
    ("and_standard", b"ST,PT,+0012.34kg\r\n", {}, {"mode": "tare"}),
    ("and_standard", b"ST,N~,+0012.34kg\r\n", {}, {"mode": "net"}),
    ("and_standard", b"?E\r\n", {}, {"status": ["error"], "error_code": "E"}),
    ("ohaus", b"60 kg    G\r\n", {}, {"error": "bad_format"}),
    ("ohaus", b"\x00\x00\x7f\x7f   0.360 kg    G\r\n", {}, {"weight": "0.360", "skipped": 4}),
    ("ohaus", b"       -- kg    G\r\n", {}, {"weight": None, "status": ["invalid"]}),
    ("ohaus", b"OK!\r\n", {}, {"command": "ack", "result": "ok"}),
    ("sartorius_sbi", b"Qnt   +      123 pcs\r\n", {}, {"weight": "123", "unit": "pcs", "mode": None}),
    ("sartorius_sbi", b"SerNo.    12345678 kg\r\n", {}, {"error": "bad_format"}),
    ("sartorius_sbi", b"SerNo.+   1234567 kg\r\n", {}, {"error": "not_a_weight"}),
    ("sartorius_sbi", b"Stat     Cal.Ext.   \r\n", {}, {"status": ["calibrating"]}),
    ("sartorius_sbi", b"   Err 054    \r\n", {}, {"status": ["error"], "error_code": "054"}),
    ("sartorius_sbi", b"+[  123.56]g  \r\n", {}, {"weight": "123.56"}),
    ("sartorius_sbi", b"+   12 .56 g  \r\n", {}, {"error": "bad_format"}),
    ("condec", b"\x02   12340KG \r", {}, {"weight": "12340"}),
    ("condec", b"\x02   24.56TG \r\n", {}, {"weight": "24.56", "unit": "t"}),
    ("condec", b"\x02   24.56TG \r\n", {"letter_t": "ton"}, {"unit": "ton"}),
    ("condec", b"\x02   12340 KG GR \r\n", {}, {"weight": "12340", "unit": "kg", "stable": None}),
    ("rinstrum_m4222", b"\x02-    120N\x03", KG, {"weight": "-120", "mode": "net"}),
    ("rinstrum_m4222", b"\x02-   -120N\x03", KG, {"error": "bad_format"}),
    ("rinstrum_m4222", b"\x02\x20   -120G\x03", KG, {"weight": "-120", "light": "none"}),
    ("cas_22", b"UL,GS,1\x84,         kg\r\n", {}, {"weight": None, "status": ["underload"]}),
    ("cas_22", b"ST,GS,1\xd4,000013.5 kg\r\n", {}, {"status": ["hold"]}),
    ("cas_22", b"ST,GS,1\x44,000013.5 kg\r\n", {}, {"error": "bad_format"}),
    ("cas_22", b"ST,GS,  ,   1 460kg \r\n", {"variant": "sign67"}, {"weight": "1460"}),
    ("cas_22", b"ST,GS,  ,  14 60 kg \r\n", {"variant": "sign67"}, {"error": "bad_format"}),
    ("cas_22", b"ST,GS,  ,        kg \r\n", {"variant": "sign67"}, {"error": "bad_format"}),
    ("cas_22", b"ERR 03\r\n", {}, {"status": ["error"], "error_code": "03"}),
    ("cas_pd2", b"\x02A01250w\x03", {"type": 0, "decimals": 3, **KG}, {"weight": "1.250", "unit": "kg"}),
    ("cas_pd2", b"\x82A01250w\x83", {"type": 0}, {"raw": "01250"}),
    ("cas_pd2", b"01.250\r", {"type": 7, **KG}, {"weight": "1.250", "stable": True}),
    ("cas_pd2", b"------\r", {"type": 7, **KG}, {"weight": None, "status": ["invalid"]}),
    ("cas_pd2", b"901.250\r", {"type": 7, **KG}, {"error": "bad_format"}),
    ("dini_argeo", b"ST,1,   12.5kg,   3.0kg\r\n", {}, {"weight": "12.5", "tare": "3.0", "scale": 1}),
    ("dini_argeo", b"ST,1,   12.5kg,   3.0lb\r\n", {}, {"error": "bad_format"}),
    ("dini_argeo", b"US,NT,  -  12.5,kg\r\n", {}, {"weight": "-12.5"}),
    ("dini_argeo", b"01ERR02\r\n", {}, {"result": "bad_parameter", "addr": "01"}),
    ("kern_de", b"M     12.3450     \r\n", {}, {"weight": "12.3450", "unit": None, "stable": False}),
    ("kern_de", b"        12.345 kg \r\n", {}, {"weight": "12.345"}),
    ("kern_de", b"345 kg \r\n", {}, {"error": "bad_format"}),
    ("kern_de", b"           Error\r\n", {}, {"weight": None, "status": ["error"]}),
]


@pytest.mark.parametrize(("protocol", "wire", "config", "expected"), READ)
def test_the_manual_says_so(
    protocol: str, wire: bytes, config: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = decode(protocol, wire, config)
    assert {key: found.get(key, "missing") for key in expected} == expected


def test_a_recording_opened_in_mid_line_loses_only_its_tail() -> None:
    found = decode("ohaus", b".360 kg    G\r\n   0.360 kg    G\r\n   0.365 kg   ?G\r\n   0.3")
    assert [reading["weight"] for reading in found["readings"]] == ["0.360", "0.365"]
    found = decode("and_standard", b"S    20.7g  \r\nST,GS    20.7g  \r\nST,GS    20.8g  \r\nST,GS ")
    assert [reading["weight"] for reading in found["readings"]] == ["20.7", "20.8"]


#: protocol, settings, command, what goes over the wire
COMMANDS: list[tuple[str, dict[str, Any], dict[str, Any], bytes]] = [
    ("mt_sics", {}, {"command": "SI"}, b"SI\r\n"),
    ("mt_sics", {}, {"command": "TA", "text": "10.00 kg"}, b"TA 10.00 kg\r\n"),
    ("toledo_continuous", {}, {"command": "Z"}, b"Z"),
    ("toledo_8217", {}, {"command": "W"}, b"W"),
    ("toledo_8217", {}, {"command": "T", "text": "00500"}, b"T00500\r"),
    ("nci_ecr", {}, {"command": "W"}, b"W\r"),
    ("sma", {}, {"command": "W"}, b"\nW\r"),
    ("sma", {}, {"command": "T", "text": "1.500"}, b"\nT1.500\r"),
    ("sma", {}, {"command": "ESC"}, b"\x1b"),
    ("and_standard", {}, {"command": "Q"}, b"Q\r\n"),
    ("and_standard", {}, {"command": "PT", "text": "12.3"}, b"PT:12.3\r\n"),
    ("ohaus", {}, {"command": "IP"}, b"IP\r\n"),
    ("sartorius_sbi", {}, {"command": "P"}, b"\x1bP\r\n"),
    ("sartorius_sbi", {}, {"command": "x1_"}, b"\x1bx1_\r\n"),
    ("condec", {}, {"command": "KZERO"}, b"KZERO\r\n"),
    ("cas_pd2", {"type": 6}, {"command": "ENQ"}, b"\x05"),
    ("cas_pd2", {"type": 7}, {"command": "$"}, b"$"),
    ("dini_argeo", {}, {"command": "READ"}, b"READ\r\n"),
    ("dini_argeo", {}, {"command": "TMAN", "text": "0001500"}, b"TMAN0001500\r\n"),
    ("kern_de", {}, {"command": "w"}, b"w"),
]


@pytest.mark.parametrize(("protocol", "config", "fields", "wire"), COMMANDS)
def test_the_host_is_understood_and_spoken(
    protocol: str, config: dict[str, Any], fields: dict[str, Any], wire: bytes
) -> None:
    host = codec(protocol, config, direction="host_to_device")
    assert host.encode(Message(fields)) == wire
    (heard,) = [*host.feed(wire), *host.flush()]
    assert isinstance(heard, Message)
    assert dict(heard.fields) == fields


@pytest.mark.parametrize("protocol", [row[0] for row in COMMANDS])
def test_what_we_ask_is_a_command_the_device_side_understands(protocol: str) -> None:
    request = codec(protocol).poll()
    if request is not None:
        heard = codec(protocol, direction="host_to_device").feed(request)
        assert [type(result) for result in heard] == [Message]


#: protocol, what a simulated scale wants to say, what it sends
SPOKEN: list[tuple[str, dict[str, Any], Weight, bytes]] = [
    (
        "mt_sics",
        {},
        Weight(Decimal("-12.345"), "kg", True, None, -1),
        b"S S    -12.345 kg\r\n",
    ),
    (
        "toledo_continuous",
        {},
        Weight(Decimal(24560), "kg", True, "net", 1, extra={"tare": "8200"}),
        toledo(b"\x02*1  24560  8200\r"),
    ),
    (
        "toledo_continuous",
        {},
        Weight(Decimal(1234560), "kg", True, "gross", 1),
        toledo(b"\x02)0 123456     0\r"),
    ),
    (
        "toledo_continuous",
        {},
        Weight(None, "kg", True, "gross", None, frozenset({"overload"})),
        toledo(b"\x02*4            0\r"),
    ),
    ("toledo_8217", {}, Weight(Decimal("5.240"), "kg", True, "gross", 1), b"\x0205.240\r"),
    (
        "toledo_8217",
        {},
        Weight(None, None, False, None, None, frozenset({"motion"})),
        b"\x02?A\r",
    ),
    ("nci_ecr", {}, Weight(Decimal("5.250"), "kg", False, None, 1), b"\n05.250KG\r\nS10\r\x03"),
    ("sma", {}, Weight(Decimal("7.650"), "kg", False, "gross", 1), b"\n 1GM      7.650kg \r"),
    ("and_standard", {}, Weight(Decimal("12.34"), "kg", True, "net", 1), b"ST,NT,+0012.34kg\r\n"),
    ("condec", {}, Weight(Decimal(12340), "lb", False, "gross", 1), b"\x02   12340LGM\r\n"),
    (
        "cas_22",
        {},
        Weight(Decimal("13.5"), "kg", True, "gross", 1, extra={"device": 1}),
        b"ST,GS,1\xc4,    13.5 kg\r\n",
    ),
    ("cas_pd2", {}, Weight(Decimal("1.250"), "kg", True, None, 1), b"\x01\x02S  1.250kgw\x03\x04"),
    ("dini_argeo", {}, Weight(Decimal("1234.5"), "kg", True, "gross", 1), b"ST,GS,  1234.5,kg\r\n"),
    ("rinstrum_m4222", {}, Weight(Decimal(12340), None, True, "gross", 1), b"\x02   12340G\x03"),
]


@pytest.mark.parametrize(("protocol", "config", "weight", "wire"), SPOKEN)
def test_a_simulated_scale_says_it_as_the_manual_does(
    protocol: str, config: dict[str, Any], weight: Weight, wire: bytes
) -> None:
    assert codec(protocol, config).encode(weight) == wire


@pytest.mark.parametrize(
    ("protocol", "weight", "sentence"),
    [
        ("mt_sics", Weight(Decimal(1), None, True, None, 1), "unit"),
        ("mt_sics", Weight(Decimal("12345678.901"), "kg", True, None, 1), "does not fit"),
        ("toledo_continuous", Weight(Decimal("123456.7"), "kg", True, "gross", 1), "six digits"),
        ("toledo_8217", Weight(Decimal("-1.000"), "kg", True, "gross", -1), "minus"),
        ("and_standard", Weight(Decimal("123456.789"), "kg", True, "gross", 1), "8 characters"),
        ("condec", Weight(Decimal(1), "ct", True, "gross", 1), "no letter"),
        ("cas_22", Weight(Decimal(123456789), "kg", True, "gross", 1), "does not fit"),
    ],
)
def test_what_a_format_cannot_say_is_an_error(protocol: str, weight: Weight, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        codec(protocol).encode(weight)


def test_a_cas_scale_is_asked_in_two_steps() -> None:
    scale = codec("cas_pd2")
    assert scale.poll() == b"\x05"
    scale.feed(b"\x06")
    assert scale.poll() == b"\x11"
    scale.feed(b"\x01\x02S  1.250kgw\x03\x04")
    assert scale.poll() == b"\x05"


def test_a_seven_bit_device_on_an_eight_bit_port_is_counted() -> None:
    scale = codec("toledo_continuous")
    scale.feed(bytes.fromhex("82AA30A0A0B1B233B430A0A0A0A0A0308D8D"))
    assert getattr(scale, "masked", 0) == 14


@pytest.mark.parametrize(
    ("protocol", "config", "sentence"),
    [
        ("cas_pd2", {"type": 2}, "toledo_8217"),
        ("cas_pd2", {"type": 14}, "set the scale to type 6"),
        ("cas_22", {"variant": "other"}, "sign67"),
        ("toledo_8217", {"unit": "stone"}, "unit such as kg"),
        ("toledo_continuous", {"checksum": "yes"}, "one of"),
        ("dini_argeo", {"addr": "A1"}, "two digits"),
        ("and_standard", {"decimal_comma": 1}, "true or false"),
        ("mt_sics", {"speed": 9600}, "strip_bit7"),
    ],
)
def test_an_impossible_setting_names_the_fix(protocol: str, config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        codec(protocol, config)
