"""Calls of the vendors' systems that one deed costs, counted by the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.e2e.demo import Demo, Pair, running_demo

_UNIT = "calls"


def calls(folder: Path) -> Iterator[Figure]:
    """What comparing, coupling, synchronizing and opening cost a server that is not new any more.

    It starts with the field lengths known; that it asks an organization who we are is counted on its own.
    """
    with running_demo(folder) as demo:
        demo.control.delete("/requests").raise_for_status()
        first, second = _differing_pair(demo), _differing_pair(demo)
        coupled: list[str] = []

        def couple(pair: Pair) -> None:
            coupled.append(demo.couple(pair, synchronize="use_crm_data")["coupling"]["id"])

        yield from _cost(demo, "comparison", lambda: _compare(demo, first), reads=2, writes=0)
        yield from _cost(demo, "first coupling + synchronization (WhoAmI)", lambda: couple(first), reads=3, writes=1)
        yield from _cost(demo, "coupling + synchronization", lambda: couple(second), reads=2, writes=1)
        again = lambda: _synchronize(demo, coupled[1])  # noqa: E731
        yield from _cost(demo, "one pair, unchanged", again, reads=2, writes=0)
        demo.change_user(second.user, mobilephone="+45 70 10 20 31")
        yield from _cost(demo, "one pair synchronized", again, reads=2, writes=1)
        yield from _cost(demo, "opening from NAV", lambda: _open(demo, f"nav/salesperson/{second.code}"), 0, 0)
        yield from _cost(demo, "opening from CRM", lambda: _open(demo, f"crm/systemuser/{second.user}"), 0, 0)
        tokens = demo.control.get("/requests", params={"system": "identity"}).json()
        yield Figure("tokens fetched for all of these", len(tokens), _UNIT, at_most=2)


def _cost(demo: Demo, name: str, act: Callable[[], object], reads: int, writes: int) -> Iterator[Figure]:
    """The calls of CRM and NAV that `act` led to, against what it may cost."""
    before = len(_vendor_calls(demo))
    act()
    made = _vendor_calls(demo)[before:]
    read = made.count("GET")
    yield Figure(f"{name}: reads", read, _UNIT, at_most=reads)
    yield Figure(f"{name}: writes", len(made) - read, _UNIT, at_most=writes)


def _vendor_calls(demo: Demo) -> list[str]:
    """The methods of all calls so far, in their order."""
    entries = demo.control.get("/requests").json()
    return [entry["method"] for entry in entries if entry["system"] != "identity"]


def _differing_pair(demo: Demo) -> Pair:
    """Free people whose phone numbers differ, so that synchronizing has something to write."""
    pair = demo.fresh_pair()
    demo.change_user(pair.user, mobilephone="+45 70 10 20 30")
    return pair


def _compare(demo: Demo, pair: Pair) -> None:
    query = {"connection": "cronus", "mapping": "SALESPEOPLE", "nav_key": pair.code, "crm_id": pair.user}
    demo.api.get("/comparison", params=query).raise_for_status()


def _synchronize(demo: Demo, coupling: str) -> None:
    demo.api.post(f"/couplings/{coupling}/synchronize", json={}).raise_for_status()


def _open(demo: Demo, place: str) -> None:
    answer = demo.api.get(f"{demo.url}/open/{place}")
    if answer.status_code != 302 or not answer.headers["Location"].startswith("http"):
        raise RuntimeError(f"Opening answered {answer.status_code}.")
