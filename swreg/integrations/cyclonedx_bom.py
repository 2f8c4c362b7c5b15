"""A registry as a CycloneDX 1.6 bill of materials, made and validated by cyclonedx-python-lib.

Each version is a `machine-learning-model` with its files, its data, the packages it needs and a
model card. The same commit gives the same document, byte for byte.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from swreg.domain.exported import ExportedModel, ExportedVersion, RegistryExport
from swreg.domain.metadata import make_metadata, metrics
from swreg.domain.metadata_keys import REFUSED
from swreg.domain.version import Version
from swreg.errors import IntegrityError, MissingExtra

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component

_PINNED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*([A-Za-z0-9.!+_-]+)\s*(?:;.*)?")
_NAMESPACE = uuid.UUID("7c4a6f54-3f0e-5a55-9a0e-2f5d1c1e6b1d")


def bill_of_materials(export: RegistryExport, *, project: str) -> str:
    """The document as JSON text with a final newline; `project` is whose models they are.

    Raises `MissingExtra` without the library, and `IntegrityError` where it refuses the result.
    """
    try:
        from cyclonedx.output.json import JsonV1Dot6
    except ImportError:
        raise MissingExtra("cyclonedx-python-lib", "sbom", "a CycloneDX document") from None
    document = json.loads(JsonV1Dot6(_bom(export, project)).output_as_string())
    _add_cards(document, export)
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    _require_valid(text)
    return text


def _require_valid(text: str) -> None:
    from cyclonedx.exception import MissingOptionalDependencyException
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    try:
        fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    except MissingOptionalDependencyException:
        package = "cyclonedx-python-lib[json-validation]"
        raise MissingExtra(package, "sbom", "validating the document") from None
    if fault is not None:
        line = " ".join(str(fault).split())[:200]
        raise IntegrityError(f"the document is no valid CycloneDX 1.6: {line}", "report this")


def _bom(export: RegistryExport, project: str) -> Bom:
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType

    whole = Component(name=project, type=ComponentType.APPLICATION, bom_ref="registry")
    moment = datetime.fromisoformat(export.committed_at) if export.committed_at else None
    bom = Bom(
        serial_number=uuid.uuid5(_NAMESPACE, f"{project} {export.commit}"),
        metadata=BomMetaData(component=whole, timestamp=moment),
    )
    shared: dict[str, Component] = {}
    for model in export.models:
        for version, told in model.versions.items():
            made = _model(model, version, told)
            needed = [*_packages(told, shared), *_data(told, shared), *_parent(told, shared)]
            bom.components.add(made)
            bom.register_dependency(whole, [made])
            bom.register_dependency(made, needed)
    for one in shared.values():
        bom.components.add(one)
    return bom


def _model(model: ExportedModel, version: Version, told: ExportedVersion) -> Component:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType

    entry = told.entry
    facts = {
        "stage": told.stage,
        "digest": entry.artifact.digest,
        "size": entry.artifact.size,
        "registered.at": entry.registered.at,
        "registered.by": entry.registered.by,
        "increment": entry.registered.increment,
        "deployed.at": entry.deployed_at,
        "deprecated": entry.deprecated.reason if entry.deprecated else None,
        "held": entry.hold.reason if entry.hold else None,
        "approved.by": ", ".join(one.approver for one in entry.approvals) or None,
    }
    return Component(
        name=model.name,
        version=str(version),
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=_ref(model, version),
        components=list(_files(model, version, told)),
        properties=[
            Property(name=f"swreg:{key}", value=str(value))
            for key, value in facts.items()
            if value is not None
        ],
    )


def _ref(model: ExportedModel, version: Version) -> str:
    return f"model:{model.home}:{model.name}@{version}"


def _files(model: ExportedModel, version: Version, told: ExportedVersion) -> Iterator[Component]:
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    for one in told.metadata.get("files") or ():
        yield Component(
            name=one["path"],
            type=ComponentType.FILE,
            bom_ref=f"{_ref(model, version)}/{one['path']}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one["sha256"])],
        )


def _packages(told: ExportedVersion, shared: dict[str, Component]) -> Iterator[Component]:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    for line in told.requirements:
        found = _PINNED.fullmatch(line)
        if found is None:
            continue
        purl = PackageURL(type="pypi", name=found[1], version=found[2])
        ref = str(purl)
        if ref not in shared:
            shared[ref] = Component(
                name=found[1],
                version=found[2],
                type=ComponentType.LIBRARY,
                purl=purl,
                bom_ref=ref,
            )
        yield shared[ref]


def _data(told: ExportedVersion, shared: dict[str, Component]) -> Iterator[Component]:
    from cyclonedx.model.component import Component, ComponentType

    name = told.metadata.get("training_data_version")
    if isinstance(name, str) and name:
        ref = f"data:{name}"
        shared.setdefault(ref, Component(name=name, type=ComponentType.DATA, bom_ref=ref))
        yield shared[ref]


def _parent(told: ExportedVersion, shared: dict[str, Component]) -> Iterator[Component]:
    from cyclonedx.model.component import Component, ComponentType

    name = told.metadata.get("parent_model")
    if isinstance(name, str) and name:
        ref = f"parent:{name}"
        kind = ComponentType.MACHINE_LEARNING_MODEL
        shared.setdefault(ref, Component(name=name, type=kind, bom_ref=ref))
        yield shared[ref]


def _add_cards(document: dict[str, Any], export: RegistryExport) -> None:
    """The model cards, for which the library has no class."""
    by_ref = {one["bom-ref"]: one for one in document.get("components", ())}
    for model in export.models:
        for version, told in model.versions.items():
            card = _card(told)
            if card:
                by_ref[_ref(model, version)]["modelCard"] = card


def _card(told: ExportedVersion) -> dict[str, Any]:
    facts = told.metadata
    parameters: dict[str, Any] = {}
    if isinstance(facts.get("algorithm"), str):
        parameters["architectureFamily"] = facts["algorithm"]
    if isinstance(facts.get("training_data_version"), str):
        parameters["datasets"] = [{"ref": f"data:{facts['training_data_version']}"}]
    for side in ("inputs", "outputs"):
        formats = [{"format": f"{k}: {v}"} for k, v in (told.signature.get(side) or {}).items()]
        if formats:
            parameters[side] = formats
    given = {key: value for key, value in facts.items() if key not in REFUSED}
    found = metrics(make_metadata(given))
    card: dict[str, Any] = {"modelParameters": parameters} if parameters else {}
    if found:
        figures = [{"type": key, "value": str(found[key])} for key in sorted(found)]
        card["quantitativeAnalysis"] = {"performanceMetrics": figures}
    properties = list(_properties(facts.get("hyperparameters") or {}))
    if properties:
        card["properties"] = properties
    return card


def _properties(given: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for key, value in sorted(given.items()):
        text = value if isinstance(value, str) else json.dumps(value)
        yield {"name": f"swreg:hyperparameter:{key}", "value": text}
