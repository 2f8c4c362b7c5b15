"""The environment in which every git process of ours runs."""

from __future__ import annotations

import os

_DROPPED = frozenset(
    [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_OBJECT_DIRECTORY", "GIT_DIR",
        "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE",
        "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
        "GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX", "GIT_LITERAL_PATHSPECS",
        "GIT_NAMESPACE", "GIT_PAGER", "GIT_QUARANTINE_PATH",
    ]
)  # fmt: skip
_AUTHOR = frozenset(
    ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"]
)


def scrubbed(environ: dict[str, str]) -> dict[str, str]:
    """The environment for a git of ours.

    Identity, credentials and configuration stay. Inside a hook git exports the author of the
    commit under way, which is nobody's identity for ours, so there it is dropped as well.
    """
    in_hook = "GIT_INDEX_FILE" in environ or "GIT_DIR" in environ
    drop = _DROPPED | _AUTHOR if in_hook else _DROPPED
    kept = {key: value for key, value in environ.items() if key not in drop}
    kept |= {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "LC_ALL": "C",
        "LANGUAGE": "C",
    }
    return kept
