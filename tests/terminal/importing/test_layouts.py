"""The same goods from other hands: languages, orders of columns, heads in two storeys, units, title blocks."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.importing import ParsedFile, figures, gather, read_file
from terminal.importing.vocabulary import heading, mass_unit_of_title, package_code, quantity_unit
from tests.terminal.importing.making import checks, csv_file, json_file, workbook, xlsx_file
from workflows.papers import Line, Mode


def only(parsed: ParsedFile) -> Line:
    (line,) = parsed.lines
    return line


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Брутто, кг", "gross_kg"),
        ("Total weight (kg)", "gross_kg"),
        ("Weight kg gross", "gross_kg"),
        ("gross_kg", "gross_kg"),
        ("grossWeightKg", "gross_kg"),
        ("وزن ناخالص (کیلوگرام)", "gross_kg"),
        ("Poids brut (kg)", "gross_kg"),
        ("No. of packages", "package_count"),
        ("Кол-во мест, паллет", "package_count"),
        ("Description of goods / Наименование", "description"),
        ("Oʻlchov birligi", "uom"),
        ("O'lchov birligi", "uom"),
        ("UoM", "uom"),
        ("T/r", "line_no"),
        ("№ п/п", "line_no"),
        ("Срок годности (до)", "expiry_date"),
        ("Batch No / Серия", "batch"),
        ("Номер вагона (8 знаков)", "wagon_no"),
        ("Gross weight per carton (kg)", "per_unit_weight"),
    ],
)
def test_a_head_is_understood_in_any_language(text: str, field: str) -> None:
    found = heading(text)
    assert found is not None
    assert found.field == field


@pytest.mark.parametrize(
    "text", ["", "Soap, laundry, 200 g bar", "Signature and stamp:", "station", "Approved by"]
)
def test_no_head_is_seen_where_there_is_none(text: str) -> None:
    assert heading(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Weights in tonnes", "TNE"),
        ("Вес указан в центнерах", "DTN"),
        ("Оғирлик центнерда", "DTN"),
        ("Ogʻirliklar tonnada", "TNE"),
    ],
)
def test_a_title_line_prescribes_the_unit(text: str, code: str) -> None:
    unit = mass_unit_of_title(text)
    assert unit is not None
    assert unit.code == code


@pytest.mark.parametrize("text", ["Total weight 15 t", "Gross weight", "Agency T"])
def test_a_value_prescribes_nothing(text: str) -> None:
    assert mass_unit_of_title(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("мешки 50 кг", "BG"),
        ("palleta", "PX"),
        ("cardboard boxes", "CT"),
        ("кор", "CT"),
        ("plastic drum", "DR"),
        ("қоп", "BG"),
        ("عدل", "BL"),
    ],
)
def test_package_words(text: str, code: str) -> None:
    assert package_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("pcs", "H87"), ("шт / pcs", "H87"), ("халта", "BG"), ("kits", "SET"), ("дона", "H87"), ("foo", None)],
)
def test_quantity_units(text: str, code: str | None) -> None:
    assert quantity_unit(text) == code


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("Брутто, кг", "1250,5"),
        ("Брутто, т", "1,2505"),
        ("Брутто (ц)", "12,5050"),
        ("Брутто, г", "1250500"),
        ("Брутто", "1250,5 кг"),
        ("Брутто", "1,2505 т"),
        ("Gross (MT)", "1.2505"),
    ],
)
def test_kilograms_come_out_wherever_the_unit_stands(head: str, cell: str) -> None:
    parsed = csv_file(f"Наименование;Мест;{head}\nМыло;10;{cell}\nСоль;3;{cell}\n")
    assert parsed.lines[0].gross_kg == Decimal("1250.5")


def test_pounds_are_converted_and_strange_units_asked() -> None:
    parsed = csv_file("Goods,Qty,Packages,Weight\nCable,1,1,100 lb\nRope,1,1,3 пуд\n")
    assert parsed.lines[0].gross_kg == Decimal("45.359237")
    assert parsed.lines[1].gross_kg is None
    assert checks(parsed) == {("DAT-03", "line:2")}
    parsed = csv_file("Goods,Qty,Packages,Gross (пуд)\nCable,1,1,100\n")
    assert ("DAT-03", "consignment") in checks(parsed)
    assert only(parsed).gross_kg is None


def test_two_storeys_with_the_unit_above() -> None:
    parsed = xlsx_file(
        [
            ["Вагонный лист"],
            [],
            ["№", "Номер вагона", "Груз", "Места", None, "Масса, т", None, "ЗПУ"],
            [None, None, None, "кол-во", "вид", "нетто", "брутто", None],
            [1, 24123457, "Мука", 1360, "мешок", 68, 68.136, "A1"],
            ["Итого по листу", None, None, 1360, None, 68, 68.136, None],
            [2, 52801172, "Мука", 1350, "мешок", 67.5, 67.635, "A2"],
            ["Всего", None, None, 2710, None, 135.5, 135.771, None],
        ],
        merges=["F3:G3", "D3:E3"],
    )
    assert [(line.wagon, line.packages, line.package_type) for line in parsed.lines] == [
        ("24123457", 1360, "BG"),
        ("52801172", 1350, "BG"),
    ]
    assert [line.gross_kg for line in parsed.lines] == [Decimal("68136"), Decimal("67635")]
    assert parsed.tables[0].totals.gross_kg == Decimal("135771")
    assert not parsed.findings


def test_forms_with_units_and_numbers_under_the_head_and_the_head_again() -> None:
    parsed = csv_file(
        "Наименование товара;Кол-во;Мест;Вес брутто\n;шт;мест;кг\n1;2;3;4\nМыло;100;10;50,5\nТазы;200;20;70\n"
        "Наименование товара;Кол-во;Мест;Вес брутто\nОдеяла;50;5;60\nИтого по листу;;35;180,5\n\nГлавный бухгалтер: ____ Иванов\n"
    )
    assert [line.description for line in parsed.lines] == ["Мыло", "Тазы", "Одеяла"]
    assert parsed.tables[0].totals == parsed.tables[0].totals.__class__(35, Decimal("180.5"), None)


def test_hxl_tags_are_no_goods() -> None:
    parsed = csv_file(
        "Item,Description,Qty,Packages,Gross kg\n#meta+id,#item+name,#quantity,#package,#weight\n1,Soap,1,2,3\n"
    )
    assert only(parsed).description == "Soap"


@pytest.mark.parametrize(
    "word", ["TOTAL", "Grand total", "ИТОГО", "Всего:", "ЖАМИ", "Jami", "مجموع", "Toplam"]
)
def test_a_row_of_sums_is_no_line(word: str) -> None:
    parsed = csv_file(f"Description;Packages;Gross kg\nSoap;1;10\nSalt;2;20\n{word};3;30\n")
    assert figures(gather([parsed], {}).papers) == {"lines": 2, "packages": 3, "gross_kg": "30"}
    assert (parsed.tables[0].totals.packages, parsed.tables[0].totals.gross_kg) == (3, 30)


def test_sums_without_a_word_are_known_by_adding_up() -> None:
    parsed = csv_file("Description;Packages;Gross kg\nSoap;1;10\nSalt;2;20\n;3;30\n")
    assert len(parsed.lines) == 2
    parsed = csv_file("Description;Packages;Gross kg\nSoap;1;10\nSalt;2;20\n;7;30,5\n")
    assert len(parsed.lines) == 3
    assert parsed.waiting[0].sentence.startswith("The row has no description")


def test_goods_that_begin_like_a_sum_are_goods() -> None:
    parsed = csv_file(
        "No,Description,HS,Packages,Gross kg\n1,Total station survey kit,901530,1,20\n2,Jami'ah kit,901530,1,20\nTotal,,,2,40\n"
    )
    assert len(parsed.lines) == 2
    parsed = csv_file(
        "Description,Qty,Unit,Packages,Gross kg\nTotal station kit,2,set,2,20\nTotal packages,,,2,20\n"
    )
    assert [line.description for line in parsed.lines] == ["Total station kit"]


def test_totals_in_words_below_the_table_are_declared() -> None:
    parsed = csv_file(
        "Наименование;Мест;Брутто, кг\nМыло;10;100\nСоль;20;200\n\nВсего мест: 30\nОбщий вес брутто: 300 кг\nПодпись ______\n"
    )
    assert len(parsed.lines) == 2
    assert (parsed.header.packages, parsed.header.gross_kg) == (30, 300)


def test_title_blocks_give_header_facts() -> None:
    parsed = csv_file(
        "Упаковочный лист № AGZ-UZ-2026-0099\nОтправитель: Agency Z; Получатель: Agency Z CO\n"
        "Автомобиль: 75 515 DBA, прицеп 75 4420 AB. Пломба: UZ0581001\nМест;30 паллет\nВес брутто;1 200,5 кг\n\n"
        "Наименование;Мест;Брутто, кг\nМыло;30;1200,5\n"
    )
    header = parsed.header
    assert (header.reference, header.sender, header.consignee) == (
        "AGZ-UZ-2026-0099",
        "Agency Z",
        "Agency Z CO",
    )
    assert (header.plate, header.trailer, header.seal) == ("75 515 DBA", "75 4420 AB", "UZ0581001")
    assert (header.packages, header.gross_kg) == (30, Decimal("1200.5"))


def test_a_stated_total_is_read_in_the_order_of_magnitude_of_the_rows() -> None:
    rows = 'Gross weight,"7,480 kg"\n\nGoods,Packages,Gross kg\nA,5,3480\nB,5,4000\n'
    parsed = csv_file(rows)
    assert parsed.header.gross_kg == 7480
    assert not parsed.findings


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


def test_sheets_with_tables_follow_one_another_and_covers_give_facts() -> None:
    head = ["#", "Goods", "HS", "Qty", "Unit", "Pkgs", "Packing", "Gross, kg"]
    book = workbook(
        {
            "Cover": [["Convoy"], ["Sender", "Agency B"]],
            "T1": [
                ["Truck 1"],
                head,
                [1, "Blanket", "630140", 400, "pc", 10, "bale", 100],
                ["TOTAL", None, None, None, None, 10, None, 100],
            ],
            "T2": [head, [1, "Blanket", "630140", 400, "pc", 12, "bale", 120]],
        }
    )
    parsed = read_file("convoy.xlsx", book)
    assert [(line.no, line.packages) for line in parsed.lines] == [(1, 10), (2, 12)]
    assert parsed.header.sender == "Agency B"


def test_merged_labels_belong_to_every_row_and_merged_figures_to_one() -> None:
    parsed = xlsx_file(
        [
            ["SSCC", "Description", "HS Code", "Quantity", "UoM", "Packages", "Gross kg"],
            ["095212340001001002", "Soap", "3401.19", 10, "pc", 1, 500],
            [None, "Bucket", "3924.90", 10, "pc", None, None],
            ["095212340001001019", "Blanket", "6301.40", 10, "pc", 1, 400],
        ],
        merges=["A2:A3", "F2:F3", "G2:G3"],
    )
    assert figures(gather([parsed], {}).papers) == {
        "lines": 3,
        "packages": 2,
        "gross_kg": "900",
        "distinct_sscc": 2,
    }
    assert not parsed.waiting


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


def test_freight_pieces_are_packages() -> None:
    parsed = csv_file("Cargo description,Pieces,Packing,Gross kg\nLamps,560,ctn,4480\n")
    assert (only(parsed).packages, only(parsed).quantity) == (560, None)


def test_a_missing_column_is_named() -> None:
    parsed = csv_file("Description,Qty,Net kg\nSoap,1,2\n")
    assert checks(parsed) == {("DAT-01", "consignment")}
    assert parsed.findings[0].facts["missing"] == ["gross weight"]
    assert len(parsed.lines) == 1


def test_two_tables_of_one_sheet_are_two_tables() -> None:
    parsed = csv_file(
        "Description;HS;Packages;Gross kg\nTents;630622;2;801\nTotal;;2;801\n\nPallet list\n"
        "SSCC;Description;Packages;Gross kg\n095212340001001002;Tents;1;400\n095212340001001019;Tents;1;401\n"
    )
    assert (len(parsed.lines), len(parsed.units)) == (1, 2)


def test_group_headings_and_subtotals_are_no_lines() -> None:
    parsed = csv_file(
        "No;Description;HS;Qty;Unit;Packages;Gross kg\n;Medicines;;;;;\n1;Paracetamol;300490;10;pc;1;5\n;Subtotal;;;;1;5\n"
        ";WASH;;;;;\n2;Soap;340119;10;pc;2;7\n;Subtotal;;;;2;7\n;Grand total;;;;3;12\n"
    )
    assert [line.description for line in parsed.lines] == ["Paracetamol", "Soap"]
    assert parsed.tables[0].totals.packages == 3


def test_weights_of_one_and_of_all_are_told_apart() -> None:
    parsed = xlsx_file(
        [
            ["Consignee:\nAgency A CO, Mazar"],
            [
                None,
                "Pallet no.",
                "SSCC",
                "Goods description",
                "HS\ncode",
                "Qty",
                "Gross\nweight,\nkg",
                "Total gross weight, kg",
                "Packages",
            ],
            [None, "P1", "(00) 0 9521234 0001001002", "Blanket", "6301.40", "400 pc", 80, 800, "10 PLT"],
            [None, "P2", "095212340001001019", "Blanket", "6301.40", "400 pc", 80, "800", "10 PLT"],
            [None, None, None, "TOTAL", None, 800, None, 1600, 20],
        ]
    )
    assert figures(gather([parsed], {}).papers) == {
        "lines": 2,
        "packages": 20,
        "gross_kg": "1600",
        "distinct_sscc": 2,
    }
    assert [(line.quantity_unit, line.package_type) for line in parsed.lines] == [("H87", "PX")] * 2
    assert parsed.header.consignee == "Agency A CO, Mazar"


def test_running_numbers_of_pallets_are_no_labels() -> None:
    parsed = csv_file("Pallet No,Description,HS,Packages,Gross kg\n1,Soap,3401,1,5\n2,Soap,3401,1,6\n")
    assert [line.sscc for line in parsed.lines] == [None, None]
    parsed = csv_file("Pallet No,Description,HS,Packages,Gross kg\n095212340001001002,Soap,3401,1,5\n")
    assert only(parsed).sscc == "095212340001001002"


def test_hidden_sheets_are_named_and_not_read() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook(
                {
                    "PL": [["Goods", "Packages", "Gross kg"], ["Soap", 1, 2]],
                    "old": [["Goods", "Packages", "Gross kg"], ["Salt", 1, 2]],
                }
            )
        )
    )
    book["old"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    parsed = read_file("a.xlsx", out.getvalue())
    assert only(parsed).description == "Soap"
    assert any("Hidden sheets" in problem.sentence for problem in parsed.problems)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2–8 °C", 2, 8),
        ("2°C to 8°C", 2, 8),
        ("от +2 до +8", 2, 8),
        ("до 30 °C", None, 30),
        ("below 25°C", None, 25),
        ("не выше +25 °C", None, 25),
        ("не ниже 2", 2, None),
        ("-25…-15 °C", -25, -15),
        ("-25--15", -25, -15),
        ("+15…+25 °C", 15, 25),
        ("۲ تا ۸", 2, 8),
    ],
)
def test_temperatures(text: str, low: int | None, high: int | None) -> None:
    parsed = csv_file(f"Goods;Packages;Gross kg;Storage temp.\nVaccine;1;2;{text}\n")
    found = only(parsed).temperature
    assert found is not None
    assert (found.min_c, found.max_c, found.text) == (low, high, text)


def test_dangerous_goods_columns_are_normalised() -> None:
    parsed = csv_file(
        "Goods;Packages;Gross kg;UN;Hazard class;PG\nAcid;1;2;UN 1830;Class 8;PG II\nBleach;1;2;1791.0;8;3\nX;1;2;-;5,1;ІІ\n"
    )
    assert [(line.un_number, line.dg_class, line.packing_group) for line in parsed.lines] == [
        ("1830", "8", "II"),
        ("1791", "8", "III"),
        (None, "5.1", "II"),
    ]
