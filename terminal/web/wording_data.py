"""What the reference tables are called on the pages."""

from __future__ import annotations

from terminal.web.i18n import N_

#: file name -> what it holds
TABLES: dict[str, str] = {
    "precursors_hs.csv": N_("Drug precursors and watched chemicals"),
    "watch_hs.csv": N_("Arms, explosives, dual-use goods and telecom by tariff code"),
    "controlled_medicines.csv": N_("Controlled medicines"),
    "policy_goods.csv": N_("Goods under a policy, such as infant formula"),
    "dg_un_numbers.csv": N_("Dangerous goods by UN number"),
    "dg_keywords.json": N_("Words that mean dangerous goods"),
    "dg_segregation.json": N_("What may not stand or travel together"),
    "required_documents.csv": N_("Papers that are required, and when"),
    "goods_types.csv": N_("Goods type by tariff code"),
    "tolerances.json": N_("Tolerances and thresholds"),
    "risk_indicators.csv": N_("Points of the risk indicators"),
    "check_severities.csv": N_("Which check holds or blocks"),
    "customs_offices.json": N_("Customs offices: lanes, shares and cap"),
    "storage_places.csv": N_("Bays and yard places"),
    "vehicle_profiles.csv": N_("Vehicles for the estimate of axle loads"),
    "unsc.xml": N_("Sanctions list of the UN Security Council"),
}
