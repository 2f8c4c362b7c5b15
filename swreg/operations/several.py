"""List the versions of several repositories: their catalogs are read, nothing else is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from swreg.domain.stage import Stage
from swreg.errors import NotReady, SwregError
from swreg.operations.listing import Sort, list_versions, sorted_views
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.views import VersionView
from swreg.storage.layout import CATALOG, Layout
from swreg.storage.mirror import redacted
from swreg.storage.partial import bring, open_partial

_AT_ONCE = 8


def list_several(
    repositories: Sequence[str],
    *,
    at: str | None = None,
    stage: Stage | None = None,
    tag: str | None = None,
    all_versions: bool = False,
    sort: Sort = "name",
) -> Outcome[tuple[VersionView, ...]]:
    """The versions of every repository, each with the one it is in.

    A repository is a folder or a URL. One that cannot be read is a warning and its exit code,
    and the others are listed; where none can, the first one's error is raised.
    """

    def one(repository: str) -> Outcome[tuple[VersionView, ...]] | SwregError:
        try:
            project = _opened(repository, at=at)
            return list_versions(project, at=at, stage=stage, tag=tag, all_versions=all_versions)
        except SwregError as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = dict(zip(repositories, pool.map(one, repositories), strict=True))
    failures = [answer for answer in answers.values() if isinstance(answer, SwregError)]
    if failures and len(failures) == len(answers):
        raise failures[0]
    rows: list[VersionView] = []
    warnings: list[str] = []
    for repository, answer in answers.items():
        name = redacted(repository)
        if isinstance(answer, SwregError):
            warnings.append(f"{name}: {answer.what}; {answer.hint}")
        else:
            rows += [replace(row, repository=name) for row in answer.data]
            warnings += [f"{name}: {warning}" for warning in answer.warnings]
    data = sorted_views(rows, sort)
    return read_outcome(
        "registry-list", data, *warnings, exit_code=failures[0].exit_code if failures else 0
    )


def _opened(repository: str, *, at: str | None) -> Project:
    if Path(repository).is_dir():
        return Project.open(Path(repository))
    git = open_partial(repository, whole=at is not None)
    project = Project(git, Layout(""))
    commit = project.commit_at(at)
    if commit is None or git.tree_of(commit, project.layout.specweave) is None:
        raise NotReady(f"no registry in {redacted(repository)}", "check the address")
    items = git.list_tree(commit, project.layout.specweave)
    bring(git, [item.oid for item in items if _of_registry(item.path, project.layout)])
    return project


def _of_registry(path: str, layout: Layout) -> bool:
    return path.endswith(f"/{CATALOG}") or path == layout.policy
