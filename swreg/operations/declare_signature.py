"""Declare the input and output schema of a version, once, as an event of its own."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from swreg.domain.events import SignatureSetEvent
from swreg.domain.features import contradictions, strangers
from swreg.domain.names import Reference
from swreg.domain.signature import make_signature, write_signature
from swreg.errors import FactError, UsageError
from swreg.operations.evidence import facts_of_version, folder_of
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.operations.version_files import SIGNATURE, dump_json
from swreg.operations.views import VersionView, view
from swreg.storage.commit import NewFile


def declare_signature(
    project: Project,
    reference: Reference,
    *,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Write `signature.json` for a version whose signature was unknown or only inferred.

    Raises `FactError` where it was declared before, `UsageError` where it contradicts the
    version's features.
    """
    signature = make_signature(inputs, outputs)

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(reference)
        name = f"{found.model.name} {found.version}"
        facts = facts_of_version(tx.project, tx.source, found)
        if facts.signature is not None and facts.signature.source == "declared":
            raise FactError(
                f"the signature of {name} is declared already", "register a new version"
            )
        clash = contradictions(signature, facts.features) if facts.features else ()
        if clash:
            raise UsageError(f"signature and features of {name} disagree: {clash[0]}", "correct it")
        remark = strangers(signature, facts.features) if facts.features else None
        tx.warnings += [remark] if remark else []
        data = dump_json(write_signature(signature))
        tx.files[f"{folder_of(tx.project, tx.base, found)}/{SIGNATURE}"] = NewFile(data=data)
        event = SignatureSetEvent(
            model=found.model.name,
            version=found.version,
            digest=f"sha256:{sha256(data).hexdigest()}",
            actor=tx.actor,
            at=tx.now,
        )
        return view(tx.apply_to(found, event))

    return write(project, "registry-signature", decide, options)
