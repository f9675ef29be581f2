"""``karvon check``: judge a consignment of the store, or a folder on disk without any store.

Exit codes: 0 releasable, 1 held, blocked or with open questions about sanctions, 2 wrong use or an unusable folder,
3 the store could not be reached.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from terminal.case_folder import CaseFolderError, load_case
from terminal.cli import DONE, FINDINGS, UNREACHABLE, USAGE
from terminal.importing import figures
from workflows.checks.texts import LANGUAGES, clears, sentence, title
from workflows.findings import Finding, Severity
from workflows.judge import Judgement, judge


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon check``."""
    parser.add_argument("reference", nargs="?", metavar="REF", help="a consignment of the store")
    parser.add_argument(
        "--case", type=Path, metavar="FOLDER", help="a folder: raw files, consignment.json, observations.json"
    )
    parser.add_argument(
        "--context",
        type=Path,
        metavar="FILE",
        help="what holds for all cases: date, scales, lists (default: context.json beside the folder)",
    )
    parser.add_argument(
        "--replay",
        type=int,
        metavar="SEQ",
        help="judge REF again as the journal knew it at event SEQ, by the data of then, and compare",
    )
    parser.add_argument("--json", action="store_true", help="print the judgement as JSON")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="language of the sentences")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--data", type=Path, default=Path("var"), metavar="DIR", help="data directory (default: var)"
    )
    which.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://user@host/name")


def run(args: argparse.Namespace) -> int:
    """Judge and report."""
    if (args.case is None) == (args.reference is None) or (args.replay is not None and args.case is not None):
        print(
            "Name a consignment (karvon check REF) or a folder (karvon check --case FOLDER --context FILE).",
            file=sys.stderr,
        )
        return USAGE
    if args.replay is not None:
        return _replayed(args)
    return _folder(args) if args.case is not None else _stored(args)


def _folder(args: argparse.Namespace) -> int:
    context = args.context or args.case.parent / "context.json"
    try:
        case, remarks = load_case(args.case, context)
    except CaseFolderError as error:
        print(error, file=sys.stderr)
        return USAGE
    for remark in remarks:
        print(remark, file=sys.stderr)
    result = judge(case)
    if args.json:
        print(json.dumps(as_json(result, dict(figures(case.papers))), ensure_ascii=False, indent=1))
    else:
        _show(
            case.papers.reference,
            result.decision.value,
            result.lane.value,
            (*result.findings, *result.cannot_tell),
            args.language,
        )
    return DONE if result.decision.value == "RELEASABLE" else FINDINGS


def as_json(result: Judgement, parsed: dict[str, Any]) -> dict[str, Any]:
    """The judgement as the command prints it: decision, lane, parsed figures, findings; what could not be told apart."""
    return {
        "decision": result.decision.value,
        "lane": result.lane.value,
        "parsed": parsed,
        "findings": [_plain(found) for found in result.findings],
        "cannot_tell": [_plain(found) for found in result.cannot_tell],
    }


def _plain(found: Finding) -> dict[str, Any]:
    return {
        "check": found.check,
        "severity": found.severity.value,
        "target": found.target,
        "facts": dict(found.facts),
        "clears": clears(found),
    }


def _show(
    reference: str, decision: str, lane: str, findings: Iterable[Finding], language: str, rules: str = ""
) -> None:
    """Verdict, rules it rests on, and of each finding its figures and what would clear it."""
    print(f"{reference}: {decision}, {lane}{f' ({rules})' if rules else ''}")
    ordered = sorted(findings, key=lambda f: (f.cannot_tell, -f.severity.rank))
    for found in ordered:
        held = found.severity.rank >= Severity.HOLD.rank
        mark = "?" if found.cannot_tell and not held else found.severity.value
        print(
            f"  {mark:5} {found.check} {found.target}: {title(found.check, language)}. {sentence(found, language)}"
        )
        print(f"        {clears(found, language)}")


def _stored(args: argparse.Namespace) -> int:
    """What the checks said of a consignment of the store when they last ran: the result that the gate obeys."""
    from terminal.store import BadAddress, NotReady, Store, StoreError, url_in  # noqa: PLC0415 - only this form needs a store

    if args.database is None and not args.data.is_dir():
        print(
            f"There is no data directory {args.data}. Name it with --data, or judge a folder with --case.",
            file=sys.stderr,
        )
        return UNREACHABLE
    try:
        with (
            Store.open(args.database or url_in(args.data), writing=False) as store,
            store.reading() as reader,
        ):
            reference = reader.reference_of(args.reference) or args.reference
            consignment = reader.consignment(reference)
    except BadAddress as error:
        print(error, file=sys.stderr)
        return USAGE
    except (NotReady, StoreError) as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    if consignment is None:
        print(f"There is no consignment {args.reference}.", file=sys.stderr)
        return USAGE
    if consignment.decision is None:
        print(f"The checks of {reference} have not run yet.", file=sys.stderr)
        return FINDINGS
    lane = consignment.lane or ""
    if args.json:
        told = [f for f in consignment.findings if not f.cannot_tell]
        unknown = [f for f in consignment.findings if f.cannot_tell]
        answer = {
            "decision": consignment.decision,
            "lane": lane,
            "rules_version": consignment.rules_version,
            "parsed": dict(figures(consignment.papers)),
            "findings": [_plain(found) for found in told],
            "cannot_tell": [_plain(found) for found in unknown],
        }
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        rules = consignment.rules_version or ""
        _show(reference, consignment.decision, lane, consignment.findings, args.language, rules)
    return DONE if consignment.decision == "RELEASABLE" else FINDINGS


def _replayed(args: argparse.Namespace) -> int:
    """A decision of the journal made again. 0 the same, 1 another, 2 no such one, 3 unreachable or its data is lost."""
    from dataclasses import replace  # noqa: PLC0415 - only this form needs a terminal

    from devices.errors import ConfigProblem  # noqa: PLC0415
    from terminal.filing import KeptFileError  # noqa: PLC0415
    from terminal.replaying import CannotReplayError, replay  # noqa: PLC0415
    from terminal.running import opened, settings_of  # noqa: PLC0415
    from terminal.store import BadAddress, StoreError  # noqa: PLC0415

    if not args.data.is_dir():
        print(f"There is no data directory {args.data}. Name it with --data.", file=sys.stderr)
        return UNREACHABLE
    try:
        settings = settings_of(None, args.data)
        if args.database is not None:
            settings = replace(settings, database=args.database)
        with opened(settings, writing=False) as service:
            with service.reading() as reader:
                reference = reader.reference_of(args.reference) or args.reference
            found = replay(service.store, service.room, lambda: service.secret, reference, args.replay)
    except (CannotReplayError, ConfigProblem, BadAddress) as error:
        print(error, file=sys.stderr)
        return USAGE
    except (KeptFileError, StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    if args.json:
        answer = {
            "event": found.seq,
            "at": found.at.isoformat(),
            "same": found.same,
            "program": found.program,
            "rules_version": found.again.rules_version,
            "then": {"decision": found.then.decision, "lane": found.then.lane},
            "again": {"decision": found.again.decision, "lane": found.again.lane},
            "added": [_plain(one) for one in found.change.added],
            "removed": [_plain(one) for one in found.change.removed],
        }
        print(json.dumps(answer, ensure_ascii=False, indent=1))
        return DONE if found.same else FINDINGS
    word = "the same" if found.same else "NOT the same"
    print(
        f"Event {found.seq} of {found.at.isoformat()}, by {found.again.rules_version}, program {found.program}: {word}"
    )
    _show(reference, found.again.decision, found.again.lane, found.again.findings, args.language)
    if not found.same:
        print(f"Then it was {found.then.decision}, {found.then.lane}.")
        for one in found.change.added:
            print(f"  now, not then: {one.severity.value} {one.check} {one.target}")
        for one in found.change.removed:
            print(f"  then, not now: {one.severity.value} {one.check} {one.target}")
    return DONE if found.same else FINDINGS
