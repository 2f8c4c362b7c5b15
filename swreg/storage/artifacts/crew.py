"""Several transfers at once, and an end to those that hang.

Libraries' own time-outs do not hold everywhere (a stopped server kept one of them busy for minutes),
so the work is done by threads that nobody waits for longer than bytes keep moving.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from swreg.errors import EnvironmentFault
from swreg.storage.artifacts.stores import Told

T = TypeVar("T")
Task = Callable[[Told], T]
PATIENCE = 60.0
"""Seconds without a byte or an answer, after which a store is given up."""
WORKERS = 8


class _GivenUp(BaseException):
    """The whole work ended; a thread that still runs stops at its next byte."""


def work(
    tasks: Sequence[Task[T]],
    *,
    of: str,
    progress: Callable[[int], None] = lambda done: None,
    patience: float = PATIENCE,
    workers: int = WORKERS,
) -> list[T]:
    """The results of all tasks, in order; the first error ends the rest.

    Each task is given a function to tell how many bytes moved. `progress` is called by the
    calling thread only. Raises `EnvironmentFault` naming `of` where a task neither moved a byte
    nor ended for `patience` seconds.
    """
    crew: _Crew[T] = _Crew(tasks)
    for number in range(min(workers, len(tasks))):
        threading.Thread(target=crew.run, args=(number,), daemon=True).start()
    try:
        return crew.wait(of=of, progress=progress, patience=patience)
    finally:
        crew.over.set()


class _Crew(Generic[T]):
    """Threads that take one task after another, and an inbox in which they tell of them."""

    def __init__(self, tasks: Sequence[Task[T]]) -> None:
        self.tasks = tasks
        self.over = threading.Event()
        self.inbox: SimpleQueue[tuple[int, str, Any]] = SimpleQueue()
        self._next = iter(range(len(tasks)))
        self._lock = threading.Lock()

    def run(self, me: int) -> None:
        """What each thread does: it tells of every byte, result and error."""
        while True:
            with self._lock:
                number = next(self._next, None)
            if number is None or self.over.is_set():
                self.inbox.put((me, "idle", None))
                return
            self.inbox.put((me, "moved", 0))
            try:
                result = self.tasks[number](lambda count: self._told(me, count))
            except _GivenUp:
                return
            except BaseException as error:  # noqa: BLE001 - the calling thread raises it
                self.inbox.put((me, "failed", error))
                return
            self.inbox.put((me, "done", (number, result)))

    def _told(self, me: int, count: int) -> None:
        if self.over.is_set():
            raise _GivenUp
        self.inbox.put((me, "moved", count))

    def wait(self, *, of: str, progress: Callable[[int], None], patience: float) -> list[T]:
        """Hear what the threads tell until all is done."""
        results: dict[int, T] = {}
        heard: dict[int, float] = {}
        while len(results) < len(self.tasks):
            limit = min(heard.values(), default=time.monotonic()) + patience
            try:
                me, what, value = self.inbox.get(timeout=max(limit - time.monotonic(), 0.001))
            except Empty:
                raise EnvironmentFault(
                    f"{of} did not answer for {patience:g} s",
                    "look whether it can be reached, then try again",
                ) from None
            heard[me] = time.monotonic()
            if what == "moved":
                progress(value)
            elif what == "done":
                results[value[0]] = value[1]
            elif what == "failed":
                raise value
            else:
                del heard[me]
        return [results[number] for number in range(len(self.tasks))]


def ask(question: Callable[[], T], *, of: str, patience: float = PATIENCE) -> T:
    """The answer to one question, within the deadline."""
    return work([lambda told: question()], of=of, patience=patience)[0]
