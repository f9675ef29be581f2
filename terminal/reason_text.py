"""The shape of a reason in words; :mod:`terminal.texts` has them all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One reason in words: the plain sentence, better ones when their facts are there, and what to do now."""

    plain: str
    next: tuple[str, ...]
    better: tuple[str, ...] = ()
