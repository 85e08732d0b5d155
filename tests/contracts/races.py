"""Many who do the same at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Rival = TypeVar("Rival")
Answer = TypeVar("Answer")


def race(rivals: Sequence[Rival], act: Callable[[Rival], Answer]) -> list[Answer]:
    """What each got, in no order. Whoever raises gives no answer, so count them."""
    start = threading.Barrier(len(rivals))
    answers: list[Answer] = []

    def run(rival: Rival) -> None:
        start.wait()
        answers.append(act(rival))

    threads = [threading.Thread(target=run, args=(rival,)) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
