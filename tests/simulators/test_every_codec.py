"""Every codec of the product on a real wire: its simulated device at one end, the fleet at the other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from devices.fleet import Fleet
from devices.live import Live, NotWeighed
from devices.protocols import CODECS, codec
from devices.protocols.results import Message
from devices.readings import EventReading, PlateReading, ScanReading, WeightReading
from devices.station import Tapped
from simulators.web import Answer, Request, WebServer
from tests.simulators.every import LOAD, OTHERS, SCALES, TCP, configured, simulated
from tests.support.wires import Heard, fleet, run, until, within, world

SSCC = "00340123450000000017"
ONE_PERCENT = {"torn": 0.01, "dropped": 0.01, "garbled": 0.01, "doubled": 0.01, "noise": 0.01}
#: a host's command of each dialog, and what the simulated device must say to it
DIALOGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ssi": ({"command": "REQUEST_REVISION"}, {"command": "REPLY_REVISION", "text": "KARVON-SIM 1.0"}),
    "honeywell_menu": ({"command": "menu", "text": "CBRENA?."}, {"command": "menu_reply"}),
    "newland_cmd": ({"command": "SCNMOD3", "storage": "temporary"}, {"command": "SCNMOD3", "result": "ok"}),
    "keyence_tcp": ({"command": "BUSYSTAT"}, {"command": "BUSYSTAT", "result": "ok"}),
    "cognex_dmcc": ({"command": "GET DEVICE.TYPE", "id": "7"}, {"id": "7", "text": "DM260"}),
    "sick_cola_a": ({"command": "sRN", "text": "SCdevicestate"}, {"text": "SCdevicestate 1"}),
    "sick_cola_b": ({"command": "sRN", "text": "SCdevicestate"}, {"text": "SCdevicestate 1"}),
    "llrp": (
        {"message": "ADD_ROSPEC", "id": 9, "data": "00"},
        {"message": "ADD_ROSPEC_RESPONSE", "id": 9, "status_code": 0},
    ),
    "zpl_hs": ({"command": "~HS"}, {"ready": True, "labels_remaining": 0}),
}
#: dialogs that carry set-up only; their labels are plain text, read with ``scan_text``
SET_UP_ONLY = frozenset({"honeywell_menu", "newland_cmd", "sick_cola_b"})
PASSPORT = {
    "format": "TD3",
    "doc_type": "P",
    "issuer": "UTO",
    "surname": "ERIKSSON",
    "given": "ANNA MARIA",
    "number": "L898902C3",
    "nationality": "UTO",
    "birth": "740812",
    "sex": "F",
    "expiry": "120415",
}
#: action at the simulated device -> fields that the event must carry
EVENTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "mrz": ("send", {"fields": PASSPORT}, {"surname": "ERIKSSON", "number": "L898902C3"}),
    "llrp": ("tags", {"epcs": ["3034257BF7194E4000001A85"]}, {"message": "RO_ACCESS_REPORT"}),
    "rpm_vm250": ("vehicle", {"alarm": "gamma", "slices": 1}, {"record": "GA", "alarm": True}),
    "zpl_hs": ("send", {"fields": {"status": ["paper_out"]}}, {"status": ["paper_out"], "ready": False}),
}
PLATES = {"hikvision_anpr": {"event": "ANPR", "images": 1}, "dahua_anpr": {"event": "TollgateInfo"}}


def name_of(protocol: str) -> str:
    return protocol.replace("_", "-")


@dataclass
class Weighed:
    """What one scale told in a day of all scales."""

    loaded: WeightReading | NotWeighed
    overloaded: Live | None
    refused: WeightReading | NotWeighed
    faulty_frames: int


def _all_scales(folder: Path, rates: dict[str, float]) -> tuple[dict[str, Weighed], list[WeightReading], int]:
    """Every scale at once, half on pseudo-terminals, half on TCP: a load, then too much of it."""

    async def story() -> tuple[dict[str, Weighed], list[WeightReading], int]:
        heard = Heard()
        ports = {name: "tcp" if number % 2 else "pty" for number, name in enumerate(SCALES)}
        tables = [simulated(name, port, faults=rates) for name, port in ports.items()]
        async with world(folder, tables) as there:
            hosts = [configured(name, there.devices[name_of(name)].describe()["url"]) for name in SCALES]
            async with fleet(hosts, heard) as working:
                for name in SCALES:
                    await until(lambda name=name: working.health_of(name_of(name)).ok, f"{name} answers")
                    await there.do("put", {"device": name_of(name), "kg": LOAD, "roll_s": 0})
                loaded = await asyncio.gather(*(working.capture(name_of(name), 20) for name in SCALES))
                for name in SCALES:
                    await there.do("put", {"device": name_of(name), "kg": "320", "roll_s": 0})
                over, refused = [], []
                for name in SCALES:
                    await until(lambda name=name: working.live(name_of(name)).kg is None, f"{name} is full")  # type: ignore[union-attr]
                    refused.append(await working.capture(name_of(name), 0))
                    over.append(working.live(name_of(name)))
                counters = [working.health_of(name_of(name)).counters for name in SCALES]
            bad = [count.bad_check + count.bad_format for count in counters]
            rows = zip(SCALES, map(Weighed, loaded, over, refused, bad), strict=True)
            spoiled = sum(device.faults.spoiled for device in there.devices.values())  # type: ignore[union-attr]
            return dict(rows), heard.of(WeightReading), spoiled

    return run(story())


@pytest.fixture(scope="module")
def clean_day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Weighed]:
    return _all_scales(tmp_path_factory.mktemp("scales"), {})[0]


@pytest.mark.parametrize("protocol", SCALES)
def test_a_load_is_weighed_through_every_scale_protocol(clean_day: dict[str, Weighed], protocol: str) -> None:
    day = clean_day[protocol]
    assert isinstance(day.loaded, WeightReading), day.loaded
    assert day.loaded.kg == Decimal(LOAD)
    assert isinstance(day.refused, NotWeighed), "an overloaded scale gives no weight"
    assert day.overloaded is not None
    assert day.overloaded.phase in {"no_data", "overload", "no_weight", "doubtful"}, day.overloaded
    assert day.faulty_frames == 0


def test_a_bad_line_never_gives_a_wrong_weight_on_any_scale(tmp_path: Path) -> None:
    days, readings, spoiled = _all_scales(tmp_path, ONE_PERCENT)
    assert {name: day.loaded.kg for name, day in days.items() if isinstance(day.loaded, WeightReading)} == (
        dict.fromkeys(SCALES, Decimal(LOAD))
    )
    assert {reading.kg for reading in readings} == {Decimal(LOAD)}
    assert spoiled > 10, "the line was not bad at all"


def test_the_tare_key_makes_the_wire_say_net(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, [simulated("toledo_continuous", "tcp", kg="100")]) as there:
            url = there.devices["toledo-continuous"].describe()["url"]
            host = configured("toledo_continuous", url, accept_net=True)
            async with fleet([host]) as working:
                await there.do("tare", {"device": "toledo-continuous"})
                await there.do("put", {"device": "toledo-continuous", "kg": "150.5", "roll_s": 0})
                taken = await within(working.capture("toledo-continuous", 15))
                assert isinstance(taken, WeightReading), taken
                assert (taken.kg, taken.mode) == (Decimal("50.5"), "net")

    run(story())


@pytest.mark.parametrize("protocol", [p for p in OTHERS if codec(p).info.kind == "scanner"])
def test_a_label_is_read_through_every_scanner_protocol(tmp_path: Path, protocol: str) -> None:
    async def story() -> None:
        heard = Heard()
        read_as = "scan_text" if protocol in SET_UP_ONLY else protocol
        async with world(tmp_path, [simulated(protocol)]) as there:
            device = there.devices[name_of(protocol)]
            host = configured(read_as, device.describe()["url"])
            async with fleet([host], heard) as working:
                await until(lambda: working.health_of(host["id"]).ok)
                await until(lambda: device.describe()["connected"])
                await there.do("scan", {"device": name_of(protocol), "text": SSCC})
                scans = await until(lambda: heard.of(ScanReading))
                assert [scan.text for scan in scans] == [SSCC]

    run(story())


@pytest.mark.parametrize("protocol", list(DIALOGS))
def test_every_dialog_is_answered(tmp_path: Path, protocol: str) -> None:
    asked, expected = DIALOGS[protocol]

    async def story() -> None:
        async with world(tmp_path, [simulated(protocol)]) as there:
            device = name_of(protocol)
            async with fleet([configured(protocol, there.devices[device].describe()["url"])]) as working:
                await until(lambda: working.health_of(device).ok)
                said: list[Message] = []
                working.tap(device, lambda tap: said.extend(_messages(tap)))
                await working.send(device, codec(protocol, direction="host_to_device").encode(Message(asked)))
                await until(lambda: any(expected.items() <= one.fields.items() for one in said), str(said))

    run(story())


def _messages(tapped: Tapped) -> list[Message]:
    return [result for result in tapped.results if isinstance(result, Message)]


@pytest.mark.parametrize("protocol", list(EVENTS))
def test_every_gate_device_is_heard(tmp_path: Path, protocol: str) -> None:
    action, order, expected = EVENTS[protocol]

    async def story() -> None:
        heard = Heard()
        async with world(tmp_path, [simulated(protocol)]) as there:
            device = there.devices[name_of(protocol)]
            async with fleet([configured(protocol, device.describe()["url"])], heard) as working:
                await until(lambda: working.health_of(name_of(protocol)).ok)
                await until(lambda: device.describe()["connected"])
                await there.do(action, {"device": name_of(protocol), **order})
                await until(
                    lambda: any(expected.items() <= event.fields.items() for event in heard.of(EventReading))
                )

    run(story())


class Receiver:
    """A host's door for pushes: what a plate camera posts goes into the fleet, as the service does it."""

    def __init__(self) -> None:
        self.fleet: Fleet | None = None
        self.types: list[str] = []
        self.web = WebServer(self._take)

    async def _take(self, request: Request) -> Answer:
        device = request.path.removeprefix("/push/")
        if self.fleet is None or request.headers.get("authorization") != "Bearer camera-token":
            return Answer.json({}, 503)
        self.types.append(request.headers["content-type"])
        await self.fleet.feed(device, request.body)
        return Answer.json({"taken": True})


@pytest.mark.parametrize("protocol", list(PLATES))
def test_a_plate_is_pushed_by_http(tmp_path: Path, protocol: str) -> None:
    async def story() -> None:
        heard, door = Heard(), Receiver()
        await door.web.start()
        device = name_of(protocol)
        port = f"push:http://127.0.0.1:{door.web.port}/push/{device}"
        async with world(tmp_path, [simulated(protocol, port, token="camera-token")]) as there:
            async with fleet([configured(protocol, f"push://{device}")], heard) as working:
                await until(lambda: working.health_of(device).ok)
                door.fleet = working
                answer = await there.do("plate", {"device": device, "plate": "01777AAA"})
                assert answer["connected"]
                plates = await until(lambda: heard.of(PlateReading))
                assert (plates[0].plate, plates[0].device) == ("01777AAA", device)
            assert door.types == ["multipart/form-data; boundary=boundary"] or protocol == "dahua_anpr"
        await door.web.stop()

    run(story())


def test_no_codec_is_left_out() -> None:
    proved = {*SCALES, *DIALOGS, *EVENTS, *PLATES, "scan_text", "honeywell_packet"}
    assert proved == set(CODECS)
    assert set(CODECS) >= TCP


def test_a_decoder_repeats_what_nobody_acknowledges_and_the_host_hears_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.scanner.ACK_S", 0.05)

    async def story() -> None:
        async with world(tmp_path, [simulated("ssi", "tcp")]) as there:
            port = int(there.devices["ssi"].describe()["url"].rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await until(lambda: there.devices["ssi"].describe()["connected"])
            ours, labels = codec("ssi"), 0
            await there.do("scan", {"device": "ssi", "text": SSCC})
            await until(lambda: there.devices["ssi"].describe()["sent"] == 3)
            labels += len(ours.feed(await within(reader.read(4096))))
            assert labels == 1
            writer.write(ours.replies())  # type: ignore[attr-defined]
            await until(lambda: there.devices["ssi"].acknowledged)  # type: ignore[union-attr]
            writer.close()

    run(story())


def test_a_tag_reader_hangs_up_a_host_that_does_not_answer_its_sign_of_life(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, [simulated("llrp", keepalive_s=0.05)]) as there:
            port = int(there.devices["llrp"].describe()["url"].rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while await within(reader.read(4096)):
                pass
            assert there.devices["llrp"].describe()["hung_up"] == 1
            writer.close()

    run(story())


def test_a_printer_prints_what_it_is_sent_and_stops_without_paper(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, [simulated("zpl_hs")]) as there:
            printer = there.devices["zpl-hs"]
            async with fleet([configured("zpl_hs", printer.describe()["url"])]) as working:
                await until(lambda: working.health_of("zpl-hs").ok)
                await there.do("trouble", {"device": "zpl-hs", "words": ["paper_out"]})
                await working.send("zpl-hs", b"^XA^FO20,20^FDONE^FS^XZ")
                await until(lambda: printer.describe()["waiting"] == 1)
                assert printer.describe()["printed"] == 0
                await there.do("trouble", {"device": "zpl-hs", "words": []})
                await until(lambda: printer.describe()["printed"] == 1)

    run(story())


def test_the_fleet_acknowledges_a_label_so_that_the_decoder_says_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.scanner.ACK_S", 1.0)

    async def story() -> None:
        heard = Heard()
        async with world(tmp_path, [simulated("ssi")]) as there:
            device = there.devices["ssi"]
            async with fleet([configured("ssi", device.describe()["url"])], heard) as working:
                await until(lambda: working.health_of("ssi").ok and device.describe()["connected"])
                for number in range(3):
                    await there.do("scan", {"device": "ssi", "text": f"PALLET-{number}"})
                    await until(lambda number=number: device.acknowledged == number + 1)  # type: ignore[union-attr]
                await until(lambda: len(heard.of(ScanReading)) == 3)
            assert device.describe()["sent"] == 3

    run(story())


def test_the_fleet_answers_the_signs_of_life_of_a_tag_reader(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, [simulated("llrp", keepalive_s=0.05)]) as there:
            reader = there.devices["llrp"]
            async with fleet([configured("llrp", reader.describe()["url"])]) as working:
                await until(lambda: reader.describe()["sent"] > 10)
                assert reader.describe()["hung_up"] == 0
                assert working.health_of("llrp").counters.reconnects == 0

    run(story())
