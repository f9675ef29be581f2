"""The conformance kit over every registered codec, and random bad days on top."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices import conformance as kit
from devices.conformance import Sample
from devices.protocols import CODECS

#: protocols with a check code over everything that makes the weight
CHECKED = {
    "toledo_continuous",
    "toledo_extended",
    "yaohua_a9",
    "yaohua_cmd",
    "yaohua_a12e",
    "tenzo_m",
    "massak_100",
    "modbus_rtu",
    "cas_pd2",
}
#: formats that speak only with a template the recordings do not have
READ_ONLY = {"generic"}


def _samples() -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for line in (Path(__file__).parents[2] / "data" / "frames.jsonl").read_text("utf-8").splitlines():
        frame = json.loads(line)
        found[frame["protocol"]].append(
            Sample(
                bytes.fromhex(frame["hex"]), frame.get("config") or {}, frame.get("dir") or "device_to_host"
            )
        )
    return found


SAMPLES = _samples()
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", sorted(CODECS))
def test_codec_passes_the_kit(name: str) -> None:
    kit.torture(name, SAMPLES[name], checked=name in CHECKED, encodes=name not in READ_ONLY)


@pytest.mark.parametrize("name", sorted(CODECS))
@QUICK
@given(data=st.data())
def test_any_bytes_cut_anywhere_give_the_same_results(name: str, data: st.DataObject) -> None:
    base = data.draw(st.sampled_from(SAMPLES[name]))
    alike = [s.data for s in SAMPLES[name] if (s.config, s.direction) == (base.config, base.direction)]
    alphabet = st.sampled_from(sorted(set(b"".join(alike))))
    part = st.one_of(
        st.sampled_from(alike),
        st.binary(max_size=12),
        st.lists(alphabet, max_size=20).map(bytes),
        st.sampled_from(alike).flatmap(lambda f: st.integers(0, len(f)).map(lambda n: f[:n])),
    )
    stream = b"".join(data.draw(st.lists(part, max_size=6)))
    kit.check_raises_nothing(name, stream, base)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    sample = Sample(stream, base.config, base.direction)
    kit.check_cuts(name, sample, cuts)
    kit.check_cuts(name, sample, range(len(stream)))


@pytest.mark.parametrize("name", sorted(CHECKED & set(CODECS)))
@QUICK
@given(data=st.data())
def test_a_garbled_byte_never_makes_another_weight(name: str, data: st.DataObject) -> None:
    checked = [s for s in SAMPLES[name] if kit.is_clean(name, s) and s.config.get("checksum") is not False]
    sample = data.draw(st.sampled_from(checked))
    place = data.draw(st.integers(0, max(0, len(sample.data) - 1)))
    kit.check_garbled_byte(name, sample, place, data.draw(st.integers(1, 255)))
