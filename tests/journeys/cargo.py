"""An invented load for the journeys: a packing list as a spreadsheet, its labels, and the papers that travel with it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from openpyxl import Workbook

from terminal.running import utc_now
from tests.support.app import sscc

PALLET_KG = 640
#: papers of every road load of shelter goods that the agency sends besides the packing list
PAPERS = (
    "CMR",
    "PROFORMA",
    "GIFT_CERT",
    "HUM_LETTER",
    "TRANSIT_DECL",
    "AF_EXEMPTION",
    "DRIVER_ID",
    "VEHICLE_REG",
    "SEAL_RECORD",
)
#: the same of a load in a wagon
RAIL_PAPERS = (
    "SMGS",
    *(kind for kind in PAPERS if kind not in ("CMR", "DRIVER_ID", "VEHICLE_REG")),
)


@dataclass(frozen=True)
class Load:
    """One consignment on one truck."""

    ref: str
    first: int
    pallets: int = 4
    plate: str = "75 803 KBA"
    trailer: str = "75 5127 AB"
    seal: str = "UZ0550731"
    #: number of the wagon that brings it; empty for a load on a truck
    wagon: str = ""
    donor: str = ""

    @property
    def labels(self) -> list[str]:
        """The SSCC of each pallet."""
        return [sscc(self.first + number) for number in range(self.pallets)]

    @property
    def kg(self) -> int:
        """Gross weight of everything."""
        return self.pallets * PALLET_KG

    def packing_list(self) -> bytes:
        """The spreadsheet of the agency."""
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (
            ("PACKING LIST",),
            ("Movement reference", self.ref),
            ("Sender", "Agency A"),
            ("Consignee", "Agency A Country Office, Mazar-i-Sharif"),
            ("Wagon", self.wagon) if self.wagon else ("Vehicle / trailer", f"{self.plate} / {self.trailer}"),
            *(() if self.wagon else (("Seal", self.seal),)),
            ("Packages", f"{self.pallets} pallets"),
            ("Gross weight", f"{self.kg} kg"),
            (),
            (
                "No",
                "SSCC",
                "Description",
                "HS Code",
                "Qty",
                "UoM",
                "Packages",
                "Package type",
                "Net kg",
                "Gross kg",
                *(("Wagon no", "Seal no") if self.wagon else ()),
            ),
            *(
                (
                    number,
                    label,
                    "Kitchen set, family of five",
                    "7323.93",
                    120,
                    "set",
                    1,
                    "pallet",
                    610,
                    PALLET_KG,
                    *((self.wagon, self.seal) if self.wagon else ()),
                )
                for number, label in enumerate(self.labels, 1)
            ),
        ):
            sheet.append(row)
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    def facts(self) -> dict[str, object]:
        """What a pre-advice says beside the list: the papers that travel with the load."""
        papers = []
        for kind in ("PACKING_LIST", *(RAIL_PAPERS if self.wagon else PAPERS)):
            said = self.paper(kind)
            days = {
                name: "-".join(reversed(said[name].split(".")))
                for name in ("issued", "valid_until")
                if name in said
            }
            papers.append({"type": kind, "number": said["number"], **days})
        more = {"mode": "RAIL"} if self.wagon else {}
        more |= {"donor": self.donor} if self.donor else {}
        return {"reference": self.ref, "sender": "Agency A", "documents": papers, **more}

    def paper(self, kind: str) -> Mapping[str, str]:
        """The fields of the form that adds a paper."""
        today = utc_now()
        fields = {
            "type": kind,
            "number": f"{kind[:2]}-{self.first}",
            "issued": f"{today - timedelta(days=9):%d.%m.%Y}",
        }
        if kind in ("AF_EXEMPTION", "DRIVER_ID"):
            fields["valid_until"] = f"{today + timedelta(days=90):%d.%m.%Y}"
        return fields
