"""What can go wrong between a device and us, as a tree somebody can draw.

::

    DeviceError
    ├── LinkError           the wire: the supervisor opens it again
    │   ├── LinkRefused     could not be opened: missing, busy, not permitted, nobody answers
    │   └── LinkLost        was open, is gone
    ├── NoAnswer            the device stayed silent for ``after`` seconds
    └── OddAnswer           it answered something else; keeps the ``raw`` bytes

A misconfiguration is :class:`ConfigProblem` (our side, loud at start), never a ``DeviceError``. Every
error says what is wrong in one sentence and carries a ``remedy``: a code from :data:`REMEDIES`, so that
screens can show the advice in the reader's language and the doctor can print it.
"""

from __future__ import annotations

from collections.abc import Sequence

#: remedy code -> what a person standing beside the device should do. English; screens translate by code.
REMEDIES: dict[str, str] = {
    "none": "Nothing to do.",
    "plug_in": "Plug the device or its USB adapter in and check its power; the port opens by itself.",
    "check_path": "Check the port name with `karvon devices ports`; prefer a /dev/serial/by-id/ name.",
    "join_dialout": "Add the user that runs Karvon to the group that owns the port "
    "(usually: sudo usermod -aG dialout USER), then sign in again.",
    "close_other": "Another program holds the port. `karvon devices doctor` names it; stop it there, "
    "or stop the second copy of Karvon.",
    "check_line": "Compare speed, parity and stop bits with the menu of the device, "
    "or let `karvon devices probe` find them.",
    "set_parity": "Set 7 data bits and the parity of the device for the port (bytesize and parity under serial); behind a "
    "device server set it there, or set strip_bit7.",
    "check_protocol": "Compare the protocol with the menu of the device, or let `karvon devices probe` guess it.",
    "check_network": "Check the network cable, the address and the port number; ping the device.",
    "free_session": "Check the port number. If it is right, the device serves one connection and still holds an old "
    "one: close the other program, or shorten the alive check of the device server to one minute.",
    "check_wiring": "The port is open but nothing comes: check the cable (Tx and Rx crossed?), the power of "
    "the device, and that it is set to send continuously.",
    "check_device": "Look at the display of the device and at its power.",
    "check_camera": "Open the picture address in a browser and check address, user name and password.",
    "plug_in_camera": "Plug the camera in; it opens by itself. `ls /dev/v4l/by-id/` shows those that are there.",
    "join_video": "Add the user that runs Karvon to the group that owns the camera "
    "(usually: sudo usermod -aG video USER), then sign in again.",
    "close_camera": "Close the other program that shows this camera (a browser, a recorder, a second Karvon).",
    "check_video": "Name the first node of the camera, as `ls -l /dev/v4l/by-id/` shows it with the ending index0.",
    "check_folder": "Check that the folder or file exists and that Karvon may read it.",
    "choose_port": "Choose another port number, or stop the program that listens on this one.",
    "zero_scale": "Empty the platform and press zero on the indicator.",
    "unload": "The load is above what the scale may weigh: take it off.",
    "wait": "Wait until the load stands still; nobody on the platform, engine off.",
    "clear_tare": "Clear the tare on the indicator, so that it shows the gross weight.",
    "set_unit": "Set the indicator back to the unit named in the configuration.",
    "verify_scale": "The verification of this scale has run out: weigh on another scale and call metrology.",
    "set_scanner": "The scanner has lost its settings: scan the set-up barcodes of its model again.",
    "load_more": "The load is below the smallest load of this scale: use a smaller scale.",
    "restart_device": "Switch the device off and on again.",
    "close_head": "Close the print head until it clicks.",
    "load_paper": "Put a new roll of labels in, close the head and press the feed key once.",
    "load_ribbon": "Put a new ribbon in and close the head.",
    "press_pause": "Press the pause key of the printer.",
    "use_other": "Use the spare device, and tell the integrator.",
}


class DeviceError(Exception):
    """Anything that goes wrong on a wire. ``sentence`` is for people, ``remedy`` a key of :data:`REMEDIES`."""

    def __init__(self, sentence: str, *, remedy: str = "check_device") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy

    @property
    def advice(self) -> str:
        """The remedy as an English sentence."""
        return REMEDIES.get(self.remedy, "")


class LinkError(DeviceError):
    """The wire itself is in trouble; opening it again may help."""


class LinkRefused(LinkError):  # noqa: N818 -- the name says what happened
    """The link could not be opened. ``code`` says why: missing, busy, denied, refused, unreachable, unusable."""

    def __init__(self, sentence: str, *, code: str, remedy: str) -> None:
        super().__init__(sentence, remedy=remedy)
        self.code = code


class LinkLost(LinkError):  # noqa: N818 -- the name says what happened
    """The link was open and is gone: unplugged, hung up, or half open and timed out."""

    code = "lost"

    def __init__(self, sentence: str, *, remedy: str = "plug_in") -> None:
        super().__init__(sentence, remedy=remedy)


class NoAnswer(DeviceError):  # noqa: N818 -- the name says what happened
    """The device stayed silent for ``after`` seconds."""

    def __init__(self, sentence: str, *, after: float, remedy: str = "check_wiring") -> None:
        super().__init__(sentence, remedy=remedy)
        self.after = after


class OddAnswer(DeviceError):  # noqa: N818 -- the name says what happened
    """The device answered something that does not belong to its protocol; ``raw`` keeps the bytes."""

    def __init__(self, sentence: str, *, raw: bytes, remedy: str = "check_protocol") -> None:
        super().__init__(sentence, remedy=remedy)
        self.raw = raw


class ConfigProblem(ValueError):  # noqa: N818 -- the name says what happened
    """The device configuration cannot be used. ``problems`` holds one sentence for each mistake found."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
