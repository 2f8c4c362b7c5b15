"""A version as a Hugging Face model card: Markdown with a YAML head that their library reads.

The head has what the Hub looks for (library, licence, tags, results of evaluation); the page what
a reader asks. Nothing is claimed that the registry does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from swreg.docs.escape import markdown
from swreg.domain.exported import ExportedModel, ExportedVersion
from swreg.domain.measures import PERFORMANCE
from swreg.domain.metadata import make_metadata, metrics
from swreg.domain.metadata_keys import REFUSED
from swreg.domain.version import Version
from swreg.storage.yaml_text import flow

_LIBRARIES = {
    "scikit-learn": "sklearn",
    "torch": "pytorch",
    "tensorflow": "tf-keras",
    "huggingface-hub": "transformers",
}
"""How the Hub calls a framework, where it is not by the name of its package."""


def model_card(model: ExportedModel, version: Version) -> str:
    """The card of one version, with a final newline."""
    told = model.versions[version]
    return "\n".join((*_head(model, version, told), "", *_page(model, version, told))) + "\n"


def _head(model: ExportedModel, version: Version, told: ExportedVersion) -> Iterator[str]:
    facts = told.metadata
    yield "---"
    if (library := _library(facts)) is not None:
        yield f"library_name: {flow(library)}"
    if (licence := _fact(facts, "license")) is not None:
        yield f"license: {flow(licence)}"
    yield f"tags: {flow(['swreg', str(told.stage), *told.entry.tags])}"
    found = metrics(make_metadata(_own(facts)))
    if found:
        yield f"metrics: {flow(sorted(found))}"
        yield "model-index:"
        yield f"  - name: {flow(f'{model.name} {version}')}"
        yield "    results:"
        yield f"      - task: {flow({'type': _fact(facts, 'task') or 'other'})}"
        yield f"        dataset: {flow(_dataset(facts))}"
        yield "        metrics:"
        for name, value in sorted(found.items()):
            yield f"          - {flow({'type': name, 'name': name, 'value': value})}"
    yield "---"


def _own(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as a caller would give them."""
    return {key: value for key, value in facts.items() if key not in REFUSED}


def _library(facts: Mapping[str, Any]) -> str | None:
    framework = facts.get("framework")
    if not isinstance(framework, str):
        return None
    name = re.split(r"[=<>!~ ;\[]", framework.strip(), maxsplit=1)[0].lower()
    return _LIBRARIES.get(name, name) or None


def _fact(facts: Mapping[str, Any], key: str) -> str | None:
    """A fact of the version, or of what was told where it was imported from."""
    imported = facts.get("imported")
    more = imported if isinstance(imported, Mapping) else {}
    value = facts.get(key, more.get(key))
    return value if isinstance(value, str) and value else None


def _dataset(facts: Mapping[str, Any]) -> dict[str, str]:
    name = _fact(facts, "training_data_version") or "not recorded"
    return {"type": "private", "name": name}


def _page(model: ExportedModel, version: Version, told: ExportedVersion) -> Iterator[str]:
    entry, facts = told.entry, told.metadata
    yield f"# {markdown(f'{model.name} {version}')}"
    yield ""
    yield markdown(_fact(facts, "description") or "No description is recorded.")
    yield ""
    yield from _section("Version", {
        "Stage": told.stage,
        "Registered": f"{entry.registered.at} by {entry.registered.by}",
        "In production since": entry.deployed_at if str(told.stage) == "production" else None,
        "Deprecated": entry.deprecated.reason if entry.deprecated else None,
        "Held": entry.hold.reason if entry.hold else None,
        "Digest": entry.artifact.digest,
        "Size in bytes": entry.artifact.size,
    })  # fmt: skip
    yield from _section("Training", {
        "Algorithm": facts.get("algorithm"),
        "Framework": facts.get("framework"),
        "Data": facts.get("training_data_version"),
        "Features": facts.get("feature_engineering_version"),
        "Experiment": facts.get("experiment"),
        "Parent model": facts.get("parent_model"),
        "Trained": facts.get("training_date"),
    })  # fmt: skip
    yield from _section("Hyperparameters", facts.get("hyperparameters") or {})
    yield from _section("Evaluation", dict(sorted(metrics(make_metadata(_own(facts))).items())))
    yield from _section("Performance", {key: facts.get(key) for key in PERFORMANCE})
    signature = told.signature
    yield from _section("Inputs", signature.get("inputs") or {})
    yield from _section("Outputs", signature.get("outputs") or {})


def _section(heading: str, facts: Mapping[str, Any]) -> Iterator[str]:
    """A heading and a table of what is known under it; nothing where nothing is."""
    known = {key: value for key, value in facts.items() if value not in (None, "")}
    if not known:
        return
    yield f"## {heading}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for key, value in known.items():
        yield f"| {markdown(key)} | {markdown(value)} |"
    yield ""
