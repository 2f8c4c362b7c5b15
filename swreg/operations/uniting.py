"""One model in two catalogs: two branches registered the same name in different increments.

git merges that without a word. Reads show both and writes refuse, until they are one: in the
catalog that had the model first. The versions' files stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from swreg.domain.catalog import Catalog, Model
from swreg.domain.events import UnitedEvent
from swreg.domain.lineage import (
    LineageGraph,
    graph,
    merged,
    model_node,
    read_lineage,
    write_lineage,
)
from swreg.domain.merging import NOTHING, Decisions, merge_model
from swreg.domain.stage import Stage
from swreg.errors import Contention, FactError
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.operations.version_files import dump_json, load_json
from swreg.storage import catalog_yaml
from swreg.storage.layout import CATALOG, LINEAGE, home_name


@dataclass(frozen=True, slots=True, kw_only=True)
class United:
    """A model that stands in one catalog now: which one, and out of which others it was taken."""

    model: str
    home: str
    others: tuple[str, ...]

    @property
    def words(self) -> str:
        """The same in a sentence."""
        return f"{self.model} stands in {self.home} now, no longer in {', '.join(self.others)}"


def models_in_two_homes(project: Project) -> list[str]:
    """The names of the models that several catalogs at HEAD have."""
    return project.registry().in_two_homes()


def unite(
    project: Project,
    name: str,
    *,
    decisions: Decisions = NOTHING,
    options: WriteOptions = WriteOptions(),
) -> Outcome[United]:
    """Merge a model's catalogs into the one that had it first, in one commit.

    "Ours" is that one. Raises `Contention` where both say different things of a stage or version
    and nobody has decided.
    """

    def decide(tx: Transaction) -> United:
        kept, *others = _homes(tx, name)
        if not others:
            raise FactError(f"{name} stands in one catalog only", "nothing to do")
        model = tx.registry.catalogs[kept].models[name]
        for other in others:
            model = _taken_over(tx, kept, model, other, decisions)
        return United(
            model=name, home=home_name(kept), others=tuple(home_name(one) for one in others)
        )

    return write(project, "resolve", decide, options)


def _homes(tx: Transaction, name: str) -> list[str]:
    """Where the model stands, the catalog that had it first at the beginning."""

    def since(home: str) -> tuple[str, str]:
        versions = tx.registry.catalogs[home].models[name].versions.values()
        return min((str(entry.registered.at) for entry in versions), default="~"), home

    return sorted(tx.registry.homes_of(name), key=since)


def _taken_over(
    tx: Transaction, kept: str, model: Model, other: str, decisions: Decisions
) -> Model:
    catalog = tx.registry.catalogs[other]
    found = merge_model(None, model, catalog.models[model.name], decisions=decisions)
    if found.conflicts:
        first = found.conflicts[0]
        raise Contention(
            "; ".join(str(one) for one in found.conflicts)
            + f" (ours is {home_name(kept)}, theirs {home_name(other)})",
            f"decide with swreg resolve --ours or --theirs {first.model}:{first.key}",
        )
    united = found.ours.models[model.name]
    event = UnitedEvent(
        model=model.name,
        home=home_name(kept),
        other=home_name(other),
        production=united.stages.get(Stage.PRODUCTION),
        staging=united.stages.get(Stage.STAGING),
        actor=tx.actor,
        at=tx.now,
    )
    rest = {one: theirs for one, theirs in catalog.models.items() if one != model.name}
    tx.put(f"{other}/{CATALOG}", catalog_yaml.dump(Catalog(rest)))
    _move_lineage(tx, kept, other, catalog.models[model.name])
    return tx.apply(kept, united, event) or united


def _move_lineage(tx: Transaction, kept: str, other: str, model: Model) -> None:
    """The origin of the versions goes with them."""
    here, there = _lineage(tx, kept), _lineage(tx, other)
    moved = {model_node(model.name, version) for version in model.versions}
    tx.put(f"{kept}/{LINEAGE}", _bytes(merged([here, *(there.of(node) for node in moved)])))
    stay = [edge for edge in there.edges if edge.via not in moved]
    gone = {end for node in moved for end in there.of(node).nodes} - {
        end for edge in stay for end in (edge.from_, edge.to, edge.via)
    }
    tx.put(f"{other}/{LINEAGE}", _bytes(graph(set(there.nodes) - gone, stay)))


def _lineage(tx: Transaction, home: str) -> LineageGraph:
    path = f"{home}/{LINEAGE}"
    written = tx.files.get(path)
    data = written.data if written else tx.source.read(path)
    return read_lineage(load_json(data, path), path) if data else graph([], [])


def _bytes(lineage: LineageGraph) -> bytes:
    return dump_json(write_lineage(lineage))
