"""A registry with a life behind it, and a forger who can write anything that git would take.

Production needs an approval by Grace, staging one by anybody else. v1.0.0 is in production,
v1.1.0 in staging, v1.2.0 in dev, v0.9.0 is archived, v0.8.0 is held.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from swreg.domain.catalog import Catalog, Model
from swreg.domain.entry import Entry
from swreg.domain.events import Event
from swreg.domain.history_row import HEADER, row
from swreg.domain.names import parse_reference
from swreg.domain.record import render
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.operations.approve import approve
from swreg.operations.checking import CheckReport, check
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.register import register
from swreg.operations.rollback import rollback
from swreg.storage import catalog_yaml

MODEL = "fraud-detection-model"
HOME = ".specweave/increments/0042-fraud-detection"
CATALOG = f"{HOME}/registry/model_catalog.yaml"
HISTORY = f"{HOME}/registry/deployment_history.md"
LINEAGE = f"{HOME}/registry/lineage_graph.json"
POLICY_PATH = ".specweave/model-registry.yaml"
ADA = "Ada Lovelace <ada@example.org>"
GRACE = "Grace Hopper <grace@example.org>"
POLICY = """\
# Who says yes, and what a version must show.
schema: 1
stages:
  production:
    approval: {required: true, approvers: ["grace@example.org"]}
gates:
  metrics:
    accuracy: {minimum: 0.5}
signing: {allowed_signers: signers}
"""


@dataclass(frozen=True)
class World:
    """The repository, and what a cheat needs."""

    path: Path

    @property
    def project(self) -> Project:
        """Opened anew: each command is a process of its own."""
        return Project.open(self.path)

    def git(self, *arguments: str, ok: bool = True) -> str:
        """Run git; its output."""
        run = subprocess.run(
            ["git", *arguments], cwd=self.path, capture_output=True, text=True, check=False
        )
        assert not ok or run.returncode == 0, f"git {arguments}: {run.stdout}{run.stderr}"
        return run.stdout.strip()

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def catalog(self) -> Catalog:
        """The catalog as it lies on disk."""
        return catalog_yaml.load((self.path / CATALOG).read_bytes())

    @property
    def model(self) -> Model:
        return self.catalog().models[MODEL]

    def put(self, model: Model) -> None:
        """Write the model into the catalog, as a hand would."""
        self.write(CATALOG, catalog_yaml.dump(self.catalog().with_model(model)))

    def put_entry(self, version: str, **facts: object) -> None:
        """Change fields of a version by hand."""
        number = Version.parse(version)
        entry: Entry = replace(self.model.versions[number], **facts)  # type: ignore[arg-type]
        self.put(self.model.with_entry(number, entry))

    def write(self, path: str, data: bytes | str) -> None:
        """Write a file."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text in a file; it must be there."""
        text = (self.path / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new))

    def commit(self, message: str = "fix: a typo") -> str:
        """Commit everything, hooks aside."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)
        return self.head

    def forge(
        self,
        *events: Event,
        apply: bool = True,
        rows: bool = True,
        told: bool = True,
        commit: bool = True,
    ) -> str:
        """Everything swreg would write for these events, without asking any rule."""
        for event in events:
            if apply:
                self.put(event.apply(self.catalog().models.get(event.model, Model(event.model))))
            if rows:
                file = self.path / HISTORY
                before = file.read_text() if file.exists() else HEADER
                self.write(HISTORY, f"{before}{row(event)}\n")
        blocks = "\n\n".join(render(event) for event in events) if told else ""
        message = f"chore(registry): {events[-1].summary()}\n\n{blocks}\n"
        return self.commit(message) if commit else message

    def check(self, base: str) -> Outcome[CheckReport]:
        """Check base..HEAD."""
        return check(self.project, commit_range=f"{base}..HEAD")


@contextmanager
def acting(who: str) -> Iterator[None]:
    """Be somebody else for git."""
    name, _, mail = who.rstrip(">").partition(" <")
    wanted = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": mail,
    }
    with environment(**wanted):
        yield


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {key: os.environ.get(key) for key in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


def bring_live(world: World, version: str) -> None:
    """Through staging into production, approved by Grace."""
    reference = parse_reference(MODEL, version)
    promote(world.project, reference, to=Stage.STAGING)
    with acting(GRACE):
        approve(world.project, reference, stage=Stage.PRODUCTION)
    promote(world.project, reference, to=Stage.PRODUCTION)


def build(path: Path) -> World:
    """The registry at its best day."""
    world = World(path)
    path.mkdir()
    world.git("init", "--quiet", "--initial-branch=main")
    world.write(f"{HOME}/spec.md", "# Fraud detection\n")
    world.commit("chore: start")
    world.git("branch", "ungoverned")
    world.write(POLICY_PATH, POLICY)
    world.write("signers", "")
    world.commit("chore: rules for the registry")
    artifact = path.parent / "model.bin"
    for number in ("v0.8.0", "v0.9.0", "v1.0.0", "v1.1.0", "v1.2.0"):
        artifact.write_bytes(f"model {number}".encode())
        metadata = {"accuracy": 0.8, "features": ["amount"], "training_data_version": "d1"}
        register(
            world.project, MODEL, artifact=artifact, version=number, metadata=metadata,
            increment="0042",
        )  # fmt: skip
    for number in ("v0.9.0", "v0.8.0"):
        bring_live(world, number)
    rollback(world.project, parse_reference(MODEL), reason="too many alarms")
    bring_live(world, "v1.0.0")
    promote(world.project, parse_reference(MODEL, "v1.1.0"), to=Stage.STAGING)
    return world
