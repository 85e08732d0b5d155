"""What every store of the history must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contracts.stores import NOW, Stores, coupling, entry, new_id

from coupler.domain.errors import InvalidInput, NotFound, Stale
from coupler.domain.history import Deed, HistoryEntry, Stage
from coupler.engine.ports import HistoryFilter

EVERYTHING = HistoryFilter()


class HistoryContract:
    """Append-only; an intent may be closed, once."""

    def test_an_entry_comes_back_whole(self, store: Stores) -> None:
        written = entry(coupling(), undoes=new_id())
        store.history.add(written)

        assert store.history.get(written.id) == written

    def test_an_entry_that_was_never_written_is_not_found(self, store: Stores) -> None:
        with pytest.raises(NotFound):
            store.history.get(new_id())
        with pytest.raises(NotFound):
            store.history.close(entry(coupling()))

    def test_intents_that_nobody_closed_are_found_oldest_first(self, store: Stores) -> None:
        made = coupling()
        late = entry(made, Deed.SYNCHRONIZE, Stage.INTENT, at=NOW + timedelta(seconds=1))
        early = entry(made, Deed.SYNCHRONIZE, Stage.INTENT, at=NOW)
        others = (entry(made), entry(coupling("BD"), Deed.SYNCHRONIZE, Stage.INTENT))
        for written in (late, early, *others):
            store.history.add(written)

        assert store.history.open_intents(made.id) == [early, late]

    @pytest.mark.parametrize("stage", [Stage.CONFIRMED, Stage.REFUSED, Stage.NOT_APPLIED])
    def test_closing_an_intent_changes_its_stage_and_detail_and_nothing_else(self, store: Stores, stage: Stage) -> None:
        intent = entry(coupling(), Deed.SYNCHRONIZE, Stage.INTENT)
        store.history.add(intent)

        store.history.close(replace(intent, stage=stage, detail="seen", by="somebody else", after={}))

        assert store.history.get(intent.id) == replace(intent, stage=stage, detail="seen")
        assert store.history.open_intents(intent.coupling) == []

    def test_closing_twice_is_once_and_closing_otherwise_is_refused(self, store: Stores) -> None:
        intent = entry(coupling(), Deed.SYNCHRONIZE, Stage.INTENT)
        store.history.add(intent)
        confirmed = replace(intent, stage=Stage.CONFIRMED)
        store.history.close(confirmed)

        store.history.close(confirmed)
        with pytest.raises(Stale):
            store.history.close(replace(intent, stage=Stage.REFUSED))

        assert store.history.get(intent.id).stage is Stage.CONFIRMED

    def test_what_a_reader_held_for_not_applied_its_writer_may_still_confirm(self, store: Stores) -> None:
        intent = entry(coupling(), Deed.SYNCHRONIZE, Stage.INTENT)
        store.history.add(intent)
        store.history.close(replace(intent, stage=Stage.NOT_APPLIED, detail="concluded"))

        with pytest.raises(Stale):
            store.history.close(replace(intent, stage=Stage.REFUSED))
        store.history.close(replace(intent, stage=Stage.CONFIRMED, detail=""))

        assert store.history.get(intent.id) == replace(intent, stage=Stage.CONFIRMED, detail="")

    def test_only_a_confirmed_undo_counts(self, store: Stores) -> None:
        done = entry(coupling())
        refused = entry(coupling(), Deed.UNDO, Stage.REFUSED, undoes=done.id)
        confirmed = entry(coupling(), Deed.UNDO, Stage.CONFIRMED, undoes=done.id)
        store.history.add(done)
        store.history.add(refused)
        assert store.history.undone_by(done.id) is None

        store.history.add(confirmed)

        assert store.history.undone_by(done.id) == confirmed

    def test_pages_by_cursor_hold_everything_once_newest_first(self, store: Stores) -> None:
        made = coupling()
        written = [entry(made, at=NOW + timedelta(microseconds=number // 2)) for number in range(7)]
        for each in written:
            store.history.add(each)

        seen: list[HistoryEntry] = []
        cursor: str | None = None
        for _ in range(4):
            page, cursor = store.history.find(EVERYTHING, 2, cursor)
            seen.extend(page)

        assert cursor is None
        assert seen == sorted(written, key=lambda each: (each.at, each.id), reverse=True)

    @pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "0" * 5000])
    def test_a_cursor_that_was_never_given_out_is_invalid(self, store: Stores, cursor: str) -> None:
        with pytest.raises(InvalidInput):
            store.history.find(EVERYTHING, 10, cursor)

    def test_entries_are_found_by_each_field(self, store: Stores) -> None:
        here = entry(coupling(connection="cronus"), by="user:annette", at=NOW)
        there = entry(coupling(connection="fabrikam"), by="user:bart", at=NOW - timedelta(days=1))
        store.history.add(here)
        store.history.add(there)

        for which in (
            HistoryFilter(connections=frozenset({"cronus"})),
            HistoryFilter(coupling=here.coupling),
            HistoryFilter(by="user:annette"),
            HistoryFilter(since=NOW),
        ):
            assert store.history.find(which, 10, None) == ([here], None)
        assert store.history.find(HistoryFilter(connections=frozenset()), 10, None) == ([], None)

    @pytest.mark.parametrize("text", ["\x00", "\ud800"])
    def test_values_that_no_database_can_hold_are_invalid_input(self, store: Stores, text: str) -> None:
        with pytest.raises(InvalidInput):
            store.history.add(entry(coupling(), before={"Name": [text]}))
        with pytest.raises(InvalidInput):
            store.history.add(entry(coupling(), after={text: 1}))

    def test_a_backslash_before_u0000_is_just_text(self, store: Stores) -> None:
        written = entry(coupling(), before={"Path": "C:\\u0000"})
        store.history.add(written)

        assert store.history.get(written.id) == written
