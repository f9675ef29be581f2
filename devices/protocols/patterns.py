"""Regular expressions from a configuration: checked before they meet a wire.

Python's engine has no time limit, so a pattern that can backtrack without bound is refused when the device is
configured, with words that help to rewrite it. The check is a small tokenizer, not a parser: it errs on the
side of refusing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"""(?P<escape>\\(?:x[0-9A-Fa-f]{2}|.))
    |(?P<klass>\[\^?\]?(?:\\.|[^\]\\])*\])
    |(?P<open>\((?:\?(?:P<[A-Za-z_][A-Za-z_0-9]*>|P=[A-Za-z_0-9]+|<?[=!]|\#[^)]*|[aiLmsux-]*:?|>|\([^)]*\)))?)
    |(?P<close>\))
    |(?P<repeat>[*+?]|\{[0-9]*,?[0-9]*\})(?P<lazy>[?+]?)
    |(?P<bar>\|)
    |(?P<any>\.)
    |(?P<anchor>[$^])
    |(?P<plain>[^\\])
    """,
    re.VERBOSE | re.DOTALL,
)
_ZERO_WIDTH = frozenset((b"\\b", b"\\B", b"\\A", b"\\Z"))
_LITERALS = {b"\\r": 13, b"\\n": 10, b"\\t": 9, b"\\f": 12, b"\\v": 11, b"\\a": 7, b"\\0": 0}
_ALL = frozenset(range(256))
#: a repeat of a set wider than this at either end of a pattern swallows whatever comes
_BROAD = 128
#: repeats that can take each other's bytes: this many one after another are too many, and this many broad ones
_CHAIN, _BROAD_CHAIN = 6, 3


@dataclass(slots=True)
class _Atom:
    """One byte-wide atom, a group end, or a bar."""

    kind: str
    bytes_: frozenset[int] = frozenset()
    unbounded: bool = False
    optional: bool = False
    depth: int = 0


def _set_of(token: bytes) -> frozenset[int]:
    """The bytes one atom matches."""
    single = re.compile(token, re.DOTALL)
    return frozenset(b for b in range(256) if single.fullmatch(bytes((b,))))


def _atoms(pattern: bytes) -> list[_Atom]:
    """The pattern as a flat list. Raises ``ValueError`` for a repeated group that repeats inside."""
    atoms: list[_Atom] = []
    groups: list[bool] = []  # per open group: does it hold a repeat of varying length?
    closed = False  # did the group closed last hold a repeat?
    at = 0
    while at < len(pattern):
        found = _TOKEN.match(pattern, at)
        if not found:
            raise ValueError("the pattern ends inside an escape or a class")
        at = found.end()
        token = found[0]
        kind = found.lastgroup if found["repeat"] is None else "repeat"
        if kind == "open":
            if token.startswith(b"(?P="):
                raise ValueError("a reference to another group can take for ever; write the text out")
            groups.append(False)
            atoms.append(_Atom("open", depth=len(groups)))
        elif kind == "close":
            closed = groups.pop() if groups else False
            if groups and closed:
                groups[-1] = True
            atoms.append(_Atom("close", depth=len(groups)))
        elif kind == "bar":
            atoms.append(_Atom("bar", depth=len(groups)))
        elif kind == "repeat":
            _repeat(found["repeat"], atoms, groups, closed)
        elif kind == "anchor" or token in _ZERO_WIDTH:
            atoms.append(_Atom("anchor", depth=len(groups)))
        else:
            if kind == "escape" and token[1:2].isdigit() and token != b"\\0":
                raise ValueError("a reference to another group can take for ever; write the text out")
            atoms.append(_Atom("byte", _set_of(token), depth=len(groups)))
    return atoms


def _repeat(token: bytes, atoms: list[_Atom], groups: list[bool], closed: bool) -> None:
    if not atoms:
        raise ValueError("the pattern starts with a repeat")
    body = found[1] if (found := re.match(rb"\{([0-9]*,?[0-9]*)\}", token)) else b""
    upper = body.rsplit(b",", 1)[-1]
    counted = len(upper) <= 2 and upper.isdigit() and int(upper) <= 64
    unbounded = token[:1] in b"*+" or (bool(body) and not counted)
    last = atoms[-1]
    if last.kind == "close":
        again = unbounded or (bool(body) and upper not in (b"0", b"1"))
        if again:
            _check_alternatives(atoms)
        if closed and again:
            raise ValueError(
                "a repeated group must not hold a repeat itself, as in (a+)+; it can take for ever"
            )
        for atom in reversed(atoms):
            if atom.kind == "open" and atom.depth == last.depth + 1:
                break
            atom.unbounded |= unbounded and atom.kind == "byte"
            atom.optional |= token[:1] in b"*?" or body.startswith((b"0", b","))
    last.unbounded |= unbounded
    last.optional |= token[:1] in b"*?" or body.startswith((b"0", b","))
    if groups and (unbounded or token == b"?" or b"," in body):
        groups[-1] = True


def _check_alternatives(atoms: list[_Atom]) -> None:
    """The alternatives of the group closed last, which repeats, must start differently, or (a|a)* takes for ever."""
    depth = atoms[-1].depth + 1
    taken: frozenset[int] = frozenset()
    first, bars = True, False
    begin = max(n for n, atom in enumerate(atoms) if atom.kind == "open" and atom.depth == depth)
    for atom in atoms[begin + 1 : -1]:
        if atom.kind == "bar" and atom.depth == depth:
            first = bars = True
        elif first and atom.kind == "byte":
            if atom.bytes_ & taken:
                raise ValueError(
                    "alternatives that start alike must not repeat, as in (a|ab)*; it can take for ever"
                )
            taken |= atom.bytes_
            first = atom.optional
    if first and bars:
        raise ValueError("an empty alternative must not repeat, as in (a|)*; it can take for ever")


def compile_frame(text: str, *, required: str = "weight") -> tuple[re.Pattern[bytes], int | None]:
    """The pattern over Latin-1 bytes (dot matches all, ``^`` after LF too), and its end mark when it has one.

    The end mark is the one byte every match ends with, None when the last atom is not a single byte. Raises
    ``ValueError`` with the fix for a pattern that does not compile, lacks the group, or could backtrack without bound.
    """
    try:
        pattern = text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError(f"{text[error.start]!r} is no Latin-1 character; write bytes as \\xNN") from None
    try:
        compiled = re.compile(pattern, re.DOTALL | re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"the pattern does not compile: {error}") from None
    if required not in compiled.groupindex:
        raise ValueError(f"the pattern has no group (?P<{required}>...)")
    if compiled.fullmatch(b""):
        raise ValueError("the pattern matches nothing at all; give it a start or an end mark")
    atoms = _atoms(pattern)
    wide = [atom for atom in atoms if atom.kind == "byte"]
    for edge in (wide[:1] + wide[-1:]) if wide else []:
        if edge.unbounded and len(edge.bytes_) > _BROAD:
            raise ValueError("`.*` stands at an end of the pattern; it may only stand between marks")
    chain: list[_Atom] = []
    for atom in wide:
        if chain and not any(atom.bytes_ & link.bytes_ for link in chain) and not atom.optional:
            chain = []
        if atom.unbounded:
            chain = [link for link in chain if link.bytes_ & atom.bytes_] + [atom]
            broad = sum(len(link.bytes_) > _BROAD for link in chain)
            if len(chain) >= _CHAIN or broad >= _BROAD_CHAIN:
                raise ValueError(
                    "too many repeats in a row can take the same bytes; separate them by a mark they cannot match, "
                    "such as [^\\r]* instead of .*"
                )
    return compiled, _end_mark(atoms)


def _end_mark(atoms: list[_Atom]) -> int | None:
    last = atoms[-1] if atoms else None
    if last is None or last.kind != "byte" or last.unbounded or last.optional or len(last.bytes_) != 1:
        return None
    if any(atom.kind == "bar" and atom.depth == 0 for atom in atoms):
        return None
    return next(iter(last.bytes_))
