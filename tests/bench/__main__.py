"""`python -m tests.bench`: measures, prints one table, ends by itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import counting, opening, start
from tests.bench.figures import Figure, as_json, as_table
from tests.bench.opening import Effort

_GROUPS: Mapping[str, Callable[[Path, argparse.Namespace], Iterator[Figure]]] = {
    "opening": lambda folder, given: opening.against_bare_flask(folder, Effort(given.rounds, given.seconds)),
    "sizes": lambda folder, given: opening.over_sizes(folder, Effort(given.rounds, given.seconds), given.sizes),
    "calls": lambda folder, _: counting.calls(folder),
    "start": lambda folder, given: start.costs(folder, given.rounds),
}


def main() -> int:
    """Measure the groups that were asked for; 1 when a target was missed."""
    given = _arguments()
    figures: list[Figure] = []
    for name in given.groups or _GROUPS:
        sys.stderr.write(f"measuring: {name}\n")
        with TemporaryDirectory(prefix="coupler-bench-") as folder:
            figures += _GROUPS[name](Path(folder), given)
    sys.stdout.write((as_json(figures) if given.json else as_table(figures)) + "\n")
    return 0 if all(figure.is_held for figure in figures) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(_GROUPS)}; all by default")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured; default: 7")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each time; default: 2")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100_000, 1_000_000], help="numbers of couplings")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    if unknown := set(given.groups) - set(_GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    sys.exit(main())
