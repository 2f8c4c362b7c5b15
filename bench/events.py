"""A registry with a long and honest history: every commit is one event, as swreg writes it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.projects import BEGAN, INCREMENT, MODEL, SLUG, VERSIONS, call
from swreg.domain.catalog import Catalog, Model
from swreg.domain.events import Event, RegisteredEvent, TaggedEvent, fold
from swreg.domain.history_row import HEADER, parse_rows, row
from swreg.domain.record import Record, render
from swreg.domain.shape import Timestamp
from swreg.domain.version import Version
from swreg.storage import catalog_yaml

_WHO = "Bench <bench@example.org>"
_HOMES = ".specweave/increments"


def with_events(repo: Path, *, events: int, homes: int) -> Path:
    """Go on with this many commits, each of which tags a version of one of several models.

    The models are copies of the one in `repo`, each registered in an increment of its own.
    Catalog, history file and message tell the same: there is nothing to be found wrong.
    """
    log = _Log(repo)
    first = repo / _HOMES / INCREMENT
    told = parse_rows((first / "registry/deployment_history.md").read_text("utf-8"))
    began = [one.event for one in told if isinstance(one, Record)]
    for number in range(homes):
        log.begin(first, began, number)
    for number in range(events):
        log.tag(number % homes, number // homes)
    log.close()
    call(repo, "git", "reset", "--quiet", "--hard")
    return repo


class _Log:
    """Commits written one after the other, and the state that they lead to."""

    def __init__(self, repo: Path) -> None:
        command = ("git", "fast-import", "--quiet", "--force")
        self.stream = subprocess.Popen(command, cwd=repo, stdin=subprocess.PIPE)
        self.models: dict[int, Model] = {}
        self.histories: dict[int, bytes] = {}
        self.count = 0

    def begin(self, first: Path, began: list[Event], number: int) -> None:
        """Register a copy of the model; the first home is as it was."""
        slug, home = f"bench-{number:04}", _home(number)
        named = [_renamed(one, slug, home) for one in began]
        self.models[number] = fold(Model(f"{slug}-model"), named)
        self.histories[number] = HEADER.encode()
        if number == 0:
            self.histories[0] = (first / "registry/deployment_history.md").read_bytes()
            return
        own = {}
        for file in sorted(first.glob("models/*/*")):
            own[f"models/{file.parent.name.replace(SLUG, slug)}/{file.name}"] = file.read_bytes()
        lineage = first / "registry/lineage_graph.json"
        own["registry/lineage_graph.json"] = lineage.read_bytes().replace(
            SLUG.encode(), slug.encode()
        )
        self.commit(number, named, own)

    def tag(self, number: int, turn: int) -> None:
        """Put a tag on a version and take the one before it off."""
        version = Version.parse(f"v1.{turn % VERSIONS}.0")
        before = self.models[number].versions[version].tags
        moment = datetime.fromtimestamp(BEGAN + self.count * 60, UTC)
        event = TaggedEvent(
            model=f"bench-{number:04}-model",
            version=version,
            actor=_WHO,
            at=Timestamp(moment.strftime("%Y-%m-%dT%H:%M:%SZ")),
            added=(f"t{turn}",),
            removed=before,
        )
        self.models[number] = fold(self.models[number], [event])
        self.commit(number, [event], {})

    def commit(self, number: int, events: list[Event], files: Mapping[str, bytes]) -> None:
        """One commit with its records, its history lines and its catalog."""
        model = self.models[number]
        self.histories[number] += "".join(f"{row(one)}\n" for one in events).encode()
        records = "\n\n".join(render(one) for one in events)
        message = f"chore(registry): {events[-1].summary()}\n\n{records}\n".encode()
        every = {
            **files,
            "registry/model_catalog.yaml": catalog_yaml.dump(Catalog({model.name: model})),
            "registry/deployment_history.md": self.histories[number],
        }
        when = f"{_WHO} {BEGAN + self.count * 60} +0000"
        self.write(f"commit refs/heads/main\nauthor {when}\ncommitter {when}\n".encode())
        self.write(b"data %d\n%s\n" % (len(message), message))
        if self.count == 0:
            self.write(b"from refs/heads/main^0\n")
        for name, data in every.items():
            self.write(f"M 100644 inline {_HOMES}/{_home(number)}/{name}\n".encode())
            self.write(b"data %d\n%s\n" % (len(data), data))
        self.count += 1

    def write(self, data: bytes) -> None:
        """Say it to git."""
        assert self.stream.stdin is not None
        self.stream.stdin.write(data)

    def close(self) -> None:
        """Let git finish."""
        assert self.stream.stdin is not None
        self.stream.stdin.close()
        if self.stream.wait():
            raise SystemExit("bench: git fast-import failed")


def _home(number: int) -> str:
    return INCREMENT if number == 0 else f"{number + 1:04}-bench"


def _renamed(event: Event, slug: str, home: str) -> Event:
    assert isinstance(event, RegisteredEvent), f"{MODEL} is only registered"
    path = event.path.replace(SLUG, slug)
    return replace(event, model=f"{slug}-model", path=path, increment=home, at=event.at)
