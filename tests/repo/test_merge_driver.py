"""The merge driver inside every git command that merges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from swreg.domain.stage import Stage
from swreg.errors import UsageError
from swreg.operations.merge_driver import merge_driver
from swreg.operations.project import reference
from swreg.operations.retire import deprecate, tag
from swreg.operations.rollback import rollback
from swreg.storage import catalog_yaml
from swreg.storage.conflict_text import sides
from tests.conftest import Repo
from tests.repo.branches import (
    CATALOG_PATH,
    HOME,
    NAME,
    add,
    bring,
    git,
    model,
    pointers,
    project,
    registered,
    use_driver,
)


@pytest.fixture
def two(repo: Repo, tmp_path: Path) -> Repo:
    """A registry with the driver configured."""
    registered(repo)
    use_driver(repo, tmp_path)
    return repo


def on_branch(repo: Repo, act: Callable[[], None], name: str = "side") -> None:
    """Do something on a branch of its own, then come back."""
    repo.git("switch", "--quiet", "--create", name)
    act()
    repo.git("switch", "--quiet", "main")


def merging(repo: Repo) -> None:
    repo.git("merge", "--quiet", "--no-edit", "side")


def rebasing(repo: Repo) -> None:
    repo.git("rebase", "--quiet", "side")


def picking(repo: Repo) -> None:
    repo.git("cherry-pick", "main..side")


def squashing(repo: Repo) -> None:
    repo.git("merge", "--quiet", "--squash", "side")
    repo.git("commit", "--quiet", "--no-edit")


WAYS = [merging, rebasing, picking, squashing]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_independent_changes_merge(two: Repo, way: Callable[[Repo], None]) -> None:
    """Both sides touch neighbouring lines, which git's text merge could not take."""
    on_branch(two, lambda: add(two, "v4.0.0", tags=("new",)))
    add(two, "v3.1.0")
    tag(project(two), reference(NAME, "v2.0.0"), add=("main",))
    bring(two, "v2.0.0", Stage.STAGING)
    way(two)
    assert two.status() == ""
    merged = model(two)
    assert [str(version) for version in sorted(merged.versions)] == [
        "v1.0.0", "v2.0.0", "v3.0.0", "v3.1.0", "v4.0.0",
    ]  # fmt: skip
    assert pointers(two) == {"production": "v1.0.0", "staging": "v2.0.0"}
    text = (two.path / CATALOG_PATH).read_bytes()
    assert catalog_yaml.dump(catalog_yaml.load(text)) == text
    graph = (two.path / HOME / "registry/lineage_graph.json").read_text(encoding="utf-8")
    assert "fraud-detection-v3.1.0" in graph
    assert "fraud-detection-v4.0.0" in graph
    history = (two.path / HOME / "registry/deployment_history.md").read_text(encoding="utf-8")
    assert history.count("| registered |") == 5
    # The registry can be written again at once.
    bring(two, "v3.1.0", Stage.STAGING)


@pytest.mark.parametrize("command", [["merge", "side"], ["rebase", "side"]], ids=lambda c: c[0])
def test_two_promotions_into_one_stage_stay_a_conflict(two: Repo, command: list[str]) -> None:
    on_branch(two, lambda: bring(two, "v3.0.0", Stage.STAGING, Stage.PRODUCTION))
    bring(two, "v2.0.0", Stage.STAGING, Stage.PRODUCTION)
    run = git(two, *command)
    assert run.returncode == 1
    ours, theirs = ("v2.0.0", "v3.0.0") if command[0] == "merge" else ("v3.0.0", "v2.0.0")
    words = f"production of {NAME}: ours has "
    assert words in run.stderr
    assert "UU" in two.status() or "AA" in two.status()
    if command[0] == "rebase":
        # The first replayed commit brings v2.0.0 into staging only; the second is the conflict.
        assert f"{words}{ours}, theirs {theirs}" in run.stderr
        two.git("rebase", "--abort")
        return
    text = (two.path / CATALOG_PATH).read_bytes()
    assert f"<<<<<<< ours ({words}{ours}, theirs {theirs})".encode() in text
    both = sides(text, name="catalog")
    for data, version in ((both.ours, ours), (both.theirs, theirs)):
        live = catalog_yaml.load(data).models[NAME].production
        assert str(live) == version


def test_a_conflict_marks_only_the_lines_that_conflict(two: Repo) -> None:
    def theirs() -> None:
        bring(two, "v3.0.0", Stage.STAGING)
        add(two, "v5.0.0")
        tag(project(two), reference(NAME, "v1.0.0"), add=("theirs",))

    on_branch(two, theirs)
    bring(two, "v2.0.0", Stage.STAGING)
    assert git(two, "merge", "side").returncode == 1
    text = (two.path / CATALOG_PATH).read_text(encoding="utf-8")
    begin, end = text.index("<<<<<<<"), text.index(">>>>>>> theirs\n")
    assert text[begin:end] == (
        f"<<<<<<< ours (staging of {NAME}: ours has v2.0.0, theirs v3.0.0)\n"
        '      staging: "v2.0.0"\n=======\n      staging: "v3.0.0"\n'
    )
    assert '"v5.0.0":' in text
    assert 'tags: ["theirs"]' in text


def test_a_tree_can_be_merged_without_a_work_tree(two: Repo) -> None:
    on_branch(two, lambda: add(two, "v4.0.0"))
    bring(two, "v2.0.0", Stage.STAGING)
    before = two.status()
    run = git(two, "merge-tree", "--write-tree", "main", "side")
    assert run.returncode == 0, run.stdout + run.stderr
    assert two.status() == before
    tree = run.stdout.split()[0]
    merged = catalog_yaml.load(two.git("show", f"{tree}:{CATALOG_PATH}").encode() + b"\n")
    assert len(merged.models[NAME].versions) == 4

    on_branch(two, lambda: bring(two, "v3.0.0", Stage.STAGING), "other")
    two.git("reset", "--quiet", "--hard", "HEAD~1")
    bring(two, "v2.0.0", Stage.STAGING)
    add(two, "v6.0.0")
    run = git(two, "merge-tree", "--write-tree", "--messages", "main", "side")
    assert run.returncode == 0


def test_a_tree_merge_reports_the_conflict(two: Repo) -> None:
    on_branch(two, lambda: bring(two, "v3.0.0", Stage.STAGING))
    bring(two, "v2.0.0", Stage.STAGING)
    run = git(two, "merge-tree", "--write-tree", "--name-only", "main", "side")
    assert run.returncode == 1
    assert run.stdout.splitlines()[1] == CATALOG_PATH
    assert f"staging of {NAME}" in run.stderr


def test_a_promotion_and_a_deprecation_contradict(two: Repo) -> None:
    def leaks() -> None:
        deprecate(project(two), reference(NAME, "v2.0.0"), reason="leaks")

    on_branch(two, leaks)
    bring(two, "v2.0.0", Stage.STAGING)
    run = git(two, "merge", "side")
    assert run.returncode == 1
    assert f"{NAME} v2.0.0: ours moved it to staging, theirs deprecated it" in run.stderr


def test_a_rollback_and_a_promotion_contradict(two: Repo) -> None:
    bring(two, "v2.0.0", Stage.STAGING, Stage.PRODUCTION)
    on_branch(two, lambda: bring(two, "v3.0.0", Stage.STAGING, Stage.PRODUCTION))
    rollback(project(two), reference(NAME), reason="too slow")
    run = git(two, "merge", "side")
    assert run.returncode == 1
    assert f"production of {NAME}: ours has v1.0.0, theirs v3.0.0" in run.stderr


def test_one_number_with_two_contents_contradicts(two: Repo) -> None:
    on_branch(two, lambda: add(two, "v4.0.0", tags=("theirs",)))
    add(two, "v4.0.0", tags=("ours",))
    run = git(two, "merge", "side")
    assert run.returncode == 1
    assert f"{NAME} v4.0.0: ours and theirs have different files under this number" in run.stderr


def test_a_broken_side_is_left_as_a_conflict(two: Repo, tmp_path: Path) -> None:
    names = []
    for side, text in (("O", "schema: 1\n"), ("A", "schema: 1\nx: 1\n"), ("B", "no: [\n")):
        names.append(tmp_path / side)
        names[-1].write_text(text, encoding="utf-8")
    outcome = merge_driver(*names, path=CATALOG_PATH)
    assert outcome.exit_code == 1
    assert "unknown key" in outcome.data.open[0] or "B" in outcome.data.open[0]
    assert "merged as text" in outcome.data.open[0]
    assert names[1].read_bytes() == outcome.data.text


def test_other_files_are_none_of_ours(tmp_path: Path) -> None:
    for side in "OAB":
        (tmp_path / side).write_text("x\n", encoding="utf-8")
    paths = (tmp_path / side for side in "OAB")
    with pytest.raises(UsageError, match=r"README\.md is no file that the registry merges"):
        merge_driver(*paths, path="README.md")
    assert (tmp_path / "A").read_text(encoding="utf-8") == "x\n"


def test_a_first_catalog_on_both_sides_has_an_empty_base(repo: Repo, tmp_path: Path) -> None:
    use_driver(repo, tmp_path)
    on_branch(repo, lambda: add(repo, "v1.0.0", name="churn-model"))
    add(repo, "v1.0.0")
    merging(repo)
    assert {one.name for _, one in project(repo).registry().models()} == {NAME, "churn-model"}
