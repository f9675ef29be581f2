"""Words about readings of devices and what comparing them found."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

EVENTS: Mapping[str, str] = {
    "PlateRead": N_("Plate read"),
    "SealRead": N_("Seal read"),
    "RadiationRead": N_("Radiation portal"),
    "TagRead": N_("Tags read"),
    "PassportRead": N_("Passport read"),
    "TemperatureRead": N_("Temperature record"),
    "DeviceTold": N_("Device report"),
    "ReadingLinked": N_("Reading of a device"),
    "SignalShown": N_("Lamp or barrier"),
}

KINDS: Mapping[str, str] = {
    "seal": N_("Seal reader"),
    "radiation": N_("Radiation portal"),
    "inspection": N_("X-ray results"),
    "logger": N_("Temperature loggers"),
    "station": N_("Station"),
}

DEVICE_WORDS: Mapping[str, Mapping[str, str]] = {
    "reading": {
        "plate": N_("Plate"),
        "seal": N_("Seal"),
        "radiation": N_("Radiation"),
        "tag": N_("Tag"),
        "passport": N_("Passport"),
        "temperature": N_("Temperature record"),
        "device": N_("Device"),
    },
    "said": {
        "PLATE_EXPECTED": N_("expected"),
        "PLATE_INSIDE": N_("inside"),
        "SEAL_ON_PAPERS": N_("as on the papers"),
        "SEAL_UNDECLARED": N_("no paper names a seal"),
        "SEAL_DIFFERS": N_("not the seal on the papers"),
        "SEAL_NOT_INTACT": N_("not whole"),
        "SEAL_OPEN_AT_DOCK": N_("opened at the dock"),
        "SEAL_CHANGED": N_("changed since it was last read"),
        "SEAL_UNCHANGED": N_("as when it was last read"),
        "SEAL_BATTERY_LOW": N_("battery low"),
        "RADIATION_ALARM": N_("radiation alarm"),
        "RADIATION_CLEAR": N_("no radiation alarm"),
        "DOCUMENT_EXPIRED": N_("the document has expired"),
        "DOCUMENT_VALID": N_("the document is valid"),
        "TEMPERATURE_GAPS": N_("the record has gaps"),
    },
}

#: remedies of :mod:`devices.errors`, for the reader of a page
ADVICE: Mapping[str, str] = {
    "plug_in": N_("Plug the device or its USB adapter in and check its power; the port opens by itself."),
    "check_path": N_("Check the port name with `karvon devices ports`; prefer a /dev/serial/by-id/ name."),
    "join_dialout": N_(
        "Add the user that runs Karvon to the group that owns the port (usually: sudo usermod -aG dialout USER), then sign in again."
    ),
    "close_other": N_(
        "Another program holds the port. `karvon devices doctor` names it; stop it there, or stop the second copy of Karvon."
    ),
    "set_parity": N_(
        "Set 7 data bits and the parity of the device for the port (bytesize and parity under serial); behind a device server set it there, or set strip_bit7."
    ),
    "check_line": N_(
        "Compare speed, parity and stop bits with the menu of the device, or let `karvon devices probe` find them."
    ),
    "check_protocol": N_(
        "Compare the protocol with the menu of the device, or let `karvon devices probe` guess it."
    ),
    "check_network": N_("Check the network cable, the address and the port number; ping the device."),
    "free_session": N_(
        "Check the port number. If it is right, the device serves one connection and still holds an old one: close the other program, or shorten the alive check of the device server to one minute."
    ),
    "check_wiring": N_(
        "The port is open but nothing comes: check the cable (Tx and Rx crossed?), the power of the device, and that it is set to send continuously."
    ),
    "check_device": N_("Look at the display of the device and at its power."),
    "check_camera": N_("Open the picture address in a browser and check address, user name and password."),
    "plug_in_camera": N_(
        "Plug the camera in; it opens by itself. `ls /dev/v4l/by-id/` shows those that are there."
    ),
    "join_video": N_(
        "Add the user that runs Karvon to the group that owns the camera (usually: sudo usermod -aG video USER), then sign in again."
    ),
    "close_camera": N_(
        "Close the other program that shows this camera (a browser, a recorder, a second Karvon)."
    ),
    "check_video": N_(
        "Name the first node of the camera, as `ls -l /dev/v4l/by-id/` shows it with the ending index0."
    ),
    "check_folder": N_("Check that the folder or file exists and that Karvon may read it."),
    "choose_port": N_("Choose another port number, or stop the program that listens on this one."),
    "zero_scale": N_("Empty the platform and press zero on the indicator."),
    "unload": N_("The load is above what the scale may weigh: take it off."),
    "wait": N_("Wait until the load stands still; nobody on the platform, engine off."),
    "clear_tare": N_("Clear the tare on the indicator, so that it shows the gross weight."),
    "set_unit": N_("Set the indicator back to the unit named in the configuration."),
    "verify_scale": N_(
        "The verification of this scale has run out: weigh on another scale and call metrology."
    ),
    "set_scanner": N_("The scanner has lost its settings: scan the set-up barcodes of its model again."),
    "load_more": N_("The load is below the smallest load of this scale: use a smaller scale."),
    "restart_device": N_("Switch the device off and on again."),
    "close_head": N_("Close the print head until it clicks."),
    "load_paper": N_("Put a new roll of labels in, close the head and press the feed key once."),
    "load_ribbon": N_("Put a new ribbon in and close the head."),
    "press_pause": N_("Press the pause key of the printer."),
    "use_other": N_("Use the spare device, and tell the integrator."),
}
