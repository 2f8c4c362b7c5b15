"""Reads of the past where the past is cut off, or its clock was wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.errors import NotFound
from swreg.operations.describing import info
from swreg.operations.fetching import get
from swreg.operations.history import history
from swreg.operations.listing import list_versions
from swreg.operations.project import Project
from tests.conftest import Repo
from tests.registered import NAME, add


@pytest.fixture
def backwards(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """v1.0.0 on the 10th, v2.0.0 on the 20th, and v3.0.0 after it on a clock that says the 15th."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-08T10:00:00Z")
    repo.git("commit", "--quiet", "--amend", "--no-edit")
    for number, day in (("v1.0.0", "10"), ("v2.0.0", "20"), ("v3.0.0", "15")):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2024-01-{day}T10:00:00Z")
        add(repo.path, number, Stage.DEV)
    return repo


@pytest.mark.parametrize(
    ("date", "warned"),
    [("2024-01-09", False), ("2024-01-10", False), ("2024-01-14", False), ("2024-01-15", True),
     ("2024-01-19T12:00:00Z", True), ("2024-01-20", False), ("HEAD~1", False)],
)  # fmt: skip
def test_a_clock_that_ran_backwards_is_told(backwards: Repo, date: str, warned: bool) -> None:
    project = Project.open(backwards.path)
    younger = backwards.git("rev-parse", "--short", "HEAD~1")
    said = [list_versions(project, at=date).warnings, history(project, at=date).warnings]
    if date != "2024-01-09":
        wanted = parse_reference(NAME, "v1.0.0")
        said.append(info(project, wanted, at=date).warnings)
        said.append(get(project, wanted, date=date, output=backwards.path.parent / "got").warnings)
    for warnings in said:
        assert bool(warnings) is warned
        if warned:
            assert f"the clock ran backwards: {younger} is dated after {date}" in warnings[0]


def test_a_shallow_clone_says_what_is_cut_off(repo: Repo, tmp_path: Path) -> None:
    add(repo.path, "v1.0.0")
    full = Project.open(repo.path)
    assert [one.kind for one in history(full).data] == ["registered"]
    repo.git("commit", "--quiet", "--allow-empty", "--message", "docs: words")
    for depth, name in (("1", "one"), ("2", "two")):
        repo.git("clone", "-q", f"--depth={depth}", f"file://{repo.path}", str(tmp_path / name))
    shallow = Project.open(tmp_path / "one")
    for model in (None, NAME):
        with pytest.raises(NotFound, match=r"is shallow and .*; run: git fetch --unshallow"):
            history(shallow, model)
    with pytest.raises(NotFound, match=r"no revision or date 'HEAD~3'.* git fetch --unshallow"):
        list_versions(shallow, at="HEAD~3")
    with pytest.raises(NotFound, match=r"or 2024-01-15$"):
        list_versions(full, at="HEAD~30")
    outcome = history(Project.open(tmp_path / "two"))
    assert len(outcome.data) == 1
    assert outcome.warnings[0].endswith("git fetch --unshallow")
