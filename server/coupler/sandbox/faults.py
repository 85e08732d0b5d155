"""Scripted trouble: which call is spoiled, how often, and how (contract 7)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, get_args, get_type_hints
from urllib.parse import unquote

GENERIC_ACTIONS = ("status", "delay", "stall", "drop", "truncate", "html")
# Handed to the system's own app, which acts in the vendor's form.
VENDOR_ACTIONS = ("stale_etag", "expire_delta", "revoke_token")


class BadFault(ValueError):
    """A fault that cannot be understood; the message says which key."""


@dataclass(slots=True)
class Fault:
    """One scripted trouble. `times` None means for ever; `seconds` belongs to `delay`.

    `match` is `METHOD glob`, either may be left out; the glob runs over the raw target, with or without
    its query, and over the decoded one.
    """

    system: str
    action: str
    match: str = "*"
    after: int = 0
    times: int | None = 1
    status: int | None = None
    retry_after: float | str | None = None
    applied: bool = False
    seconds: float = 1.0
    seen: int = 0
    met: int = 0
    released: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def matches(self, system: str, method: str, target: str) -> bool:
        """Does this fault speak of such a call at all, leaving `after` and `times` aside?"""
        if system != self.system:
            return False
        wanted, glob = _split(self.match)
        if wanted and wanted != method:
            return False
        path = target.partition("?")[0]
        return any(fnmatchcase(text, glob) for text in (target, path, unquote(target)))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with how often it was seen (matching calls) and met (calls spoiled)."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "released"}


class FaultList:
    """The faults in force, in the order they were added; the first that applies to a call wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, *raws: Mapping[str, Any]) -> list[Fault]:
        """Put them in force, all or none; raises BadFault."""
        faults = [parse_fault(raw) for raw in raws]
        with self._lock:
            self._faults += faults
        return faults

    def take(self, system: str, method: str, target: str) -> Fault | None:
        """The fault this call has to suffer; counts it."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(system, method, target):
                    continue
                fault.seen += 1
                if fault.seen > fault.after and (fault.times is None or fault.met < fault.times):
                    fault.met += 1
                    return fault
        return None

    def all(self) -> list[Fault]:
        """Every fault, spent ones too."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """End all faults and let stalled calls go on."""
        with self._lock:
            ended, self._faults = self._faults, []
        for fault in ended:
            fault.released.set()


def parse_fault(raw: Mapping[str, Any]) -> Fault:
    """A Fault from the contract's JSON; unknown keys and values are refused."""
    if not isinstance(raw, Mapping):
        raise BadFault("A fault is a JSON object.")
    known = {f.name for f in fields(Fault)} - {"seen", "met", "released"}
    if unknown := set(raw) - known:
        raise BadFault(f"Unknown key {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}.")
    if raw.get("system") not in ("crm", "nav", "bc", "identity"):
        raise BadFault("system must be crm, nav, bc or identity.")
    if raw.get("action") not in GENERIC_ACTIONS + VENDOR_ACTIONS:
        raise BadFault(f"action must be one of {', '.join(GENERIC_ACTIONS + VENDOR_ACTIONS)}.")
    hints = get_type_hints(Fault)
    for key, value in raw.items():
        if not _is_a(value, hints[key]):
            raise BadFault(f"{key} cannot be {value!r}.")
    return Fault(**raw)


def _is_a(value: Any, hint: Any) -> bool:
    kinds = get_args(hint) or (hint,)
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, int) and float in kinds:
        return True
    return isinstance(value, kinds)


def _split(match: str) -> tuple[str, str]:
    first, _, rest = match.strip().partition(" ")
    if first.isalpha() and first.isupper():
        return first, rest.strip() or "*"
    return "", match.strip() or "*"
