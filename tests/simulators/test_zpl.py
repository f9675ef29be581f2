"""The simulated label printer draws what a real one would: read by our own reader, and the same as our own drawing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.vision import read_image
from simulators import zpl
from simulators.datamatrix import squares
from terminal import labels

SSCC = "095212340001001002"


@pytest.mark.parametrize("dpi", [203, 300])
def test_our_label_comes_out_dot_for_dot_as_it_was_laid_out(dpi: int) -> None:
    unit = labels.UnitLabel(SSCC, sender="Agency A", consignee="Кобул, Afgʻoniston", contents="Tents")
    came = zpl.render(labels.render(unit, "zpl", dpi=dpi).decode())
    drawn = cv2.imdecode(np.frombuffer(labels.render(unit, "png", dpi=dpi), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    assert came.shape[0] >= drawn.shape[0]
    assert not (came != drawn).any()
    found = read_image(zpl.png(labels.render(unit, "zpl", dpi=dpi).decode()))
    assert sorted(code.text for code in found) == [f"00{SSCC}", f"00{SSCC}"], "GS1-128 and Data Matrix"


@settings(max_examples=40, deadline=None)
@given(
    st.text(
        alphabet=st.characters(min_codepoint=33, max_codepoint=125, exclude_characters="^~>"),
        min_size=1,
        max_size=18,
    )
)
def test_any_code_128_field_is_read_back(text: str) -> None:
    paper = zpl.render(f"^XA^PW900^LL120^FO60,20^BY2^BCN,80,N,N,N^FD>:{text}^FS^XZ")
    made, data = cv2.imencode(".png", paper)
    assert made
    assert [code.text for code in read_image(data.tobytes())] == [text]


@settings(max_examples=40, deadline=None)
@given(
    st.text(alphabet="0123456789ABCXYZ -", min_size=1, max_size=30).filter(lambda text: text == text.strip())
)
def test_any_data_matrix_field_is_read_back(text: str) -> None:
    paper = zpl.render(f"^XA^PW400^LL400^FO60,60^BXN,8,200,,,,_^FD{text}^FS^XZ")
    made, data = cv2.imencode(".png", paper)
    assert made
    assert [code.text for code in read_image(data.tobytes())] == [text]


def test_what_a_printer_does_not_know_is_passed_over_and_what_it_cannot_is_said() -> None:
    assert (zpl.render("^XA^MMT^FO10,10^GB40,30,3^FS^FO60,10^A0N,30^FDTEXT^FS^XZ") == 0).any()
    for wrong in ("", "^FO1,1", "^XA^FO1,1^BCN,10^FD>;123^FS^XZ", "^XA^FO1,1^GFA,1,1,1,Ü^FS^XZ",
                  "^XA^FO1,1^GFB,1,1,1,00^FS^XZ", "^XA^FO1,1^BXN,4,200^FDü^FS^XZ"):  # fmt: skip
        with pytest.raises(zpl.NotZpl):
            zpl.render(wrong)
    with pytest.raises(ValueError, match="no place"):
        squares([1] * 45)
    edge = zpl.render("^XA^PW50^LL50^FO40,40^GB400,300,3^FS^XZ")
    assert edge.shape == (50, 50), "what hangs over the edge is lost, as on paper"
