"""What was measured, what it should be, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. A bound makes it a target; without one it explains the others."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def target(self) -> str:
        """The bound in words, empty without one."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    @property
    def is_held(self) -> bool:
        """Whether the number keeps to its bounds."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    @property
    def verdict(self) -> str:
        """Held, missed, or nothing where there is no target."""
        if not self.target:
            return ""
        return "held" if self.is_held else "MISSED"


def as_table(figures: Sequence[Figure]) -> str:
    """A Markdown table that is also readable as it is."""
    lines = [("what", "measured", "unit", "target", "")]
    lines += [(one.name, _number(one.value), one.unit, one.target, one.verdict) for one in figures]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    rows = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(rows)


def as_json(figures: Sequence[Figure]) -> str:
    """A list of objects; `held` is null where there is no target."""
    return json.dumps([asdict(one) | {"held": one.is_held if one.target else None} for one in figures], indent=1)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
