"""A trained model in memory becomes the files of a version."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from swreg.domain.features import Features, contradictions, make_features, strangers
from swreg.domain.metadata import make_metadata
from swreg.domain.signature import Signature, make_signature
from swreg.errors import UsageError
from swreg.operations.version_files import VersionFiles
from swreg.storage.artifacts.payload import Payload, facts_of


def from_object(
    model: object,
    place: Path,
    given: Mapping[str, Any],
    *,
    input_example: Any = None,
    signature: Signature | None = None,
) -> tuple[VersionFiles, tuple[str, ...]]:
    """Write the model's files into `place`; what they are, and notes worth a warning.

    Features come from the sample, else from the metadata, else from what the model remembers;
    the signature from the caller, the sample or the model.
    """
    from swreg.formats.imported import framework_line, requirements
    from swreg.formats.saving import PICKLE, save_model

    metadata = make_metadata(_plain_features(given))
    saved = save_model(model, place)
    needed = requirements(saved.module_names, metadata.framework or "")
    features = _features(metadata.features, input_example)
    notes: list[str] = []
    signature = signature or _signature(model, input_example, notes)
    if features is not None and signature is not None:
        clash = contradictions(signature, features)
        if clash:
            raise UsageError(f"signature and features disagree: {clash[0]}", "correct one of them")
        notes += filter(None, [strangers(signature, features)])
    metadata = replace(
        metadata,
        python_version=metadata.python_version or platform.python_version(),
        framework=metadata.framework or framework_line(saved.framework, needed.lines),
        further={**metadata.further, **_found(saved.globals)},
    )
    files = VersionFiles(
        payload=Payload(place, facts_of(place), telling=(PICKLE,)),
        metadata=metadata,
        features=features,
        signature=signature,
        requirements=needed.lines,
    )
    return files, (*saved.notes, *needed.warnings, *notes)


def _plain_features(given: Mapping[str, Any]) -> dict[str, Any]:
    """Feature names given as an array or an index, as a list."""
    data = dict(given)
    names = data.get("features")
    if names is not None and hasattr(names, "tolist"):
        data["features"] = names.tolist()
    return data


def _features(names: tuple[str, ...], sample: Any) -> Features | None:
    if sample is None:
        return make_features(names) if names else None
    from swreg.formats.samples import features_from

    columns = names if names and not hasattr(sample, "columns") else ()
    return make_features(features_from(sample, names=columns))


def _signature(model: object, sample: Any, notes: list[str]) -> Signature | None:
    """What the sample or the model's hints show; hints that cannot be read are only noted."""
    from swreg.formats import signatures

    if sample is not None:
        found = signatures.signature_from_sample(model, sample)
        return make_signature(found["inputs"], found["outputs"], source="inferred")
    if callable(model) and not hasattr(model, "predict"):
        try:
            found = signatures.signature_from_hints(model)
        except UsageError as error:
            notes.append(f"no signature is recorded: {error.what}")
            return None
        if found["outputs"]:
            return make_signature(found["inputs"], found["outputs"], source="hints")
    return None


def _found(names: tuple[str, ...]) -> dict[str, Any]:
    return {"pickle_globals": list(names)} if names else {}
