"""The state that a change leads to: catalogs, names, files and dates, whoever made them so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from swreg.domain.catalog import Catalog, Found, Model
from swreg.domain.drift import differences, unordered
from swreg.domain.events import Event, UnitedEvent
from swreg.domain.finding import Finding, Spot, finding
from swreg.domain.history_row import parse_rows
from swreg.domain.names import slug
from swreg.domain.record import Record
from swreg.errors import BrokenFile, SwregError
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.places import Home, Place, line_of, place_of
from swreg.operations.checks.united import told_together
from swreg.operations.project import Project
from swreg.storage.git import TreeItem

_FILES = ("100644", "100755")


@dataclass(frozen=True)
class Scope:
    """How much of the state is judged: all of it, or the homes and folders that were touched.

    `known` maps (home, model, version) to the digest before, so that only new versions and those
    whose digest changed are hashed beside the touched ones.
    """

    everything: bool = True
    paths: frozenset[str] = frozenset()
    known: dict[tuple[Home, str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class StateView:
    """All files below `.specweave` at one state, and the catalogs in them."""

    project: Project
    contents: Contents
    items: dict[str, TreeItem]
    scope: Scope
    today: date

    @cached_property
    def places(self) -> dict[str, Place]:
        """What each path is, for those that the registry owns."""
        found = ((path, place_of(self.project.layout, path)) for path in self.items)
        return {path: place for path, place in found if place is not None}

    @cached_property
    def touched(self) -> frozenset[Home]:
        """The homes that are judged."""
        if self.scope.everything:
            return frozenset(place.home for place in self.places.values())
        found = (place_of(self.project.layout, path) for path in self.scope.paths)
        return frozenset(place.home for place in found if place is not None)

    @cached_property
    def touched_folders(self) -> frozenset[str]:
        """Every folder in which a path was touched, and what stands where a folder should."""
        folders = set(self.scope.paths)
        for path in self.scope.paths:
            parts = path.split("/")
            folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
        return frozenset(folders)

    @cached_property
    def catalogs(self) -> dict[str, Catalog]:
        """The catalogs that can be read, by path."""
        paths = [path for path, place in self.places.items() if place.kind == "catalog"]
        paths = [path for path in paths if self.items[path].mode in _FILES]
        self.contents.fetch(self.items[path].oid for path in paths)
        found = {}
        for path in paths:
            try:
                found[path] = self.contents.catalog(self.items[path].oid, path)
            except BrokenFile:
                continue
        return found

    def found(self) -> Iterator[tuple[str, Place, Found]]:
        """Every version of a touched home: its catalog's path, the place, and the version."""
        for path, catalog in self.catalogs.items():
            place = self.places[path]
            if place.home in self.touched:
                for model in catalog.models.values():
                    for version in model.versions:
                        yield path, place, Found(place.folder, model, version)

    def at(self, path: str, model: str = "", version: object = None) -> Spot:
        """The spot of a model or version in a catalog."""
        data = self.contents.data(self.items[path].oid)
        line = line_of(data, model, version) if model else None  # type: ignore[arg-type]
        return Spot(path=path, line=line, model=model, version=str(version or ""))


def unreadable(state: StateView) -> Iterator[Finding]:
    """Catalogs, histories and the policy that cannot be read."""
    for path, place in state.places.items():
        if place.home not in state.touched or path in state.catalogs:
            continue
        oid = state.items[path].oid
        try:
            if place.kind == "catalog" and state.items[path].mode in _FILES:
                state.contents.catalog(oid, path)
            elif place.kind == "policy":
                state.contents.policy(oid, path)
        except BrokenFile as error:
            yield finding("SWR221", error.what, Spot(path=path))


def links(state: StateView) -> Iterator[Finding]:
    """Symbolic links and modules where registry files are, or on the way to them."""
    layout = state.project.layout
    for path, item in state.items.items():
        if item.mode in _FILES:
            continue
        parts = path[len(layout.specweave) + 1 :].split("/")
        owned = path in state.places or len(parts) <= 2 or parts[2:3] in (["models"], ["registry"])
        if owned and parts[0] in ("", "increments", "environments", "model-registry.yaml"):
            kind = "a symbolic link" if item.mode == "120000" else "a module"
            yield finding("SWR212", f"{path} is {kind}", Spot(path=path))


def names(state: StateView) -> Iterator[Finding]:
    """Models in two catalogs, and models whose folders would be one."""
    homes: dict[tuple[str, str], list[str]] = {}
    slugs: dict[tuple[str, str], set[str]] = {}
    for path, catalog in state.catalogs.items():
        environment = state.places[path].home.environment
        for name in catalog.models:
            homes.setdefault((environment, name), []).append(path)
            slugs.setdefault((environment, slug(name)), set()).add(name)
    for (environment, name), paths in homes.items():
        if len(paths) > 1 and any(state.places[path].home in state.touched for path in paths):
            where = ", ".join(sorted(paths))
            yield finding(
                "SWR213", f"{name} stands in two catalogs: {where}", state.at(paths[-1], name)
            )
        alike = slugs[environment, slug(name)] - {name}
        if alike and name > min(alike) and state.places[paths[0]].home in state.touched:
            yield finding(
                "SWR214", f"{name} shares its folders with {min(alike)}", state.at(paths[0], name)
            )


def ends_of_life(state: StateView) -> Iterator[Finding]:
    """Versions in production whose last day is over."""
    for path, _, found in state.found():
        live = found.model.production == found.version
        notice = found.entry.deprecated
        if live and notice and found.entry.past_end_of_life(state.today):
            yield finding(
                "SWR216",
                f"{found.model.name} {found.version} is in production, its end of life was "
                f"{notice.end_of_life}",
                state.at(path, found.model.name, found.version),
            )


def replayed(state: StateView) -> Iterator[Finding]:
    """Catalogs that are not what their history files tell; only for a whole repository."""
    if not state.scope.everything:
        return
    histories = {p.home: path for path, p in state.places.items() if p.kind == "history"}
    told = {home: _events(state, path) for home, path in histories.items()}
    for path, catalog in state.catalogs.items():
        home = state.places[path].home
        for model in catalog.models.values():
            by_history = _told(model.name, told, home)
            for what in differences(unordered(by_history), unordered(model)):
                yield finding(
                    "SWR208",
                    f"{model.name}: {what.what} by its history",
                    state.at(path, model.name, what.version),
                )
                break


def _events(state: StateView, path: str) -> list[Event]:
    data = state.contents.data(state.items[path].oid)
    rows = parse_rows(data.decode("utf-8", "replace"), state.contents.row)
    return [one.event for one in rows if isinstance(one, Record)]


def _told(name: str, histories: dict[Home, list[Event]], home: Home) -> Model:
    """The model as the history of its home tells it, with what it took over from another."""
    model = Model(name)
    for event in histories.get(home, []):
        if event.model != name:
            continue
        if isinstance(event, UnitedEvent) and event.other != home.name:
            other = Home(home.environment, event.other)
            rest = {one: events for one, events in histories.items() if one != home}
            model = told_together(model, _told(name, rest, other))
        try:
            model = event.apply(model)
        except SwregError:
            continue
    return model
