"""Barcode readers that talk in packets or over the network: SSI, Honeywell, Newland, Keyence, Cognex, SICK."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decode import decode
from devices.protocols import Label, Message, Noise, Result, codec
from devices.protocols.checks import sum16
from devices.protocols.ssi import Ssi
from devices.protocols.ssi_codes import OPCODES

TEXT = st.text(st.characters(codec="ascii", categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=700)


def everything(name: str, wire: bytes, config: dict[str, Any] | None = None, **more: Any) -> list[Result]:
    reader = codec(name, config, **more)
    return [*reader.feed(wire), *reader.flush()]


def packet(opcode: int, data: bytes = b"", *, source: int = 0, status: int = 0) -> bytes:
    body = bytes((4 + len(data), opcode, source, status)) + data
    return body + sum16(body).to_bytes(2, "big")


@given(TEXT, st.integers(1, 60))
def test_ssi_codes_of_any_length_come_back_whole(text: str, step: int) -> None:
    both = Ssi()
    wire = both.encode(Label(text, None, "PDF417"))
    found = [r for at in range(0, len(wire), step) for r in both.feed(wire[at : at + step])]
    (label,) = [*found, *both.flush()]
    assert isinstance(label, Label)
    assert (label.text, label.symbology) == (text, "PDF417")
    assert label.raw == wire


@given(st.sampled_from(sorted(OPCODES)), st.binary(max_size=40), st.integers(0, 255))
def test_ssi_packets_sum_to_zero(opcode: int, data: bytes, status: int) -> None:
    fields = {"command": OPCODES[opcode], "source": "host", "status_byte": status}
    if data:
        fields["data"] = data.hex().upper()
    wire = Ssi(direction="host_to_device").encode(Message(fields))
    assert (sum(wire[:-2]) + int.from_bytes(wire[-2:], "big")) & 0xFFFF == 0


@given(st.integers(0, 19), st.integers(1, 255))
def test_ssi_a_garbled_code_is_never_believed(place: int, flip: int) -> None:
    wire = bytearray(packet(0xF3, b"\x0b4006381333931"))
    wire[place] ^= flip
    for result in everything("ssi", bytes(wire)):
        assert not isinstance(result, Label)


def test_ssi_host_answers_what_the_decoder_waits_for() -> None:
    reader = Ssi()
    reader.feed(packet(0xF3, b"\x0bA") + packet(0xF6, b"\x20") + packet(0xD0))
    assert reader.replies() == packet(0xD0, source=4) * 2
    assert reader.replies() == b""
    reader.feed(packet(0xF3, b"\x0bA")[:-1] + b"\x00")
    assert reader.replies() == packet(0xD1, b"\x01", source=4)


def test_ssi_a_repeated_packet_is_acknowledged_but_not_a_second_scan() -> None:
    reader = Ssi()
    once = reader.feed(packet(0xF3, b"\x0bA"))
    again = reader.feed(packet(0xF3, b"\x0bA", status=1))
    assert (len(once), again) == (1, [])
    assert reader.replies() == packet(0xD0, source=4) * 2
    assert len(reader.feed(packet(0xF3, b"\x0bA"))) == 1, "the same code scanned again is a new scan"


def segments(text: bytes) -> list[bytes]:
    wire = Ssi().encode(Label(text.decode(), None, "QR Code"))
    pieces = []
    while wire:
        pieces.append(wire[: wire[0] + 2])
        wire = wire[wire[0] + 2 :]
    return pieces


def test_ssi_segments_missing_out_of_turn_repeated() -> None:
    first, second, third = segments(b"1234567890" * 60)
    assert isinstance(everything("ssi", first + first + second + third)[-1], Label)
    assert isinstance(everything("ssi", first + second + second + third)[-1], Label)
    for wire in (first + third, second + third, first + packet(0xF6, b"\x01") + second):
        found = everything("ssi", wire)
        assert not any(isinstance(r, Label) for r in found)
        assert "bad_sequence" in {r.error for r in found if isinstance(r, Noise)}
    (half,) = everything("ssi", first + second)
    assert isinstance(half, Noise)
    assert half.error == "truncated"


def test_ssi_segments_are_acknowledged_one_by_one() -> None:
    reader = Ssi()
    pieces = segments(b"1234567890" * 60)
    said = []
    for piece in pieces:
        reader.feed(piece)
        said.append(reader.replies())
    assert said == [packet(0x74, source=4), packet(0x74, source=4), packet(0xD0, source=4)]


def test_ssi_identifier_tells_gs1_codes_apart() -> None:
    found = decode("ssi", packet(0xF3, b"\x1b]d20109521234543213"))
    assert (found["aim"], found["barcode"], found["symbology"]) == ("]d2", "0109521234543213", "Data Matrix")
    assert decode("ssi", packet(0xF3, b"\x03]d2X"))["barcode"] == "]d2X"


def test_ssi_unknown_code_type_loses_no_scan() -> None:
    found = decode("ssi", packet(0xF3, b"\xeeABC"))
    assert (found["barcode"], found["code_type"]) == ("ABC", 0xEE)


def test_honeywell_answers_with_several_items_and_text_with_stops() -> None:
    wire = b"REVINFSoftware 1.2. Rev: $a.b$\x06.CBRENA1\x06,SSX0\x05;232BAD9\x15!"
    first, second = everything("honeywell_menu", wire)
    assert isinstance(first, Message)
    assert first.fields["items"] == [{"tag": "REVINFSoftware 1.2. Rev: $a.b$", "result": "ok"}]
    assert isinstance(second, Message)
    assert [item["result"] for item in second.fields["items"]] == ["ok", "invalid_tag", "bad_data"]


def test_honeywell_does_not_start_in_the_middle_of_a_damaged_answer() -> None:
    found = everything("honeywell_menu", b"CBR\x01ENA123\x06.")
    assert not any(isinstance(r, Message) and "CBR" in str(r.fields) for r in found)
    found = everything("honeywell_menu", b"xyzCBRE\x02NA1\x06.")
    assert not any(isinstance(r, Message) for r in found)


def test_honeywell_commands_both_ways() -> None:
    host = codec("honeywell_menu", direction="host_to_device")
    for fields in (
        {"command": "menu", "text": "PREBK2995C81!"},
        {"command": "trigger_on"},
        {"command": "trigger_off"},
    ):
        (found,) = host.feed(host.encode(Message(fields)))
        assert isinstance(found, Message)
        assert found.fields == fields
    with pytest.raises(ValueError, match="tag"):
        host.encode(Message({"command": "menu", "text": "X"}))


@given(
    st.text(st.characters(codec="ascii", categories=["Lu", "Nd"]), min_size=1, max_size=300), st.booleans()
)
def test_honeywell_packets_trust_the_decimal_length(text: str, filled: bool) -> None:
    both = codec("honeywell_packet")
    wire = both.encode(Label(text, "]C0", "Code 128"))
    if not filled:
        wire = wire[:2] + b"\x00\x00\x00\x00" + wire[6:]
    (found,) = both.feed(wire)
    assert isinstance(found, Label)
    assert (found.text, found.aim) == (text, "]C0")


def test_honeywell_packet_data_may_hold_gs_and_cr() -> None:
    both = codec("honeywell_packet")
    (found,) = both.feed(both.encode(Label("10A\x1d21\rB", "]d2", "Data Matrix")))
    assert isinstance(found, Label)
    assert found.text == "10A\x1d21\rB"


def test_newland_several_commands_in_one_frame() -> None:
    found = decode("newland_cmd", b"\x02\x010000@SCNMOD0\x06;ILLSCN9\x15;\x03")
    assert (found["command"], found["result"]) == ("SCNMOD0;ILLSCN9", "bad_data")
    assert found["items"][0] == {"tag": "SCNMOD0", "result": "ok"}
    host = decode("newland_cmd", b"~\x010000#QRYSYS*;\x03", {"request": True})
    assert host == {"command": "QRYSYS*", "storage": "temporary"}
    assert decode("newland_cmd", b"\x02\x010000@SCNMOD0;\x03")["error"] == "bad_format"
    assert decode("newland_cmd", b"\x02\x010000@SCNMOD0\x06\x03")["error"] == "bad_format"


def test_keyence_frames_in_stx_etx_and_cr() -> None:
    found = everything("keyence_tcp", b"\x02OK,LON\x03\x024006381333931\x03ERROR\r\nNG\rERR91\rOK\r")
    shown = [r.text if isinstance(r, Label) else r.fields for r in found if not isinstance(r, Noise)]
    no_read = {"barcode": None, "status": ["no_read"]}
    assert shown == [
        {"command": "LON", "result": "ok"},
        "4006381333931",
        no_read,
        no_read,
        {"command": None, "result": "error", "error_code": "91"},
        {"command": None, "result": "ok"},
    ]
    assert len(found) == len(shown)


def test_keyence_text_in_cyrillic_keeps_its_first_letter_and_esc_clears() -> None:
    assert decode("keyence_tcp", "Груз 5\r".encode())["barcode"] == "Груз 5"
    assert decode("keyence_tcp", b"LO\x1bLOFF\r", {"request": True}) == {"command": "LOFF"}
    assert decode("keyence_tcp", b"BLOAD,3\r", {"request": True}) == {"command": "BLOAD", "args": ["3"]}


def test_keyence_an_error_is_a_code_only_when_identifiers_say_so() -> None:
    found = decode("keyence_tcp", b"]C0ERROR\r", {"aim": True})
    assert (found["barcode"], found["aim"]) == ("ERROR", "]C0")
    assert decode("keyence_tcp", b"400\x0138133\r")["error"] == "bad_format"


@pytest.mark.parametrize(
    ("wire", "expect"),
    [
        (b"||[0]ON\r\n", {"id": None, "status_code": 0, "result": "ok", "text": "ON"}),
        (b"||0:7[105]\r\n", {"id": "7", "result": "offline"}),
        (b"||0:7[199]\r\n", {"id": "7", "result": "error"}),
        (b"||1:7[0]ONx\r\n", {"text": "ON"}),
        (b"||0:0[1]NDAwNjM4MTMzMzkzMQ==\r\n", {"result": "read_string", "barcode": "4006381333931"}),
        (b"4006381333931\r\n", {"barcode": "4006381333931"}),
        (b"||0:2[x]\r\n", {"error": "bad_format"}),
        (b"40063", {"error": "truncated"}),
        (b"||0:1[0]DM2", {"error": "truncated"}),
    ],
)
def test_cognex_answers_and_results_on_one_socket(wire: bytes, expect: dict[str, Any]) -> None:
    found = decode("cognex_dmcc", wire)
    assert {key: found.get(key) for key in expect} == expect


@given(
    st.sampled_from(["sRN", "sWN", "sMN", "sEN", "sRA", "sWA", "sAN", "sEA", "sSN", "sFA"]),
    st.text(st.characters(codec="ascii", categories=["Lu", "Nd"]), max_size=40),
)
def test_sick_telegrams_round_trip_in_both_codings(command: str, text: str) -> None:
    for name in ("sick_cola_a", "sick_cola_b"):
        both = codec(name)
        (found,) = both.feed(both.encode(Message({"command": command, "text": text})))
        assert isinstance(found, Message)
        assert found.fields == {"command": command, "text": text}


@given(st.integers(0, 27), st.integers(1, 255))
def test_sick_binary_garbled_telegrams_are_refused(place: int, flip: int) -> None:
    wire = bytearray(codec("sick_cola_b").encode(Message({"command": "sRA", "text": "SCdevicestate 1"})))
    wire[place] ^= flip
    assert not any(isinstance(r, Message) for r in everything("sick_cola_b", bytes(wire)))


def test_sick_result_port_and_command_port() -> None:
    wire = b"\x02]C100106141412345678908\x03\r\x02sRA SCdevicestate 1\x03"
    label, answer = everything("sick_cola_a", wire, {"data": True, "aim": True})
    assert isinstance(label, Label)
    assert (label.text, label.aim) == ("00106141412345678908", "]C1")
    assert isinstance(answer, Message)
    assert decode("sick_cola_a", b"\x024006381333931\x03")["error"] == "bad_format"
    assert decode("sick_cola_b", b"\x02\x02\x02\x02\x7f\x00\x00\x00")["error"] == "overlong"
