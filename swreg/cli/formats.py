"""The file formats whose JSON Schema can be printed, each with the class that reads it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

FORMATS: dict[str, tuple[str, str]] = {
    "catalog": ("swreg.storage.catalog_yaml", "CatalogFile"),
    "policy": ("swreg.domain.policy", "Policy"),
    "metadata": ("swreg.domain.metadata_keys", "Metadata"),
    "features": ("swreg.domain.features", "Features"),
    "signature": ("swreg.domain.signature", "Signature"),
    "lineage": ("swreg.domain.lineage", "LineageGraph"),
    "export": ("swreg.domain.exported", "RegistryExport"),
    "envelope": ("swreg.cli.envelope", "Envelope"),
}


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of one of the formats."""
    from swreg.domain.schema import framed, json_schema

    module, cls = FORMATS[name]
    schema = json_schema(getattr(import_module(module), cls))
    if name == "envelope":
        # An envelope has all its keys always; a file leaves out what is at its default.
        schema["required"] = list(schema["properties"])
    if name == "metadata":
        # Keys that nobody has foreseen stand beside the known ones.
        del schema["properties"]["further"]
        schema["additionalProperties"] = True
    return schema if "schema" in schema["properties"] else framed(schema)
