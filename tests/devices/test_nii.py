"""Results of X-ray systems: two forms, one record; anything doubtful is refused and clears nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.config import load_devices
from devices.errors import ConfigProblem
from devices.nii import InspectionResult, ResultRefused, outline, read_result
from devices.readings import EventReading, Trouble, from_dict, to_dict
from tests.support.gateways import Scanner
from tests.support.wires import Heard, fleet, run, until

PICTURE = b"UFF\x02 pictures 3f2504e0-4f89-11d3-9a0c-0305e82c3301" + bytes(1000)
SHA = hashlib.sha256(PICTURE).hexdigest()
RESULT: dict[str, Any] = {
    "scan_id": "XR-2026-000431",
    "system": "gantry-1",
    "container": "MSKU 123456-5",
    "plate": "75 412 CBA",
    "verdict": "clear",
    "operator": "op-7",
    "started_at": "2026-11-16T12:12:00+05:00",
    "finished_at": "2026-11-16T07:15:30Z",
    "images": [{"name": "XR-431.uff", "sha256": SHA.upper()}],
}
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<result xmlns="urn:x"><scan_id>XR-2026-000431</scan_id><system>gantry-1</system><container>MSKU1234565</container>
<plate>75 412 CBA</plate><verdict>clear</verdict><operator>op-7</operator>
<started_at>2026-11-16T07:12:00Z</started_at><finished_at>2026-11-16T07:15:30Z</finished_at>
<images><image><name>XR-431.uff</name><sha256>{SHA}</sha256></image></images></result>"""


def told(**changed: Any) -> bytes:
    return json.dumps({key: value for key, value in (RESULT | changed).items() if value is not ...}).encode()


def test_json_and_xml_say_the_same() -> None:
    one, other = read_result(told()), read_result(XML.encode())
    assert one.started_at == other.started_at == datetime(2026, 11, 16, 7, 12, tzinfo=UTC)
    assert one.fields() | {"sha256": ""} == other.fields() | {"sha256": ""}
    assert (one.container, one.images[0].sha256, one.cleared) == ("MSKU1234565", SHA, True)
    assert one.nonce == other.nonce
    assert one.nonce != read_result(told(scan_id="XR-2")).nonce


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"verdict": "Clear"}, "verdict"),
        ({"verdict": "cleared"}, "verdict"),
        ({"verdict": ...}, "verdict"),
        ({"verdict": True}, "verdict"),
        ({"scan_id": ""}, "scan_id"),
        ({"operator": ...}, "operator"),
        ({"started_at": "2026-11-16T12:12:00"}, "zone"),
        ({"started_at": "2026-11-17T12:12:00Z"}, "before"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "calendar|before"),
        ({"plate": ..., "container": ...}, "what was scanned"),
        ({"images": "x"}, "images"),
        ({"images": [{"name": "x", "sha256": "12"}]}, "sha256"),
        ({"verdict ": "clear"}, "known name"),
        ({"plate": "a\x00b"}, "plate"),
    ],
)
def test_a_doubtful_record_is_refused_with_the_field(changed: dict[str, Any], word: str) -> None:
    with pytest.raises(ResultRefused, match=word):
        read_result(told(**changed))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"clear",
        b'{"verdict": "suspicious", "verdict": "clear"}',
        b"[" * 100_000,
        b'{"a":' + b"[" * 100_000,
        b"{" + b" " * (1 << 20),
        b"<result><verdict>clear</verdict><verdict>clear</verdict></result>",
        b'<!DOCTYPE r [<!ENTITY x "clear">]><result><verdict>&x;</verdict></result>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><result/>',
        b"<result>",
        b'<?xml version="1.0" encoding="klingon"?><r/>',
        b"<a>" * 20_000,
    ],
)
def test_hostile_files_are_refused(data: bytes) -> None:
    with pytest.raises(ResultRefused):
        read_result(data)


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"<r>"]))
def test_nothing_breaks_it(data: bytes, start: bytes) -> None:
    with suppress(ResultRefused):
        assert isinstance(read_result(start + data), InspectionResult)


def test_a_scan_file_is_known_by_its_outline() -> None:
    known = outline("XR-431.bin", PICTURE)
    assert (known.kind, known.size, known.sha256) == ("uff", len(PICTURE), SHA)
    assert known.uuid == "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    assert outline("a.dcs", bytes(128) + b"DICM").kind == "dicom"
    assert outline("a.uff", b"PK\x03\x04").kind == "zip"
    assert (outline("a", b"").kind, outline("a", b"<uff/>").uuid) == ("other", None)


def test_a_folder_gives_each_whole_result_once_and_tells_of_the_others(tmp_path: Path) -> None:
    async def story() -> None:
        heard = Heard()
        (tmp_path / "XR-431.uff").write_bytes(PICTURE)
        (tmp_path / "one.json").write_bytes(told())
        table = {
            "id": "xray",
            "kind": "inspection",
            "url": str(tmp_path),
            "point": "gate-1",
            "interval_s": 0.05,
        }
        async with fleet([table], heard) as working:
            first = (await until(lambda: heard.of(EventReading)))[0]
            assert (first.kind, first.fields["verdict"], first.fields["images_found"]) == (
                "inspection",
                "clear",
                [SHA],
            )
            assert from_dict(json.loads(json.dumps(to_dict(first)))) == first
            whole = told(scan_id="XR-2", images=[{"name": "../XR-431.uff", "sha256": SHA}])
            with (tmp_path / "two.json").open("wb") as file:
                file.write(whole[:40])
                file.flush()
                file.write(whole[40:])
            (tmp_path / "three.xml").write_bytes(b"<result><verdict>clear</verdict></result>")
            await until(lambda: len(heard.of(EventReading)) == 2)
            trouble = (await until(lambda: heard.of(Trouble)))[0]
            assert "three.xml" in trouble.sentence
            assert "nothing is cleared" in trouble.sentence
            assert [r.fields["images_found"] for r in heard.of(EventReading)] == [[SHA], []]
            shutil.rmtree(tmp_path)
            await until(lambda: working.health_of("xray").state == "no_link")
            os.mkdir(tmp_path)
            (tmp_path / "four.json").write_bytes(told(scan_id="XR-4"))
            await until(lambda: len(heard.of(EventReading)) == 3)
            assert working.health_of("xray").ok

    run(story())


SEAL = {"id": "seals", "kind": "seal", "point": "gate-1", "states": {"ZU": "sealed"}}


def test_a_seal_reader_tells_seal_state_and_battery() -> None:
    async def story() -> None:
        async with Scanner() as reader:
            heard = Heard()
            async with fleet([{**SEAL, "url": reader.url}], heard) as working:
                await reader.connected.wait()
                assert reader._writer is not None
                reader._writer.write(
                    b"UZ0550101,Opened,87\rUZ0550102;ZU\rUZ0550103,odd\rhello you there\rUZ0550104\r"
                )
                await until(lambda: len(heard.of(EventReading)) == 4)
                seen = [r.fields for r in heard.of(EventReading)]
                assert seen[0] == {
                    "seal": "UZ0550101",
                    "state": "opened",
                    "state_word": "Opened",
                    "battery": "87",
                }
                assert (seen[1]["state"], seen[2]["state"]) == ("sealed", "unknown")
                assert seen[3] == {"seal": "UZ0550104"}
                assert {r.kind for r in heard.of(EventReading)} == {"seal"}
                assert working.health_of("seals").counters.bad_format == 1

    run(story())
    with pytest.raises(ConfigProblem, match="seal"):
        load_devices([{**SEAL, "url": "COM3", "line": "(?P<tag>[0-9]+)"}])
    with pytest.raises(ConfigProblem, match="folder"):
        load_devices([{"id": "x", "kind": "inspection", "url": "COM3", "point": "p"}])
