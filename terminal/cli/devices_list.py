"""``karvon devices protocols | ports | doctor``: what there is and what is wrong with it."""

from __future__ import annotations

import argparse
import asyncio
import inspect

from devices.config import read_devices
from devices.doctor import Finding, examine
from devices.errors import ConfigProblem
from devices.plugins import load_plugins
from devices.ports import list_serial_ports
from devices.probe import words
from devices.protocols import CODECS, codec_class
from terminal.cli.devices import DONE, FINDINGS, USAGE, as_plain, complain, say, table


def run_protocols(args: argparse.Namespace) -> int:
    """List the codecs, or explain one. Exit code 2 for an unknown name."""
    load_plugins()
    names = sorted(CODECS) if args.name is None else [args.name]
    if unknown := [name for name in names if name not in CODECS]:
        complain(f"There is no protocol {unknown[0]!r}; `karvon devices protocols` lists them.")
        return USAGE
    infos = [codec_class(name).info for name in names]
    if args.json:
        for info in infos:
            settings = inspect.getdoc(codec_class(info.name).__init__) or ""
            say({**as_plain(info), "serial": dict(info.serial), "settings": settings})
        return DONE
    if args.name is not None:
        info = infos[0]
        print(f"{info.name}: {info.title}\n")
        print(f"devices    {info.devices}")
        print(f"line       {words(info.serial)}")
        print(f"asked      {'yes, Karvon polls it' if info.polled else 'no, it sends by itself'}")
        if info.kind == "scale":
            print(
                f"unit       {'on the wire' if info.carries_unit else 'from the configuration (unit = ...)'}"
            )
        print(f"source     {info.source} ({info.confidence})\n")
        print(inspect.getdoc(codec_class(info.name).__init__) or "")
        return DONE
    heading = ["protocol", "kind", "line", "asked", "unit", "devices"]
    rows = [
        [
            info.name,
            info.kind,
            words(info.serial) if info.serial else "network",
            "yes" if info.polled else "no",
            "wire" if info.carries_unit else "config",
            info.devices,
        ]
        for info in infos
    ]
    table([heading, *rows])
    return DONE


def run_ports(args: argparse.Namespace) -> int:
    """List the serial ports of this machine."""
    ports = list_serial_ports()
    if args.json:
        for port in ports:
            say(as_plain(port))
        return DONE
    if not ports:
        complain("There is no serial port. A scanner in keyboard mode has none: set it to COM emulation.")
        return DONE
    rows = [
        [
            port.stable,
            port.path if port.path != port.stable else "",
            port.description or port.usb,
            "yes" if port.allowed else f"no (group {port.group})",
            ", ".join(port.holders) or "-",
        ]
        for port in ports
    ]
    table([["name for the configuration", "now", "what it is", "may open", "held by"], *rows])
    return DONE


def run_doctor(args: argparse.Namespace) -> int:
    """Examine machine and devices; exit code 1 when something is bad."""
    found: list[Finding] = []
    configs = []
    try:
        load_plugins()
        configs = read_devices(args.config) if args.config is not None else []
    except ConfigProblem as problem:
        found += [
            Finding("bad", "configuration", sentence, "Correct the file.") for sentence in problem.problems
        ]
    found += asyncio.run(examine(configs, touch=not args.no_touch))
    for finding in found:
        if args.json:
            say(as_plain(finding))
        else:
            print(f"{finding.level:<4}  {finding.about}: {finding.sentence}")
            if finding.remedy:
                print(f"      -> {finding.remedy}")
    return FINDINGS if any(finding.level == "bad" for finding in found) else DONE
