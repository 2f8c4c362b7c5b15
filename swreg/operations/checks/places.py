"""What a path of the repository is to the registry, and where in a file something stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from swreg.domain.version import Version
from swreg.storage.layout import CATALOG, HISTORY, LINEAGE, Layout, home_name

Kind = Literal["catalog", "history", "lineage", "files", "policy", "policy-history"]
_FILES = {CATALOG: "catalog", HISTORY: "history", LINEAGE: "lineage"}


@dataclass(frozen=True, slots=True, order=True)
class Home:
    """A home by what does not change when SpecWeave archives it: environment and own name."""

    environment: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A path of ours: of which kind, in which home (its folder and its name)."""

    kind: Kind
    folder: str = ""
    home: Home = Home("", "")


def layout_of(layout: Layout, path: str) -> Layout:
    """The layout of the registry that a path lies in: the increments', or an environment's."""
    top = f"{layout.specweave}/environments/"
    environment = path[len(top) :].split("/")[0] if path.startswith(top) else None
    return Layout(layout.prefix, environment or None)


def place_of(layout: Layout, path: str) -> Place | None:
    """What the path is, None where the registry does not own it."""
    if path == layout.policy:
        return Place("policy")
    if path == layout.policy_history:
        return Place("policy-history")
    own = layout_of(layout, path)
    for folder in ("/registry/", "/models/"):
        home, found, _ = path.partition(folder)
        if found and own.is_home(home):
            kind = _FILES.get(path[len(home) + 1 :], "files")
            return Place(kind, home, Home(own.environment or "", home_name(home)))  # type: ignore[arg-type]
    return None


def line_of(data: bytes | None, model: str, version: Version | None = None) -> int | None:
    """The line of a catalog where a model, or a version of it, begins."""
    inside = False
    for number, line in enumerate((data or b"").decode("utf-8", "replace").splitlines(), 1):
        if line.startswith("  ") and not line.startswith("   "):
            inside = line.strip().strip("'\":") == model
            if inside and version is None:
                return number
        elif inside and version is not None and line.strip().strip("'\":") == str(version):
            return number
    return None
