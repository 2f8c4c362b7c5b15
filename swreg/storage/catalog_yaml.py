"""`model_catalog.yaml`, both ways: canonical text out, a strict reading in.

The text is canonical so that git can merge it and people can read a pull request: stable order,
one block per version, a stage pointer per line, and no counter or time in a line that two
branches share. `load(dump(x)) == x`, and `dump(load(dump(x)))` is the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from swreg.domain import shape
from swreg.domain.catalog import SCHEMA, Catalog, Model
from swreg.domain.entry import Entry
from swreg.domain.names import parse_name
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import BrokenFile, UsageError
from swreg.storage.yaml_text import flow, key_text, parse_yaml, quoted


@dataclass(frozen=True, slots=True)
class ModelBlock:
    """A model as the file has it."""

    stages: Mapping[Stage, Version] = field(default_factory=dict)
    versions: Mapping[Version, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """The whole file."""

    schema: int
    models: Mapping[str, ModelBlock] = field(default_factory=dict)


def load(data: bytes, *, name: str = "model_catalog.yaml") -> Catalog:
    """The catalog in the bytes; `BrokenFile` lists every fault with its place."""
    return from_raw(parse_yaml(data, name=name), name=name)


def from_raw(raw: object, *, name: str) -> Catalog:
    """The catalog from plain data, checked for what no catalog may hold."""
    try:
        file = shape.read(CatalogFile, raw)
    except shape.ShapeError as error:
        raise _broken(name, error.faults) from None
    if file.schema != SCHEMA:
        raise BrokenFile(
            f"{name} has schema {file.schema}, this swreg reads {SCHEMA}", "install a newer swreg"
        )
    models = {key: Model(key, block.stages, block.versions) for key, block in file.models.items()}
    faults = [fault for model in models.values() for fault in _faults(model)]
    if faults:
        raise _broken(name, faults)
    return Catalog(models)


def model_from_raw(name: str, raw: object) -> Model:
    """One model from plain data that was checked before."""
    block = shape.read(ModelBlock, raw)
    return Model(name, block.stages, block.versions)


def model_to_raw(model: Model) -> dict[str, object]:
    """One model as plain data, in canonical order."""
    return {
        "stages": {str(s): str(model.stages[s]) for s in POINTED if s in model.stages},
        "versions": {str(v): shape.write(model.versions[v]) for v in sorted(model.versions)},
    }


def dump(catalog: Catalog, block: Callable[[Version, Entry], list[str]] | None = None) -> bytes:
    """The canonical text of a catalog; `block` may give lines of versions that it kept."""
    lines = [f"schema: {SCHEMA}", "models:" if catalog.models else "models: {}"]
    for name in sorted(catalog.models):
        lines += _model_lines(catalog.models[name], block or version_lines)
    return ("\n".join(lines) + "\n").encode()


def _model_lines(model: Model, block: Callable[[Version, Entry], list[str]]) -> list[str]:
    lines = [f"  {key_text(model.name)}:"]
    pointers = [f"      {s}: {quoted(str(model.stages[s]))}" for s in POINTED if s in model.stages]
    lines += ["    stages:", *pointers] if pointers else ["    stages: {}"]
    lines.append("    versions:" if model.versions else "    versions: {}")
    for version in sorted(model.versions):
        lines += block(version, model.versions[version])
    return lines


def version_lines(version: Version, entry: Entry) -> list[str]:
    """The block of one version."""
    lines = [f"      {quoted(str(version))}:"]
    for key, value in shape.write(entry).items():
        if key == "approvals":
            lines.append("        approvals:")
            lines += [f"          - {flow(approval)}" for approval in value]
        else:
            lines.append(f"        {key}: {flow(value)}")
    return lines


def _faults(model: Model) -> list[str]:
    try:
        parse_name(model.name)
    except UsageError as error:
        return [f"models: {error.what}"]
    return list(model.faults())


def _broken(name: str, faults: list[str]) -> BrokenFile:
    more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
    return BrokenFile(
        f"{name}: {'; '.join(faults[:5])}{more}", "mend it, or restore the file from git"
    )
