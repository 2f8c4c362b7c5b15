"""Hold the files of one version, as git has them, against the digest in its catalog."""

from __future__ import annotations

from swreg.domain.catalog import Found
from swreg.errors import EnvironmentFault, IntegrityError
from swreg.operations.checks.files import faults
from swreg.operations.evidence import folder_of
from swreg.operations.project import Project
from swreg.operations.version_files import METADATA
from swreg.storage.artifacts import in_git
from swreg.storage.blob_hash import hash_blobs
from swreg.storage.source import Revision


def require_whole(project: Project, source: Revision, found: Found) -> None:
    """Refuse a version whose files in a commit are gone, or are not those that were registered.

    Every byte that git holds of it is read and hashed, in portions, so a version of gigabytes
    takes the seconds that reading gigabytes takes. What a store or git-lfs holds is compared by
    the digests that were recorded. Raises `IntegrityError`, and `EnvironmentFault` where this
    clone has not got the objects.
    """
    folder = folder_of(project, source.commit, found)
    oids = {item.path: item.oid for item in source.files(folder)}
    facts = hash_blobs(project.git, oids.values())
    # Which paths have a filter matters for pointers alone.
    pointers = [path for path, oid in oids.items() if oid in facts and facts[oid].pointer]
    filtered = set(pointers)
    if pointers and not project.git.bare:
        filtered = set(in_git.filters(project.git, pointers))

    def metadata() -> bytes:
        return source.read(f"{folder}/{METADATA}") or b"{}"

    for check_id, what in faults(found, folder, oids, facts, filtered=filtered, metadata=metadata):
        if check_id == "SWR222":
            raise EnvironmentFault(what, "in a partial clone go online; else run: git fsck")
        raise IntegrityError(
            what, "restore the folder from the commit that registered it, then try again"
        )
