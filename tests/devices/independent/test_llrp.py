"""LLRP by other hands: sllurp decodes our bytes, llrpkit's client drives our reader, our fleet hears its emulator."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llrpkit.client import LLRPClient, check_status
from llrpkit.emulator import EmulatedTag, LLRPEmulator
from llrpkit.inventory import build_rospec
from llrpkit.protocol import messages, params
from llrpkit.protocol.codec import decode_message
from sllurp.llrp import LLRPMessage

from devices.protocols import codec
from devices.protocols.results import Message
from devices.readings import EventReading
from tests.support.wires import Heard, fleet, run, until, within, world

EPC = "3034257BF7194E4000001A85"
tags = st.fixed_dictionaries(
    {
        "epc": st.binary(min_size=12, max_size=12).map(lambda data: data.hex().upper()),
        "antenna": st.integers(1, 0xFFFF),
        "rssi": st.integers(-128, 127),
        "last_seen_us": st.integers(0, 2**63 - 1),
        "seen": st.integers(1, 0xFFFF),
    }
)


@settings(deadline=None)
@given(st.lists(tags, min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_both_libraries_read_the_tags_we_write(found: list[dict[str, Any]], number: int) -> None:
    report = Message({"message": "RO_ACCESS_REPORT", "id": number, "version": 1, "tags": found})
    wire = codec("llrp").encode(report)
    theirs = LLRPMessage(msgbytes=wire).msgdict["RO_ACCESS_REPORT"]
    assert theirs["ID"] == number
    for ours, other in zip(found, theirs["TagReportData"], strict=True):
        assert other["EPC-96"].decode().upper() == ours["epc"]
        assert (other["AntennaID"], other["PeakRSSI"]) == (ours["antenna"], ours["rssi"])
        assert other["LastSeenTimestampUTC"] == ours["last_seen_us"]
        assert other["TagSeenCount"] == ours["seen"]
    kit = decode_message(wire)
    assert isinstance(kit, messages.RO_ACCESS_REPORT)
    assert [data.epc_parameter.epc.hex().upper() for data in kit.tag_report_datas] == [
        tag["epc"] for tag in found
    ]
    assert kit.to_bytes(message_id=number) == wire


@pytest.mark.parametrize(
    "fields",
    [
        {"message": "KEEPALIVE"},
        {"message": "ADD_ROSPEC_RESPONSE", "status_code": 0, "text": ""},
        {"message": "ERROR_MESSAGE", "status_code": 101, "text": "no such field"},
        {
            "message": "READER_EVENT_NOTIFICATION",
            "events": ["connection_attempt"],
            "connection": "ok",
            "time_us": 1779365406000000,
        },
    ],
)
def test_both_libraries_know_our_messages_by_name(fields: dict[str, Any]) -> None:
    wire = codec("llrp").encode(Message({"id": 7, "version": 1, **fields}))
    assert list(LLRPMessage(msgbytes=wire).msgdict) == [fields["message"]]
    assert type(decode_message(wire)).__name__ == fields["message"]


@settings(deadline=None)
@given(st.binary(min_size=12, max_size=12), st.integers(1, 0xFFFF), st.integers(-128, 127))
def test_we_read_what_the_library_writes(epc: bytes, antenna: int, rssi: int) -> None:
    data = params.TagReportData(
        epc_parameter=params.EPC_96(epc=epc),
        antenna_id=params.AntennaID(antenna_id=antenna),
        peak_rssi=params.PeakRSSI(peak_rssi=rssi),
    )
    wire = messages.RO_ACCESS_REPORT(tag_report_datas=[data]).to_bytes(message_id=3)
    (found,) = codec("llrp").feed(wire)
    assert isinstance(found, Message)
    assert found.fields["tags"] == [{"epc": epc.hex().upper(), "antenna": antenna, "rssi": rssi}]


def test_the_other_client_drives_our_simulated_reader(tmp_path: Path) -> None:
    async def story() -> None:
        table = {"id": "r", "kind": "reader", "protocol": "llrp", "port": "tcp", "keepalive_s": 0.05}
        async with world(tmp_path, [table]) as there:
            port = int(there.devices["r"].describe()["url"].rpartition(":")[2])
            async with LLRPClient("127.0.0.1", port) as client:
                check_status(await client.transact(messages.ADD_ROSPEC(ro_spec=build_rospec())))
                check_status(await client.transact(messages.ENABLE_ROSPEC(ro_spec_id=1)))
                assert there.devices["r"].describe()["rospec"] == 1
                await there.do("tags", {"device": "r", "epcs": [EPC]})
                report = await within(client.reports.get())
                assert report.tag_report_datas[0].epc_parameter.epc.hex().upper() == EPC
                # the client answers each sign of life, so the reader never hangs up
                sent = there.devices["r"].describe()["sent"]
                await until(lambda: there.devices["r"].describe()["sent"] > sent + 6)
                assert there.devices["r"].describe()["hung_up"] == 0

    run(story())


def test_our_fleet_reads_the_tags_of_the_other_emulator() -> None:
    async def story() -> None:
        heard = Heard()
        async with LLRPEmulator(tags=[EmulatedTag(bytes.fromhex(EPC))], reads_per_sec=50) as reader:
            table = {"id": "r", "kind": "reader", "protocol": "llrp", "point": "gate-1"}
            table["url"] = f"socket://127.0.0.1:{reader.port}"
            async with fleet([table], heard) as working:
                await until(lambda: working.health_of("r").counters.frames)
                for request in (
                    messages.ADD_ROSPEC(ro_spec=build_rospec()),
                    messages.ENABLE_ROSPEC(ro_spec_id=1),
                    messages.START_ROSPEC(ro_spec_id=1),
                ):
                    await working.send("r", request.to_bytes(message_id=5))
                events = await until(
                    lambda: [e for e in heard.of(EventReading) if e.fields["message"] == "RO_ACCESS_REPORT"]
                )
                assert events[0].fields["tags"][0]["epc"] == EPC
            assert working.health_of("r").counters.bad_format == 0
            await asyncio.sleep(0)

    run(story())
