"""Models, catalogs and the registry: the state, and the only state.

A catalog is one `model_catalog.yaml`; the registry is all of them at one commit. A model lives in
the catalog of the increment that first registered it, its *home*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from swreg.domain.entry import Entry
from swreg.domain.names import Reference, slug
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, Ambiguous, BrokenFile, NotFound

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Model:
    """A registered name with its versions and its stage pointers."""

    name: str
    stages: Mapping[Stage, Version] = field(default_factory=dict)
    versions: Mapping[Version, Entry] = field(default_factory=dict)

    def stage_of(self, version: Version) -> Stage:
        """Where the version stands: a pointer, else archived, else dev."""
        for stage in POINTED:
            if self.stages.get(stage) == version:
                return stage
        return Stage.ARCHIVED if self.versions[version].archived else Stage.DEV

    @property
    def production(self) -> Version | None:
        return self.stages.get(Stage.PRODUCTION)

    @property
    def latest(self) -> Version | None:
        """The highest version, pre-releases and archived ones included."""
        return max(self.versions, default=None)

    def entry(self, version: Version) -> Entry:
        """The entry of a version; `NotFound` lists what there is."""
        try:
            return self.versions[version]
        except KeyError:
            known = ", ".join(str(one) for one in sorted(self.versions)[-5:]) or "none"
            raise NotFound(
                f"{self.name} has no version {version}", f"the latest ones are: {known}"
            ) from None

    def with_entry(self, version: Version, entry: Entry) -> Model:
        return replace(self, versions={**self.versions, version: entry})

    def with_stage(self, stage: Stage, version: Version | None) -> Model:
        stages = {key: held for key, held in self.stages.items() if key is not stage}
        if version is not None:
            stages[stage] = version
        return replace(self, stages=stages)

    def faults(self) -> Iterator[str]:
        """What no catalog may hold: pointers to nothing, or to what is archived."""
        for stage, version in self.stages.items():
            if stage not in POINTED:
                yield f"models.{self.name}.stages.{stage}: only production and staging are pointers"
            elif version not in self.versions:
                yield f"models.{self.name}.stages.{stage}: points to {version}, which is not there"
            elif self.versions[version].archived:
                yield f"models.{self.name}.stages.{stage}: points to {version}, which is archived"
        live = list(self.stages.values())
        if len(set(live)) < len(live):
            yield f"models.{self.name}.stages: one version stands in two stages"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The models of one home, in the order of their names."""

    models: Mapping[str, Model] = field(default_factory=dict)

    def with_model(self, model: Model) -> Catalog:
        return Catalog({**self.models, model.name: model})


@dataclass(frozen=True, slots=True)
class Found:
    """One version as somebody asked for it: the model, the version and where its home is."""

    home: str
    model: Model
    version: Version

    @property
    def entry(self) -> Entry:
        return self.model.versions[self.version]

    @property
    def stage(self) -> Stage:
        return self.model.stage_of(self.version)

    def says_as(self, other: Found) -> bool:
        """Whether both are one version with one entry in one stage, wherever they stand."""
        mine, theirs = (self.version, self.stage), (other.version, other.stage)
        return mine == theirs and self.entry == other.entry


@dataclass(frozen=True, slots=True)
class Registry:
    """All catalogs at one commit, by home: the repository path of the folder that has `registry/`."""

    catalogs: Mapping[str, Catalog] = field(default_factory=dict)

    def models(self) -> Iterator[tuple[str, Model]]:
        """Every (home, model), by the model's name."""
        pairs = [
            (model.name, home, model)
            for home, catalog in self.catalogs.items()
            for model in catalog.models.values()
        ]
        for _, home, model in sorted(pairs, key=lambda pair: pair[:2]):
            yield home, model

    def homes_of(self, name: str) -> list[str]:
        """Where a model lives: one home, or several after a merge that made two."""
        return sorted(h for h, catalog in self.catalogs.items() if name in catalog.models)

    def model(self, name: str) -> tuple[str, Model]:
        """The home and the model of that exact name; `NotFound` says what is near."""
        homes = self.homes_of(name)
        if not homes:
            raise NotFound(f"no model called {name!r}", self._near(name))
        return homes[0], self.catalogs[homes[0]].models[name]

    def in_two_homes(self) -> list[str]:
        """The names that several catalogs have."""
        names = [name for catalog in self.catalogs.values() for name in catalog.models]
        if len(set(names)) == len(names):
            return []
        return sorted({name for name in names if len(self.homes_of(name)) > 1})

    def sharing_folders(self) -> list[tuple[str, ...]]:
        """The names of different models whose versions' folders would be called alike."""
        alike: dict[str, set[str]] = {}
        for catalog in self.catalogs.values():
            for name in catalog.models:
                alike.setdefault(slug(name), set()).add(name)
        return sorted(tuple(sorted(names)) for names in alike.values() if len(names) > 1)

    def single_home(self, name: str) -> str:
        """The one home of a model, for a write; two homes must be resolved first."""
        homes = self.homes_of(name)
        if len(homes) > 1:
            raise BrokenFile(
                f"{name} stands in two catalogs: {', '.join(homes)}", "run: swreg resolve"
            )
        return homes[0]

    def find(self, reference: Reference) -> Found:
        """The version that a reference means; raises `NotFound` or `Ambiguous`.

        A model that stands in two catalogs is `BrokenFile` where they do not say the same of it.
        """
        reference = self._read(reference)
        names = [name for name in reference.names if self.homes_of(name)]
        if len(names) > 1:
            raise Ambiguous(
                f"{reference.text!r} could be {' or '.join(names)}", "write name@version"
            )
        home, model = self.model(names[0] if names else reference.names[-1])
        found = [
            one
            for other in self.homes_of(model.name)
            for one in self._found(other, model.name, reference)
        ]
        if not found:
            return Found(home, model, self._pick(model, reference))
        # After a merge two homes may have the model: they answer only where they say the same.
        if any(not one.says_as(found[0]) for one in found):
            self.single_home(model.name)
        return found[0]

    def _read(self, reference: Reference) -> Reference:
        """The reference as these models let it be read: a model's own name, else the fitting split."""
        whole = reference.whole
        if whole is not None and self.homes_of(whole):
            return replace(reference, names=(whole,), version=None, whole=None, others=())
        if not reference.others or reference.version is None:
            return reference
        splits = [(reference.names, reference.version), *reference.others]
        known = [one for one in splits if any(map(self.homes_of, one[0]))]
        fit = [one for one in known if self._has(*one)] or known or splits[:1]
        names = tuple(dict.fromkeys(name for names, _ in fit for name in names))
        return replace(reference, names=names, version=fit[0][1], others=())

    def _has(self, names: tuple[str, ...], version: Version) -> bool:
        homes = ((name, home) for name in names for home in self.homes_of(name))
        return any(version in self.catalogs[home].models[name].versions for name, home in homes)

    def _found(self, home: str, name: str, reference: Reference) -> Iterator[Found]:
        """The version that a reference means in one home, where there is one."""
        model = self.catalogs[home].models[name]
        try:
            yield Found(home, model, self._pick(model, reference))
        except NotFound:
            return

    def _pick(self, model: Model, reference: Reference) -> Version:
        if reference.stage is not None:
            return self._in_stage(model, reference.stage)
        if reference.version is not None:
            _require_increment(model, reference.version, reference.increment)
            return reference.version
        latest = model.latest
        if latest is None:
            raise NotFound(f"{model.name} has no version yet", "register one first")
        return latest

    def _in_stage(self, model: Model, stage: Stage) -> Version:
        if stage in POINTED:
            version = model.stages.get(stage)
        else:
            version = max((v for v in model.versions if model.stage_of(v) is stage), default=None)
        if version is None:
            raise NotFound(
                f"{model.name} has no version in {stage}", f"swreg registry-info {model.name}"
            )
        return version

    def with_model(self, home: str, model: Model) -> Registry:
        catalog = self.catalogs.get(home, Catalog()).with_model(model)
        return Registry({**self.catalogs, home: catalog})

    def require_free_name(self, name: str) -> None:
        """Two models of one slug would share their folders, so the second is refused."""
        for _, model in self.models():
            if model.name != name and slug(model.name) == slug(name):
                raise AlreadyExists(
                    f"{name} would share its folders with {model.name}", "choose another name"
                )

    def _near(self, name: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(name, [model.name for _, model in self.models()], n=3)
        return (
            f"did you mean {', '.join(near)}?" if near else "swreg registry-list shows the models"
        )


def _require_increment(model: Model, version: Version, increment: str | None) -> None:
    """A version written with its increment, `0042-v3`, is one that 0042 registered."""
    own = model.entry(version).registered.increment
    if increment is not None and own.partition("-")[0] != increment:
        raise NotFound(
            f"{model.name} has no version {version} of increment {increment}",
            f"{version} was registered by {own}",
        )
