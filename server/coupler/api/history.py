"""What was done, and taking it back (domain N-04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coupler.api.access import actor
from coupler.api.operations import Resource
from coupler.api.paging import page
from coupler.api.representation import Sides
from coupler.api.schemas import HistoryEntrySchema, HistoryQuery, UndoBody, UndoneSchema
from coupler.api.services import services
from coupler.engine.ports import HistoryFilter

blueprint = Resource("history", __name__, description="What was done, by whom, and taking it back.")


@blueprint.operation(
    "GET", "/history", answer=HistoryEntrySchema(many=True), query=HistoryQuery, problems=(404,), paged=True
)
def find(query: Mapping[str, Any]) -> Any:
    """What was done, newest first.

    `since` is a time in ISO 8601.
    """
    name = query["connection"]
    which = HistoryFilter(
        connections=frozenset({services().connections.get(name, actor()).name}) if name else None,
        coupling=query["coupling"],
        by=query["by"],
        since=query["since"],
    )
    entries, cursor = services().history.find(which, query["limit"], query["cursor"], actor())
    sides = Sides.of_caller()
    return page([sides.history_entry(entry) for entry in entries], cursor)


@blueprint.operation("POST", "/undo", answer=UndoneSchema, body=UndoBody, problems=(404, 409, 502, 503))
def undo(body: Mapping[str, Any]) -> Any:
    """Take back one entry of the history.

    409 `undo_refused` when the record changed since; nothing is taken back then.
    """
    done = services().history.undo(body["undo"], actor())
    sides = Sides.of_caller()
    coupling = sides.coupling(done.coupling) if done.coupling else None
    return {"entry": sides.history_entry(done.entry), "coupling": coupling}
