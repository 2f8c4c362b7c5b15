"""Every path there is: where increments, environments, catalogs and our own files lie.

Paths are text with `/`, relative to the top of the git repository; `prefix` leads from there to
the folder that holds `.specweave`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from swreg.domain.names import slug
from swreg.domain.version import Version
from swreg.errors import Ambiguous, NotFound, UsageError

LIFECYCLE = ("_archive", "_abandoned", "_paused", "_backlog")
CATALOG = "registry/model_catalog.yaml"
HISTORY = "registry/deployment_history.md"
METADATA = "metadata.json"
LINEAGE = "registry/lineage_graph.json"

_ID = re.compile(r"\d{3,4}[A-Za-z]?(?:-[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one registry: the increments of a project, or one environment's folder."""

    prefix: str = ""
    environment: str | None = None

    @property
    def specweave(self) -> str:
        return f"{self.prefix}.specweave"

    @property
    def policy(self) -> str:
        return f"{self.specweave}/model-registry.yaml"

    @property
    def policy_history(self) -> str:
        """The history of what concerns no single model."""
        return f"{self.specweave}/model-registry.history.md"

    @property
    def attributes(self) -> str:
        return f"{self.specweave}/.gitattributes"

    @property
    def docs_page(self) -> str:
        own = f"-{self.environment}" if self.environment else ""
        return f"{self.specweave}/docs/internal/architecture/model-registry{own}.md"

    @property
    def docs_template(self) -> str:
        """The repository's own template of that page, used only where the user allows it."""
        return f"{self.specweave}/templates/model-registry.md.j2"

    @property
    def increments(self) -> str:
        return f"{self.specweave}/increments"

    @property
    def environment_home(self) -> str:
        return f"{self.specweave}/environments/{self.environment}"

    @property
    def homes(self) -> str:
        """The folder that every home lies in, or is."""
        return self.environment_home if self.environment else self.increments

    def is_home(self, path: str) -> bool:
        """Whether a path can be the folder that holds `registry/` in this registry."""
        if self.environment is not None:
            return path == self.environment_home
        if not path.startswith(f"{self.increments}/"):
            return False
        parts = path[len(self.increments) + 1 :].split("/")
        if len(parts) == 2 and parts[0] not in LIFECYCLE:
            return False
        return len(parts) <= 2 and _ID.fullmatch(parts[-1]) is not None

    def home_of_catalog(self, path: str) -> str | None:
        """The home whose catalog that path is, or None."""
        home = path.removesuffix(f"/{CATALOG}")
        return home if home != path and self.is_home(home) else None

    def owns(self, path: str) -> bool:
        """Whether the path is one that swreg writes in this registry."""
        if path in (self.policy, self.policy_history, self.attributes, self.docs_page):
            return True
        for folder in ("/registry/", "/models/"):
            home, found, _ = path.partition(folder)
            if found and self.is_home(home):
                return True
        return False


def home_name(home: str) -> str:
    """The increment's (or environment's) own name, whatever folder it lies in."""
    return home.rsplit("/", 1)[-1]


def version_folder(name: str, version: Version) -> str:
    """The folder of a version, relative to its home.

    >>> version_folder("fraud-detection-model", Version.parse("v3.1.0"))
    'models/fraud-detection-v3.1.0'
    """
    return f"models/{slug(name)}-{version}"


def pick_increment(word: str, homes: Iterable[str]) -> str:
    """The home that `0042`, `0042E` or `0042-fraud-detection` means.

    A full name or number wins over a prefix: `0042` means `0042-x`, not `0042E-y`. Raises
    `NotFound`, `Ambiguous` with the candidates, or `UsageError` for what is no increment.
    """
    if not _ID.fullmatch(word):
        raise UsageError(f"{word[:60]!r} is no increment", "write it like 0042 or 0042-fraud")
    known = sorted(homes)
    exact = [home for home in known if home_name(home) == word]
    numbered = [home for home in known if home_name(home).partition("-")[0] == word]
    close = [home for home in known if home_name(home).startswith(word)]
    found = exact or numbered or close
    if not found:
        raise NotFound(f"no increment {word}", f"there are: {_names(known) or 'none'}")
    if len(found) > 1 and len({home_name(home) for home in found}) == 1:
        # SpecWeave moves folders and does not commit: one is in the commit, the other on disk.
        raise Ambiguous(f"{word} lies in {' and in '.join(found)}", "commit the move first")
    if len(found) > 1:
        raise Ambiguous(f"{word} could be {_names(found)}", "write the whole name")
    return found[0]


def _names(homes: list[str]) -> str:
    return ", ".join(home_name(home) for home in homes[:8])
