"""Build the static site of a registry into a folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swreg.docs.chart import Chart, chart
from swreg.docs.site import pages
from swreg.docs.site_pages import EventPart, ModelPage, Site, VersionPart
from swreg.domain import measures
from swreg.domain.catalog import Found, Model
from swreg.domain.lineage import LineageGraph, kind_of, model_node, place
from swreg.domain.metadata import as_mapping, metrics, performance, read_metadata
from swreg.domain.metadata_keys import Metadata
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, BrokenFile
from swreg.operations.evidence import facts_of
from swreg.operations.history import HistoryLine, events
from swreg.operations.lineage import whole_graph
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.views import VersionView, view
from swreg.storage.files import disk_errors
from swreg.storage.layout import home_name
from swreg.storage.source import Revision

MARK = ".swreg-site"
_CHARTS = 12
_RECENT = 50
_SHOWN = frozenset(["name", "version", "increment", "files", "versioning", "features"])
Lineages = Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Where the site is, and how much of it there is."""

    folder: str
    index: str
    models: int
    files: int


def build_site(
    project: Project, out: Path, *, at: str | None = None, force: bool = False
) -> Outcome[Built]:
    """Write the site; pages of models that are gone are removed.

    A folder that holds something else is refused unless `force`; then only our files are touched.
    """
    _require_ours(out, force)
    site, broken = site_of(project, at=at)
    before = _written(out)
    names = []
    with disk_errors(f"write the site to {out}"):
        for name, text in pages(site):
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            names.append(name)
        for name in sorted(before - set(names)):
            (out / name).unlink(missing_ok=True)
        (out / MARK).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    data = Built(folder=str(out), index=str(out / "index.html"), models=len(site.models),
                 files=len(names))  # fmt: skip
    return read_outcome("site", data, *broken, *(() if at else project.drift_warnings()))


def _require_ours(out: Path, force: bool) -> None:
    with disk_errors(f"look at {out}"):
        if out.is_symlink() or (out.exists() and not out.is_dir()):
            raise AlreadyExists(f"{out} is no folder", "name another with --out")
        foreign = out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file()
    if foreign and not force:
        raise AlreadyExists(f"{out} holds other files", "name another with --out, or --force")


def _written(out: Path) -> set[str]:
    """The files that an earlier build wrote; a name that leads elsewhere is none of ours."""
    mark = out / MARK
    if not mark.is_file():
        return set()
    names = mark.read_text(encoding="utf-8").splitlines()
    return {name for name in names if name.startswith(("models/", "assets/")) and ".." not in name}


def site_of(project: Project, *, at: str | None = None) -> tuple[Site, tuple[str, ...]]:
    """The values of every page, as of a commit, and what could not be read."""
    state = project.state(at)
    pairs = list(state.registry.models())
    found = [Found(home, model, one) for home, model in pairs for one in model.versions]
    facts, broken = _all_facts(project, state.source, found)
    lines: dict[str, list[HistoryLine]] = defaultdict(list)
    recent: list[EventPart] = []
    for line in events(project, state.commit):
        lines[line.model].append(line)
        if len(recent) < _RECENT:
            recent.append(_event(line))
    lineages = _lineages(whole_graph(project, at))
    directions = state.policy.metrics.directions
    models = tuple(
        _page(home, model, {v: facts[home, model.name, v] for v in model.versions},
              lines[model.name], lineages, directions)
        for home, model in pairs if model.versions
    )  # fmt: skip
    site = Site(
        title=project.git.root.name,
        commit=state.commit or "",
        at=at or "",
        models=models,
        events=tuple(recent),
    )
    return site, tuple(broken)


def _all_facts(
    project: Project, source: Revision, found: list[Found]
) -> tuple[dict[tuple[str, str, Version], Metadata], list[str]]:
    """The facts of every version, read at once; a broken file is told, and breaks only itself."""
    broken: list[str] = []
    try:
        raw: list[dict[str, Any] | None] = [*facts_of(project, source, *found)]
    except BrokenFile:
        raw = [_one(project, source, one, broken) for one in found]
    facts = {}
    for one, data in zip(found, raw, strict=True):
        try:
            known = read_metadata(data or {}, f"{one.model.name} {one.version}")
        except BrokenFile as error:
            broken.append(str(error))
            known = Metadata()
        facts[one.home, one.model.name, one.version] = known
    return facts, broken


def _one(
    project: Project, source: Revision, found: Found, broken: list[str]
) -> dict[str, Any] | None:
    try:
        return facts_of(project, source, found)[0]
    except BrokenFile as error:
        broken.append(str(error))
        return None


def _page(
    home: str,
    model: Model,
    facts: Mapping[Version, Metadata],
    lines: Iterable[HistoryLine],
    lineages: Lineages,
    directions: Mapping[str, measures.Direction],
) -> ModelPage:
    views = {one: view(Found(home, model, one)) for one in sorted(model.versions, reverse=True)}
    live = model.production
    return ModelPage(
        name=model.name,
        home=home_name(home),
        production=str(live or ""),
        staging=str(model.stages.get(Stage.STAGING) or ""),
        latest=str(max(model.versions)),
        deployed=str(views[live].deployed_at or "")[:10] if live else "",
        versions=tuple(
            _version(one, facts[one.version], lineages.get(model_node(model.name, one.version), ()))
            for one in views.values()
        ),
        charts=tuple(_charts(list(reversed(views.values())), facts, directions)),
        events=tuple(map(_event, lines)),
        compared=_compared(facts, directions),
    )


def _version(
    one: VersionView, facts: Metadata, lineage: tuple[tuple[str, tuple[str, ...]], ...]
) -> VersionPart:
    state = {
        "Increment": one.increment,
        "Registered": f"{one.registered_at} by {one.registered_by}",
        "Deployed": one.deployed_at,
        "Replaced": one.previous,
        "Approved by": ", ".join(one.approved_by),
        "Digest": one.digest,
        "Size": f"{one.size} bytes",
        "Stored in": one.store,
    }
    notes = {
        "waits for approval to": one.pending,
        "held:": one.held,
        "deprecated:": one.deprecated,
        "end of life": one.end_of_life,
        "replaced by": one.replaced_by,
    }
    return VersionPart(
        version=str(one.version),
        stage=one.stage,
        registered=one.registered_at[:10],
        deployed=(one.deployed_at or "")[:10],
        notes="; ".join(f"{label} {value}" for label, value in notes.items() if value),
        tags=one.tags,
        state=tuple((label, str(value)) for label, value in state.items() if value),
        facts=tuple(_facts(facts)),
        lineage=lineage,
    )


def _facts(facts: Metadata) -> Iterable[tuple[str, str]]:
    for key, value in as_mapping(facts).items():
        if key in _SHOWN or value in (None, "", [], {}):
            continue
        yield key, _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={part}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _charts(
    views: list[VersionView],
    facts: Mapping[Version, Metadata],
    directions: Mapping[str, measures.Direction],
) -> Iterable[Chart]:
    values = {one.version: metrics(facts[one.version]) for one in views}
    names = dict.fromkeys(name for known in values.values() for name in known)
    for name in measures.ordered(names)[:_CHARTS]:
        rows = [
            (str(one.version), str(one.stage), values[one.version][name])
            for one in views
            if name in values[one.version]
        ]
        yield chart(measures.label(name), measures.direction(name, directions) or "", rows)


def _compared(
    facts: Mapping[Version, Metadata], directions: Mapping[str, measures.Direction]
) -> dict[str, Any]:
    """What the page needs to compare any two versions: figures, features, and how they are called."""
    versions: dict[str, Any] = {}
    names: dict[str, tuple[str, str]] = {}
    for version in sorted(facts, reverse=True):
        known = facts[version]
        figures: dict[str, Any] = {
            name: [value, f"{value:.6g}"] for name, value in metrics(known).items()
        }
        figures |= {name: [one.value, one.text] for name, one in performance(known).items()}
        for name in figures:
            names[name] = measures.label(name), measures.direction(name, directions) or ""
        features = as_mapping(known).get("features") or []
        versions[str(version)] = {"figures": figures, "features": list(map(str, features))}
    ordered = measures.ordered(names)
    return {"versions": versions, "figures": [[name, *names[name]] for name in ordered]}


def _lineages(graph: LineageGraph) -> Lineages:
    """For each version the nodes of its lineage, grouped by kind in the order of making."""
    nodes: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        nodes[edge.via] |= {edge.from_, edge.to}
    found = {}
    for via, known in nodes.items():
        groups: dict[str, list[str]] = {}
        for node in sorted(known | {via}, key=place):
            groups.setdefault(kind_of(node), []).append(node.partition(":")[2])
        found[via] = tuple((kind, tuple(names)) for kind, names in groups.items())
    return found


def _event(line: HistoryLine) -> EventPart:
    return EventPart(
        at=line.at,
        kind=line.kind,
        summary=line.summary if not line.fault else f"{line.fault}: {line.summary}",
        actor=line.actor.partition(" <")[0],
        reason=line.reason,
        commit=line.commit[:12],
        forced=line.forced,
    )
