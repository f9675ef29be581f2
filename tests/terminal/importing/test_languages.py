"""The same list in any order, language, delimiter and encoding; notes in JSON with keys of any language."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.importing import ParsedFile, figures, gather
from tests.terminal.importing.making import csv_file, json_file
from workflows.papers import Line, Mode


def only(parsed: ParsedFile) -> Line:
    (line,) = parsed.lines
    return line


def test_dari_papers_are_read_in_their_own_digits() -> None:
    parsed = csv_file(
        "فرستنده: اداره الف\nپلیت: بلخ ۱۲۳۴۵ ل\n\n"
        "شماره,شرح جنس,کود تعرفه,تعداد,واحد,تعداد بسته,نوع بسته,وزن خالص (کیلوگرام),وزن ناخالص (کیلوگرام),تاریخ انقضا\n"
        "۱,کمپل پشمی,6301.20,۱۲۰۰,دانه,۶۰,عدل,۲٬۴۰۰,۲٬۵۲۰,\n۲,آرد گندم,1101.00,۴۰۰,بوجی,۴۰۰,بوجی,۲۰٬۰۰۰,۲۰٬۰۸۰٫۵,۱۴۰۶/۰۸/۰۹\nمجموع,,,,,۴۶۰,,۲۲٬۴۰۰,۲۲٬۶۰۰٫۵,\n"
    )
    assert figures(gather([parsed], {}).papers) == {"lines": 2, "packages": 460, "gross_kg": "22600.5"}
    assert parsed.header.plate == "بلخ ۱۲۳۴۵ ل"
    assert parsed.lines[1].expiry is not None
    assert parsed.lines[1].expiry.certain is not None
    assert not parsed.findings


COLUMNS = {
    "description": ("Description", "Наименование", "Tovar nomi", "Юк номи", "شرح جنس"),
    "quantity": ("Qty", "Кол-во", "Miqdori", "Сони", "مقدار"),
    "uom": ("Unit", "Ед. изм.", "Oʻlchov birligi", "Ўлчов бирлиги", "واحد"),
    "packages": ("Packages", "Кол-во мест", "Joylar soni", "Жой сони", "تعداد بسته"),
    "type": ("Packing", "Упаковка", "Qadoq turi", "Қадоқ тури", "نوع بسته"),
    "gross": ("Gross kg", "Вес брутто, кг", "Brutto, kg", "Брутто, кг", "وزن ناخالص"),
    "hs": ("HS code", "Код ТН ВЭД", "TIF TN kodi", "ТИФ ТН", "کود تعرفه"),
    "batch": ("Batch", "Серия", "Seriya", "Lot", "Партия"),
}


GOODS = [
    ("Soap bar", "1200", "pcs", "12", "carton", "350.5", "3401.19", "B-1"),
    ("Blanket", "60", "шт", "3", "тюк", "90.25", "6301 40 000 0", "B-2"),
    ("Flour", "40", "dona", "40", "qop", "2008", "110100", "B-3"),
]


@settings(max_examples=40, deadline=None)
@given(
    order=st.permutations(range(8)),
    language=st.integers(0, 4),
    delimiter=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    titles=st.integers(0, 12),
    total=st.booleans(),
)
def test_order_language_delimiter_and_encoding_do_not_matter(
    order: list[int], language: int, delimiter: str, encoding: str, titles: int, total: bool
) -> None:
    heads = [names[language] for names in COLUMNS.values()]
    lines = [delimiter.join(["Note"] + [""] * 7) for _ in range(titles)]
    lines.append(delimiter.join(heads[i] if delimiter not in heads[i] else f'"{heads[i]}"' for i in order))
    lines += [delimiter.join(row[i] for i in order) for row in GOODS]
    if total:
        sums = ["TOTAL", "", "", "55", "", "2448.75", "", ""]
        lines.append(delimiter.join(sums[i] for i in order))
    parsed = csv_file("\r\n".join(lines), encoding)
    assert [line.gross_kg for line in parsed.lines] == [Decimal("350.5"), Decimal("90.25"), Decimal(2008)]
    assert [line.packages for line in parsed.lines] == [12, 3, 40]
    assert [line.package_type for line in parsed.lines] == ["CT", "BL", "BG"]
    assert [line.hs_code for line in parsed.lines] == ["340119", "6301400000", "110100"]
    assert [line.quantity_unit for line in parsed.lines] == ["H87"] * 3
    assert [line.batch for line in parsed.lines] == ["B-1", "B-2", "B-3"]


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r", "utf-8", "utf-16-le"])
def test_russian_lists_in_every_encoding_of_the_region(encoding: str) -> None:
    text = "Грузоотправитель\tАгентство\n\nНомер вагона\tНаименование груза\tКоличество мест\tМасса брутто, кг\n24123457\tМука пшеничная\t1360\t68136\n"
    parsed = csv_file(text, encoding)
    assert (only(parsed).description, only(parsed).wagon) == ("Мука пшеничная", "24123457")
    assert parsed.header.sender == "Агентство"
    assert not parsed.findings


def test_notes_in_json_with_keys_of_any_language() -> None:
    russian = json_file(
        {
            "Накладная CMR №": "RU-1",
            "Отправитель": {"название": "Агентство Г", "адрес": "Ташкент"},
            "Номер тягача": "А123ВС77",
            "Товары": [
                {
                    "№": 1,
                    "Наименование": "Мыло",
                    "Код ТН ВЭД": "3401 19",
                    "Места": "500",
                    "Вид упаковки": "коробка",
                    "Вес": {"брутто, т": "6,5", "нетто, т": "6,2"},
                }
            ],
        },
        "cp1251",
    )
    line = only(russian)
    assert (line.packages, line.gross_kg, line.net_kg, line.package_type) == (500, 6500, 6200, "CT")
    assert (russian.header.sender, russian.header.plate) == ("Агентство Г", "А123ВС77")
    assert [(d.type, d.number) for d in russian.header.documents] == [("CMR", "RU-1")]
    own = json_file(
        {
            "reference": "X-1",
            "mode": "RAIL",
            "lines": [{"description": "Tent", "quantity": 4, "packages": 2, "gross_kg": 80.5}],
        }
    )
    assert gather([own], {}).papers.mode is Mode.RAIL
    assert only(own).gross_kg == Decimal("80.5")


def test_a_wagon_table_in_a_rail_note_takes_the_goods_of_the_note() -> None:
    parsed = json_file(
        {
            "form": "СМГС",
            "груз": "Пшеница",
            "вагоны": [
                {"номер вагона": "24123457", "накладная": "27-1", "мест": 1360, "брутто, кг": "68 136"},
                {"номер вагона": "52801172", "накладная": "27-2", "мест": 1350, "брутто, кг": "67 635"},
            ],
        }
    )
    assert [(line.description, line.transport_document) for line in parsed.lines] == [
        ("Пшеница", "27-1"),
        ("Пшеница", "27-2"),
    ]
    assert not parsed.findings
