"""A repository shown in MLflow, and what a user of MLflow alone sees of it."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swreg import MLflowRegistry
from swreg.integrations.mlflow_server import Server
from tests.conftest import Repo

NAME = "fraud-detection-model"
_numbers = itertools.count()


@dataclass
class World:
    """The repository, the registry as Python callers have it, and the server seen from outside.

    Servers are shared by the tests of a session, so each world has a model of its own.
    """

    repo: Repo
    uri: str
    name: str
    seconds: str = "20s"

    @property
    def registry(self) -> MLflowRegistry:
        return MLflowRegistry(self.uri, "0042", path=self.repo.path, timeout=self.seconds)

    @property
    def server(self) -> Server:
        return Server(self.uri)

    @property
    def client(self) -> Any:
        """MLflow's own client."""
        return self.server.client

    def file(self, text: str) -> Path:
        path = self.repo.path.parent / "model.bin"
        path.write_text(text, encoding="utf-8")
        return path

    def add(self, version: str, stage: str = "dev", **metadata: Any) -> None:
        """Register a version with bytes of its own, and bring it to a stage."""
        self.registry.register_model(
            self.name, artifact=self.file(f"weights {version}"), version=version, metadata=metadata
        )
        for to in {"staging": ["staging"], "production": ["staging", "production"]}.get(stage, []):
            self.registry.promote_model(self.name, version, to_stage=to)

    # what is there

    def versions(self) -> dict[int, dict[str, str]]:
        """The tags of every version in MLflow, by its integer."""
        found = self.client.search_model_versions(f"name='{self.name}'")
        return {int(one.version): dict(one.tags) for one in found}

    def counted(self) -> list[str]:
        """The SemVers that count, in the order of the integers."""
        there = sorted(self.versions().items())
        return [tags["swreg.semver"] for _, tags in there if "swreg.void" not in tags]

    def number(self, version: str) -> int:
        """The integer of a version."""
        semver = version.removeprefix("v")
        return min(n for n, tags in self.versions().items() if tags.get("swreg.semver") == semver)

    def tags(self, version: str) -> dict[str, str]:
        return self.versions()[self.number(version)]

    def aliases(self) -> dict[str, str]:
        """The SemVer that each alias stands on."""
        model = self.client.get_registered_model(self.name)
        there = self.versions()
        return {
            alias: there[int(number)].get("swreg.semver", f"version {number}")
            for alias, number in model.aliases.items()
        }

    def events(self, version: str) -> list[str]:
        """The kinds of the events that tags tell, in order."""
        tags = sorted(self.tags(version).items())
        return [json.loads(text)["op"] for key, text in tags if key.startswith("swreg.event.")]

    def require_in_step(self) -> None:
        assert [one.what for one in self.registry.drift()] == []

    def configure(self, text: str = "") -> None:
        """Name the server in the committed configuration, with further lines."""
        line = json.dumps({"tracking_uri": self.uri, "timeout": self.seconds})
        self.repo.write(".specweave/model-registry.yaml", f"schema: 1\nmlflow: {line}\n{text}")
        self.repo.commit("chore: show the registry in MLflow")


def world_of(repo: Repo, uri: str, *, seconds: str = "20s") -> World:
    return World(repo, uri, f"fraud-{next(_numbers)}-detection-model", seconds)
