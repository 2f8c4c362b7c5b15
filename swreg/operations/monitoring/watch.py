"""Check again and again, whatever fails in between, until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from swreg.domain.duration import HOUR
from swreg.domain.names import parse_name
from swreg.domain.shape import Timestamp
from swreg.errors import EnvironmentFault, SwregError
from swreg.operations.monitoring.check import Checked, check
from swreg.operations.monitoring.sources import retention, sample_store
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project, timestamp
from swreg.operations.transaction import WriteOptions

Say = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a watch did until it ended."""

    rounds: int
    failures: int
    actions: int


def watch(
    open_project: Callable[[], Project],
    *,
    interval: float,
    stop: threading.Event,
    clock: Callable[[], float],
    say: Say,
    model: str | None = None,
    options: WriteOptions = WriteOptions(),
) -> Outcome[Watched]:
    """Check every `interval` seconds until `stop` is set; what is being written is finished.

    Who does not answer to a notification or a push is not waited for much longer then: the message
    stays in the outbox, and the commit for the next check.

    The project is opened anew for each round, so the newest commit counts. `say` gets each line of
    the log: what was decided, and every failure, after which it goes on.
    """
    if model is not None:
        with closing(open_project()) as project:
            project.registry().model(parse_name(model))
    rounds = failures = actions = 0
    pruned, options = clock(), replace(options, stop=stop)
    while not stop.is_set():
        now, rounds = clock(), rounds + 1
        try:
            with closing(open_project()) as project:
                project.git.stop = stop
                outcome = check(project, now=now, model=model, options=options)
                if now - pruned >= HOUR:
                    pruned = now
                    _prune(project, now)
            failures += outcome.refusal is not None
            actions += sum(one.action in ("rolled-back", "alerted") for one in outcome.data)
            for line in _lines(outcome):
                say({"at": time_text(now), **line})
        except (SwregError, OSError) as error:
            failures += 1
            say({"at": time_text(now), **_failure(error)})
        stop.wait(interval)
    data = Watched(rounds=rounds, failures=failures, actions=actions)
    return Outcome(command="monitor-watch", data=data)


def _prune(project: Project, now: float) -> None:
    with sample_store(project) as store:
        store.prune(now=now, retention=retention(project.policy.monitoring))


def _lines(outcome: Outcome[tuple[Checked, ...]]) -> Iterator[dict[str, Any]]:
    if not outcome.data:
        yield {"event": "idle", "why": "no triggers are set"}
    for one in outcome.data:
        yield {"event": "checked", **one.as_data()}
    for model, by in dict.fromkeys((one.judged.model, one.by) for one in outcome.data if one.by):
        yield {"event": "done-already", "model": model, "by": by}
    for record in outcome.records:
        kind, summary = record.event.kind, record.event.summary()
        yield {"event": "committed", "kind": kind, "summary": summary, "commit": outcome.commit}
    for warning in outcome.warnings:
        yield {"event": "warning", "what": warning}
    if outcome.refusal is not None:
        yield _failure(outcome.refusal)


def _failure(error: SwregError | OSError) -> dict[str, Any]:
    known = error if isinstance(error, SwregError) else EnvironmentFault(str(error))
    return {"event": "failed", "code": known.code, "what": known.what, "hint": known.hint}


def time_text(now: float) -> Timestamp:
    """A time as it stands in the log, UTC.

    >>> time_text(1705759200.5)
    '2024-01-20T14:00:00Z'
    """
    return timestamp(f"{int(now)} +0000")
