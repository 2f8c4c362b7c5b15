"""The last tip that was seen of each branch, so that rewritten history is noticed.

The memory is a ref of this clone, `refs/swreg/seen/<branch>`; it also keeps the lost commits from
being collected. Rewriting commits is everybody's right: only lost records are a finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from swreg.domain.finding import Finding, Spot, finding
from swreg.domain.record import Record, parse
from swreg.operations.project import Project
from swreg.storage.commits import commits
from swreg.storage.git import Git

_SEEN = "refs/swreg/seen/"


def lost_records(project: Project) -> Iterator[Finding]:
    """Records that the branch had when it was last seen and has no more."""
    git, branch = project.git, project.git.head_branch()
    tip = git.resolve("HEAD")
    if branch is None or tip is None:
        return
    seen = git.resolve(ref_of(branch))
    if seen is None or seen == tip or git.is_ancestor(seen, tip):
        return
    if git.is_shallow:
        yield finding("SWR222", f"whether {branch} was rewritten, this shallow clone cannot say")
        return
    had = _records(git, f"^{tip}", seen)
    has = _records(git, f"^{seen}", tip)
    for key, record in had.items():
        if key not in has:
            yield finding(
                "SWR219",
                f"{branch.removeprefix('refs/heads/')} lost the record '{record.event.summary()}'",
                Spot(
                    path=project.layout.specweave,
                    model=record.event.model,
                    version=str(getattr(record.event, "version", "")),
                    commit=seen,
                ),
                fix=f"restore it (git branch restored {seen[:12]}), or accept the loss: "
                f"git update-ref -d {ref_of(branch)}",
            )


def remember(project: Project) -> None:
    """Note the tip of the branch as seen; a repository that cannot be written is left alone."""
    branch, tip = project.git.head_branch(), project.git.resolve("HEAD")
    if branch is not None and tip is not None and project.git.resolve(ref_of(branch)) != tip:
        project.git.run("update-ref", ref_of(branch), tip)


def ref_of(branch: str) -> str:
    """Where the last seen tip of a branch is kept.

    >>> ref_of("refs/heads/main")
    'refs/swreg/seen/main'
    """
    return _SEEN + branch.removeprefix("refs/heads/")


def _records(git: Git, *revisions: str) -> dict[str, Record]:
    return {
        record.id: record
        for commit in commits(git, *revisions)
        for record in parse(commit.message)
        if isinstance(record, Record)
    }
