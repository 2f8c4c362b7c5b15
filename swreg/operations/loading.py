"""Load a version's model: its files verified first, then read by the safest format there is."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from swreg.domain.catalog import Found
from swreg.operations.fetching import write_version
from swreg.operations.project import Project
from swreg.storage.artifacts.payload import staging
from swreg.storage.source import Revision

TRUSTED = "swreg.trusteddigest"


def load(
    project: Project,
    found: Found,
    *,
    at: str | None = None,
    trust: bool = False,
    allow: AbstractSet[str] = frozenset(),
) -> Any:
    """The model object of a version.

    No byte is interpreted before the digest agrees with the committed catalog, and the model's
    signature with the keys of the policy. Raises `IntegrityError` where they do not, and `Unsafe` for what would run code that nobody allowed.
    A digest may be trusted by the reader's own git configuration (`swreg.trustedDigest`), never
    by anything that the artifact says.
    """
    from swreg.formats.loading import load_model
    from swreg.operations.sealing import require_sealed

    trust = trust or found.entry.artifact.digest in trusted_digests(project)
    with staging(project.git.common_dir / "swreg") as place:
        write_version(project, Revision(project.git, project.commit_at(at)), found, place)
        require_sealed(project, found, place)
        return load_model(place, trust=trust, allow=allow)


def trusted_digests(project: Project) -> set[str]:
    """The digests that this machine's user trusts."""
    answer = project.git.run("config", "--get-all", TRUSTED)
    return set(answer.text.split())
