"""Cameras, passports, RFID, radiation portals, label printers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decode import decode
from devices.protocols import Message, Noise, Result, codec
from devices.protocols.checks import mrz_mod10
from devices.protocols.mrz import zone_lines
from devices.protocols.multipart import Part, compose, parts


def everything(name: str, wire: bytes, config: dict[str, Any] | None = None) -> list[Result]:
    reader = codec(name, config)
    return [*reader.feed(wire), *reader.flush()]


def fields(name: str, wire: bytes, config: dict[str, Any] | None = None) -> list[Any]:
    return [r.fields if isinstance(r, Message) else r for r in everything(name, wire, config)]


# --- Hikvision

EVENT = (
    '<{p}EventNotificationAlert xmlns{q}="http://www.std-cgi.com/ver10/XMLSchema">'
    "<{p}eventType>ANPR</{p}eventType><{p}ANPR><{p}{tag}>{plate}</{p}{tag}>"
    "<{p}confidenceLevel>87.5</{p}confidenceLevel></{p}ANPR></{p}EventNotificationAlert>"
)


@pytest.mark.parametrize("prefix", ["", "hik:"])
@pytest.mark.parametrize("tag", ["licensePlate", "plate", "plateNumber"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_hikvision_namespaces_and_older_names(prefix: str, tag: str, encoding: str) -> None:
    text = EVENT.format(p=prefix, q=":hik" if prefix else "", tag=tag, plate="01A777AA")
    found = decode("hikvision_anpr", text.encode(encoding))
    assert (found["plate"], found["confidence"]) == ("01A777AA", "87.5")


@pytest.mark.parametrize("plate", ["", "unknown", "Unknown", "UNKNOWN", "  "])
def test_hikvision_no_plate_is_none(plate: str) -> None:
    found = decode("hikvision_anpr", EVENT.format(p="", q="", tag="licensePlate", plate=plate).encode())
    assert found["plate"] is None


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd"><EventNotificationAlert></EventNotificationAlert>',
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b"<EventNotificationAlert><eventType>&a;</eventType></EventNotificationAlert>",
        b"<!DOCTYPE x [",
        b"<EventNotificationAlert>" + b"<a>" * 40 + b"</a>" * 40 + b"</EventNotificationAlert>",
        b"<EventNotificationAlert>" + b"<a/>" * 6000 + b"</EventNotificationAlert>",
    ],
)
def test_hikvision_dangerous_xml_is_refused(document: bytes) -> None:
    assert decode("hikvision_anpr", document)["error"] == "forbidden_xml"


def test_hikvision_undefined_entity_and_other_documents() -> None:
    assert (
        decode("hikvision_anpr", b"<EventNotificationAlert>&a;</EventNotificationAlert>")["error"]
        == "bad_format"
    )
    assert decode("hikvision_anpr", b"<ResponseStatus><a>1</a></ResponseStatus>")["error"] == "bad_format"


@given(st.lists(st.binary(max_size=60), max_size=4), st.integers(1, 200))
def test_hikvision_multipart_counts_pictures_by_content(bodies: list[bytes], step: int) -> None:
    document = EVENT.format(p="", q="", tag="licensePlate", plate="X1").encode()
    pictures = [
        Part(f"p{n}", "", "application/octet-stream", b"\xff\xd8\xff" + b) for n, b in enumerate(bodies)
    ]
    wire = compose([Part("xml_file", "", "application/xml", document), *pictures], b"MIME_boundary")
    reader = codec("hikvision_anpr")
    found = [r for at in range(0, len(wire), step) for r in reader.feed(wire[at : at + step])]
    (event,) = [*found, *reader.flush()]
    assert isinstance(event, Message)
    assert (event.fields["plate"], event.fields["images"]) == ("X1", len(bodies))
    assert [p.body for p in parts(wire, b"MIME_boundary")][1:] == [p.body for p in pictures]


def test_hikvision_glued_bodies_and_a_cut_one_before_a_whole_one() -> None:
    one = EVENT.format(p="", q="", tag="licensePlate", plate="A1").encode()
    two = b'<?xml version="1.0" encoding="UTF-8"?>\r\n' + one.replace(b"A1", b"B2")
    assert [f["plate"] for f in fields("hikvision_anpr", one + b"\r\n" + two)] == ["A1", "B2"]
    cut, whole = fields("hikvision_anpr", one[:90] + two)
    assert isinstance(cut, Noise)
    assert whole["plate"] == "B2"


def test_hikvision_a_body_without_end_is_bounded() -> None:
    reader = codec("hikvision_anpr", {"max": 4096})
    found: list[Result] = []
    for _ in range(40):
        found += reader.feed(b"--b\r\n" + b"x" * 1000)
        assert reader.pending <= 4096 + 256  # type: ignore[attr-defined]
    assert next(r.error for r in found if isinstance(r, Noise)) == "overlong"


# --- Dahua


def test_dahua_push_stream_and_cgi() -> None:
    push = {"Picture": {"Plate": {"PlateNumber": 'A{1"', "Confidence": 88.5}, "SnapInfo": {"LanNo": 2}}}
    assert fields("dahua_anpr", json.dumps(push).encode()) == [
        {"event": "TollgateInfo", "plate": 'A{1"', "confidence": "88.5", "lane": "2"}
    ]
    rpc = {
        "method": "client.notifyEventStream",
        "params": {
            "eventList": [
                {
                    "Code": "TrafficJunction",
                    "Action": "Pulse",
                    "Data": {
                        "TrafficCar": {"PlateNumber": ""},
                        "Object": {"Text": "B2"},
                        "UTC": 5,
                        "RealUTC": 6,
                    },
                },
                {"Code": "VideoMotion", "Action": "Start", "Data": {}},
            ]
        },
    }
    first, second = fields("dahua_anpr", json.dumps(rpc).encode())
    assert (first["plate"], first["real_utc"], first["camera_clock"]) == ("B2", "6", "5")
    assert (second["event"], second["plate"]) == ("VideoMotion", None)
    cgi = (
        b"--myboundary\r\nContent-Type: text/plain\r\nContent-Length:9\r\n\r\nHeartbeat\r\n\r\n--myboundary\r\n"
        b"Content-Type: text/plain\r\nContent-Length:99\r\n\r\n"
        b'Code=TrafficJunction;action=Pulse;index=0;data={"TrafficCar":{"PlateNumber":"C3"}}\r\n\r\n'
    )
    assert fields("dahua_anpr", cgi) == [{"event": "TrafficJunction", "plate": "C3", "action": "Pulse"}]


def test_dahua_a_plate_that_does_not_exist_is_none() -> None:
    wire = b'{"Picture":{"Plate":{"IsExist":false,"PlateNumber":"01A"}}}'
    assert fields("dahua_anpr", wire)[0]["plate"] is None


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (b'{"a":' * 40 + b"1" + b"}" * 40, "bad_format"),
        (b'{"Picture":{"Plate":{"PlateNumber":"\xc3\xf0"}}}', "bad_encoding"),
        (b'{"Picture":NaN}', "bad_format"),
        (b'{"a":1}', "bad_format"),
        (b"hello", "noise"),
    ],
)
def test_dahua_refuses(wire: bytes, error: str) -> None:
    assert decode("dahua_anpr", wire)["error"] == error


# --- passports

LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12)
ALNUM = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=5, max_size=9)
DATES = st.sampled_from(["740812", "<<<<<<", "70<<<<", "7011<<", "991231"])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    kind, doc = draw(
        st.sampled_from([("TD3", "P"), ("TD2", "I"), ("TD1", "I"), ("MRV-A", "V"), ("MRV-B", "V")])
    )
    return {
        "format": kind,
        "doc_type": doc,
        "issuer": draw(st.sampled_from(["UZB", "AFG", "D", "UTO"])),
        "surname": draw(LETTERS),
        "given": draw(st.one_of(st.just(""), LETTERS)),
        "number": draw(ALNUM),
        "nationality": draw(st.sampled_from(["UZB", "AFG", "TJK"])),
        "birth": draw(DATES),
        "sex": draw(st.sampled_from("MF<X")),
        "expiry": "310515",
    }


@given(documents(), st.sampled_from(["stx", "cr", "crlf", "joined"]), st.integers(1, 50))
def test_mrz_every_format_and_framing_comes_back(document: dict[str, Any], framing: str, step: int) -> None:
    reader = codec("mrz")
    lines = [line.encode() for line in zone_lines(document)]
    wire = {
        "stx": reader.encode(Message(document)),
        "cr": b"\r".join(lines),
        "crlf": b"".join(line + b"\r\n" for line in lines),
        "joined": b"".join(lines) + b"\r",
    }[framing]
    found = [r for at in range(0, len(wire), step) for r in reader.feed(wire[at : at + step])]
    (message,) = [*found, *reader.flush()]
    assert isinstance(message, Message)
    assert message.fields == document


@given(documents(), st.data())
def test_mrz_a_misread_character_under_a_check_digit_is_refused(
    document: dict[str, Any], data: st.DataObject
) -> None:
    lines = zone_lines(document)
    row = 0 if document["format"] == "TD1" else 1
    places = list(range(5, 15)) if row == 0 else list(range(10)) + list(range(13, 20)) + list(range(21, 28))
    place = data.draw(st.sampled_from(places))
    old = lines[row][place]
    new = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<").filter(lambda c: c != old))
    if mrz_mod10(old) == mrz_mod10(new):
        return  # weights 7 3 1 cannot see a difference of ten
    lines[row] = lines[row][:place] + new + lines[row][place + 1 :]
    found = everything("mrz", "".join(line + "\r" for line in lines).encode())
    assert not any(isinstance(r, Message) for r in found)


def test_mrz_long_document_number_of_a_card() -> None:
    number = "D23145890734"
    head = "I<UTO" + number[:9] + "<" + number[9:] + str(mrz_mod10(number))
    first = head.ljust(30, "<")
    second = "7408122F1204159UTO" + "<" * 11
    composite = mrz_mod10(first[5:] + second[:7] + second[8:15] + second[18:29])
    wire = f"{first}\r{second}{composite}\rERIKSSON<<ANNA<MARIA<<<<<<<<<<\r".encode()
    found = decode("mrz", wire)
    assert (found["number"], found["given"]) == (number, "ANNA MARIA")


def test_mrz_after_a_cut_document_the_next_one_is_read() -> None:
    lines = [
        line.encode() + b"\r"
        for line in zone_lines(
            {
                "format": "TD3",
                "doc_type": "P",
                "issuer": "UZB",
                "surname": "K",
                "given": "N",
                "number": "FA0123456",
                "nationality": "UZB",
                "birth": "880229",
                "sex": "F",
                "expiry": "310515",
            }
        )
    ]
    whole = b"".join(lines)
    for wire in (lines[0] + whole, lines[1] + whole, b"\x02" + lines[0] + b"\x02" + whole + b"\x03"):
        found = everything("mrz", wire)
        assert [type(r) for r in found] == [Noise, Message]


def test_mrz_3m_reader_framing_and_ocr_identifier() -> None:
    first, second = zone_lines(
        {
            "format": "TD3",
            "doc_type": "P",
            "issuer": "UTO",
            "surname": "A",
            "given": "B",
            "number": "L898902C3",
            "nationality": "UTO",
            "birth": "740812",
            "sex": "F",
            "expiry": "120415",
        }
    )
    rte = b"\x01\x5eOU\x02" + b"0" + first.encode() + b"\r" + second.encode() + b"__\r\x03\x5a"
    assert decode("mrz", rte)["number"] == "L898902C3"
    assert decode("mrz", f"]o1{first}\r{second}\r".encode())["number"] == "L898902C3"


@pytest.mark.parametrize("mark", "?_*")
def test_mrz_unreadable_characters_are_refused(mark: str) -> None:
    wire = f"P<UTOERIKSSON<<AN{mark}A".ljust(44, "<") + "\rL898902C36UTO7408122F1204159ZE184226B<<<<<10\r"
    assert decode("mrz", wire.encode())["error"] == "bad_format"


# --- RFID


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "epc": st.one_of(st.binary(min_size=12, max_size=12), st.binary(min_size=2, max_size=31)).map(
                    lambda b: b.hex().upper()
                )
            },
            optional={
                "antenna": st.integers(1, 65535),
                "rssi": st.integers(-128, 127),
                "last_seen_us": st.integers(0, 2**63),
                "seen": st.integers(0, 65535),
            },
        ),
        max_size=5,
    ),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2]),
)
def test_llrp_reports_round_trip_and_lengths_add_up(
    tags: list[dict[str, Any]], number: int, version: int
) -> None:
    both = codec("llrp")
    said = {"message": "RO_ACCESS_REPORT", "id": number, "version": version, "tags": tags}
    wire = both.encode(Message(said))
    assert int.from_bytes(wire[2:6], "big") == len(wire)
    (found,) = both.feed(wire)
    assert isinstance(found, Message)
    assert found.fields == said


def test_llrp_events_answers_and_keepalive() -> None:
    reader = codec("llrp")
    hello = {
        "message": "READER_EVENT_NOTIFICATION",
        "id": 1,
        "version": 1,
        "events": ["connection_attempt"],
        "time_us": 5,
        "connection": "ok",
    }
    (found,) = reader.feed(reader.encode(Message(hello)))
    assert isinstance(found, Message)
    assert found.fields == hello
    status = {"message": "ADD_ROSPEC_RESPONSE", "id": 2, "version": 1, "status_code": 100, "text": "bad"}
    (found,) = reader.feed(reader.encode(Message(status)))
    assert isinstance(found, Message)
    assert found.fields == status
    reader.feed(bytes.fromhex("04 3E 00 00 00 0A 00 00 00 09"))
    assert reader.replies() == bytes.fromhex("04 48 00 00 00 0A 00 00 00 09")  # type: ignore[attr-defined]


def test_llrp_parameters_that_do_not_fit_are_refused() -> None:
    for body in ("00 F0 00 FF 8D", "00 F0 00 05 FF", "00 F0 00 04", "00 F0 00 09 81 00 01 00 00"):
        data = bytes.fromhex(body)
        wire = b"\x04\x3d" + (10 + len(data)).to_bytes(4, "big") + b"\0\0\0\1" + data
        assert decode("llrp", wire)["error"] == "bad_format", body


# --- radiation portal and printer


@pytest.mark.parametrize(
    ("line", "expect"),
    [
        ("GB,000188,000206,000262,000243,12.345", {"time": "12.345", "counts": [188, 206, 262, 243]}),
        ("NH,000900,000206,000262,000243", {"kind": "neutron", "fault": True, "alarm": False}),
        ("GL,000000,000000,000000,000000", {"kind": "gamma", "fault": True}),
        ("TC", {"kind": "tamper", "alarm": False}),
        ("SP,0.2050,005.2,000000", {"kind": "speed"}),
        ("SG1,6.5,300,5.0,4", {"kind": "setting"}),
        ("GX,0042,002000,000000,000000", {"occupancy": 42, "neutron_background": "2.000"}),
        ("GB,1,2,3", {"error": "bad_format"}),
        ("GA,1,2,3,4,5,6", {"error": "bad_format"}),
        ("GA,1,2,3,-4", {"error": "bad_format"}),
        ("GX", {"error": "bad_format"}),
        ("gb,1,2,3,4", {"error": "bad_format"}),
    ],
)
def test_rpm_records(line: str, expect: dict[str, Any]) -> None:
    found = decode("rpm_vm250", line.encode() + b"\r\n")
    assert {key: found.get(key) for key in expect} == expect


@given(
    st.sampled_from(["GB", "GS", "GA", "NB", "NS", "NA", "GH", "GL", "NH"]),
    st.lists(st.integers(0, 999999), min_size=4, max_size=4),
)
def test_rpm_alarm_is_never_lost_on_the_way(record: str, counts: list[int]) -> None:
    both = codec("rpm_vm250")
    (found,) = both.feed(both.encode(Message({"record": record, "counts": counts})))
    assert isinstance(found, Message)
    assert found.fields["counts"] == counts
    assert found.fields["alarm"] == (record in ("GA", "NA"))
    assert found.fields["fault"] == (record in ("GH", "GL", "NH"))


WORDS = [
    "paper_out",
    "paused",
    "head_open",
    "ribbon_out",
    "buffer_full",
    "over_temperature",
    "under_temperature",
    "corrupt_ram",
    "diagnostics",
    "partial_format",
]


@given(st.sets(st.sampled_from(WORDS)), st.integers(0, 999), st.integers(0, 99999999))
def test_zpl_every_fault_makes_the_printer_not_ready(words: set[str], formats: int, labels: int) -> None:
    both = codec("zpl_hs")
    said = {"status": sorted(words), "formats_in_buffer": formats, "labels_remaining": labels}
    (found,) = both.feed(both.encode(Message(said)))
    assert isinstance(found, Message)
    assert {key: found.fields[key] for key in said} == said
    assert found.fields["ready"] == (not words)


def test_zpl_strings_out_of_order_are_no_status() -> None:
    wire = codec("zpl_hs").encode(Message({"status": []}))
    first, second, third, _ = wire.split(b"\r\n")
    for lines in ([second, third], [first, third, second], [first, first, second, third][:3]):
        found = everything("zpl_hs", b"\r\n".join(lines))
        assert not any(isinstance(r, Message) for r in found)
    assert fields("zpl_hs", b"\r\n".join([first, first, second, third, b""]))[-1]["ready"] is True


def test_zpl_printer_hears_formats_and_questions() -> None:
    printer = codec("zpl_hs", direction="host_to_device")
    found = printer.feed("^XA^CI28^FDГруз^FS^XZ~HS\r\n".encode())
    assert [r.fields["command"] for r in found if isinstance(r, Message)] == ["print", "~HS"]
    assert printer.poll() == b"~HS"
