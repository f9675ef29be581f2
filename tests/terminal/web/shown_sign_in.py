"""Pages of signing in, for the gallery."""

from __future__ import annotations

from typing import Any

from terminal.sessions import Shown
from terminal.web.badges import bars
from terminal.web.devices import qr
from terminal.web.view_models_people import FactorView
from tests.terminal.web.shown import ADMIN, GATE, OFFICER, ago

SESSIONS = (
    Shown("a1", "Firefox, Windows", "10.20.4.17", "", ago(140), ago(1), True),
    Shown("b2", "Chrome, Android", "10.20.9.3", "", ago(2900), ago(95), False),
    Shown("c3", "Chrome, Linux", "10.20.9.8", "gate-2", ago(30), ago(4), False),
)
_ACCOUNT: dict[str, Any] = {
    "answer": None,
    "factors": (
        FactorView("f1", "totp", "Work phone", ago(90000), ago(140)),
        FactorView("f2", "passkey", "Blue key", ago(5000)),
    ),
    "codes_left": 9,
    "sessions": SESSIONS,
    "missing": False,
    "passkeys_here": True,
    "proved": False,
}
KEY = "otpauth://totp/Termez%20Cargo%20Center:dilfuza?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Termez"
CODE = "KBQ7MN4X2HJ8RPWD5TKVEZ"
_APP = {"answer": None, "key": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", "offer": "b2ZmZXI="}
_BADGE = {"answer": None, "station": "gate-2", "working": ""}
PAGES: dict[str, tuple[str, Any, str, dict[str, Any]]] = {
    "second": (
        "second.html",
        None,
        "/sign-in/second",
        {"answer": None, "pending": "x" * 43, "ways": ("passkey", "recovery", "totp"), "next": "/"},
    ),
    "account": ("account.html", OFFICER, "/account", _ACCOUNT),
    "account-missing": (
        "account.html",
        OFFICER,
        "/account",
        {**_ACCOUNT, "factors": (), "codes_left": 0, "sessions": SESSIONS[:1], "missing": True},
    ),
    "account-app": ("account_app.html", OFFICER, "/account/app", {**_APP, "qr": qr(KEY, "QR"), "codes": ()}),
    "account-codes": (
        "account_app.html",
        OFFICER,
        "/account/app/confirm",
        {"answer": None, "codes": ("k3vx-9wqd-m2hp-t7ae", "b8nc-4rzf-y6ug-s5jk")},
    ),
    "badge-in": ("badge_in.html", None, "/badge", _BADGE),
    "badge-change": ("badge_in.html", GATE, "/badge", {**_BADGE, "working": "Otabek Rahimov"}),
    "badge-nowhere": ("badge_in.html", None, "/badge", {**_BADGE, "station": ""}),
    "badge": (
        "badge.html",
        ADMIN,
        "/people/p-2/badge",
        {
            "answer": None,
            "id": "p-2",
            "name": "Otabek Rahimov",
            "terminal": "Termez Cargo Center",
            "qr": qr(CODE, "QR"),
            "bars": bars(CODE),
        },
    ),
}
