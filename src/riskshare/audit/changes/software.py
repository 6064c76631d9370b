"""What differs between the software of two pins."""

from __future__ import annotations

from collections.abc import Mapping

from riskshare.audit.changes.change import Cause, Change


def software_changes(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[Change, ...]:
    """Every library whose version is another."""
    names = dict.fromkeys((*then, *now))
    return tuple(
        Change(Cause.SOFTWARE, name, then.get(name, ""), now.get(name, ""), "", "software", name)
        for name in names
        if then.get(name) != now.get(name)
    )
