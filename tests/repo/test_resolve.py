"""`swreg resolve`: conflicts that git made of text, in every state in which one meets them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from swreg.domain.history_row import parse_rows
from swreg.domain.record import Record
from swreg.domain.stage import Stage
from swreg.errors import SwregError, UsageError
from swreg.operations.project import reference
from swreg.operations.resolving import resolve
from swreg.operations.retire import tag
from swreg.storage.conflict_text import has_markers
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
    use_attributes_only,
)

HISTORY = f"{HOME}/registry/deployment_history.md"


@pytest.fixture
def textual(repo: Repo) -> Repo:
    """A registry in a clone that knows neither our driver nor `merge=union`."""
    registered(repo)
    use_attributes_only(repo)
    return repo


def diverge(repo: Repo, ours: Callable[[], None], theirs: Callable[[], None]) -> None:
    repo.git("switch", "--quiet", "--create", "side")
    theirs()
    repo.git("switch", "--quiet", "main")
    ours()


def independent(repo: Repo) -> None:
    diverge(repo, lambda: add(repo, "v3.1.0"), lambda: add(repo, "v4.0.0"))


def contradicting(repo: Repo) -> None:
    live = (Stage.STAGING, Stage.PRODUCTION)
    diverge(repo, lambda: bring(repo, "v2.0.0", *live), lambda: bring(repo, "v3.0.0", *live))


def test_independent_changes_need_nobody(textual: Repo) -> None:
    independent(textual)
    assert git(textual, "merge", "side").returncode == 1
    textual.write("notes.txt", "mine\n")
    outcome = resolve(project(textual))
    assert outcome.exit_code == 0
    assert [path.rsplit("/", 1)[-1] for path in outcome.data.resolved] == [
        "deployment_history.md", "lineage_graph.json", "model_catalog.yaml",
    ]  # fmt: skip
    # Exactly our files are staged, and nothing is committed.
    assert "?? notes.txt" in textual.status()
    assert textual.git("diff", "--name-only", "--diff-filter=U") == ""
    assert (textual.path / ".git" / "MERGE_HEAD").exists()
    textual.git("commit", "--quiet", "--no-edit")
    assert [str(one) for one in sorted(model(textual).versions)][-2:] == ["v3.1.0", "v4.0.0"]
    rows = parse_rows((textual.path / HISTORY).read_text(encoding="utf-8"))
    assert all(isinstance(row, Record) for row in rows)
    assert sum("register" in row.event.summary() for row in rows if isinstance(row, Record)) == 5
    add(textual, "v5.0.0")


def test_a_contradiction_waits_for_a_decision(textual: Repo) -> None:
    contradicting(textual)
    git(textual, "merge", "side")
    outcome = resolve(project(textual))
    assert outcome.exit_code == 6
    assert outcome.data.open == (f"production of {NAME}: ours has v2.0.0, theirs v3.0.0",)
    assert outcome.data.places == (f"{NAME}:production",)
    assert "<<<<<<< ours (production of" in (textual.path / CATALOG_PATH).read_text(
        encoding="utf-8"
    )
    assert CATALOG_PATH in textual.git("diff", "--name-only", "--diff-filter=U")
    # Asked again it says the same, from the index and not from what it wrote.
    assert resolve(project(textual)).data.open == outcome.data.open

    outcome = resolve(project(textual), theirs=[f"{NAME}:prod"])
    assert (outcome.exit_code, outcome.data.open) == (0, ())
    textual.git("commit", "--quiet", "--no-edit")
    assert pointers(textual) == {"production": "v3.0.0"}
    entry = model(textual).versions
    (first, second) = (version for version in sorted(entry) if str(version) in ("v1.0.0", "v2.0.0"))
    archived = entry[first].archived
    assert archived is not None
    assert str(archived.replaced_by) == "v3.0.0"
    # The side that lost must be promoted again, through the gates.
    assert entry[second].deployed_at is None
    bring(textual, "v2.0.0", Stage.STAGING, Stage.PRODUCTION)


@pytest.mark.parametrize(("side", "live"), [("ours", "v2.0.0"), ("theirs", "v3.0.0")])
def test_either_side_may_win(textual: Repo, side: str, live: str) -> None:
    contradicting(textual)
    git(textual, "merge", "side")
    outcome = resolve(project(textual), **{side: [f"{NAME}:production"]})  # type: ignore[arg-type]
    assert outcome.exit_code == 0
    textual.git("commit", "--quiet", "--no-edit")
    assert pointers(textual)["production"] == live


def test_while_rebasing(textual: Repo) -> None:
    independent(textual)
    assert git(textual, "rebase", "side").returncode == 1
    assert resolve(project(textual)).exit_code == 0
    run = git(textual, "rebase", "--continue")
    assert run.returncode == 0, run.stderr
    assert len(model(textual).versions) == 5


def test_while_cherry_picking(textual: Repo) -> None:
    independent(textual)
    assert git(textual, "cherry-pick", "side").returncode == 1
    assert resolve(project(textual)).exit_code == 0
    assert git(textual, "cherry-pick", "--continue").returncode == 0
    assert len(model(textual).versions) == 5


def commit_markers(repo: Repo) -> None:
    """What a hurried person, or a bot, does with a conflict."""
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--no-verify", "--message", "merge")
    assert has_markers((repo.path / CATALOG_PATH).read_bytes())


def test_markers_that_were_committed(textual: Repo) -> None:
    """The merge commit's parents still say what both sides were."""
    contradicting(textual)
    tag(project(textual), reference(NAME, "v1.0.0"), add=("ours",))
    git(textual, "merge", "side")
    commit_markers(textual)
    textual.write("later.txt", "x\n")
    textual.commit("feat: later work")
    with pytest.raises(SwregError):
        project(textual).registry()
    outcome = resolve(project(textual))
    assert outcome.data.places == (f"{NAME}:production",)
    assert outcome.exit_code == 6
    assert resolve(project(textual), ours=[f"{NAME}:production"]).exit_code == 0
    textual.git("commit", "--quiet", "--message", "fix: the merge")
    assert pointers(textual) == {"production": "v2.0.0"}
    assert next(one.tags for one in model(textual).versions.values()) == ("ours",)
    assert resolve(project(textual)).data.resolved == ()


def test_markers_that_were_squashed(textual: Repo) -> None:
    """Nothing but the markers is left; every difference is one to decide or to unite."""
    contradicting(textual)
    git(textual, "merge", "--squash", "side")
    commit_markers(textual)
    outcome = resolve(project(textual))
    assert f"{NAME}:production" in outcome.data.places
    outcome = resolve(project(textual), ours=outcome.data.places)
    assert outcome.exit_code == 0
    textual.git("commit", "--quiet", "--message", "fix: the merge")
    assert pointers(textual)["production"] == "v2.0.0"


def test_what_a_person_settled_is_kept(textual: Repo) -> None:
    contradicting(textual)
    ours = (textual.path / CATALOG_PATH).read_text(encoding="utf-8")
    by_hand = ours + "# agreed on the phone\n"
    git(textual, "merge", "side")
    textual.write(CATALOG_PATH, by_hand)
    outcome = resolve(project(textual))
    assert outcome.data.kept == (CATALOG_PATH,)
    assert outcome.exit_code == 0
    assert (textual.path / CATALOG_PATH).read_text(encoding="utf-8") == by_hand
    assert textual.git("diff", "--name-only", "--diff-filter=U") == ""


def test_a_decision_about_nothing_is_refused(textual: Repo) -> None:
    contradicting(textual)
    git(textual, "merge", "side")
    before = textual.status()
    with pytest.raises(UsageError, match=f"to be decided: {NAME}:production"):
        resolve(project(textual), ours=[f"{NAME}:staging"])
    with pytest.raises(UsageError, match="decided for both sides"):
        resolve(project(textual), ours=[f"{NAME}:prod"], theirs=[f"{NAME}:production"])
    with pytest.raises(UsageError, match="names no conflict"):
        resolve(project(textual), ours=[f"{NAME}:soon"])
    with pytest.raises(UsageError, match="no model name"):
        resolve(project(textual), ours=["../x:production"])
    assert textual.status() == before


def test_a_dry_run_writes_nothing(textual: Repo) -> None:
    independent(textual)
    git(textual, "merge", "side")
    before = (textual.status(), (textual.path / CATALOG_PATH).read_bytes())
    assert len(resolve(project(textual), dry_run=True).data.resolved) == 3
    assert (textual.status(), (textual.path / CATALOG_PATH).read_bytes()) == before


def test_without_a_conflict_there_is_nothing_to_do(textual: Repo) -> None:
    outcome = resolve(project(textual))
    assert (outcome.exit_code, outcome.data.resolved, outcome.data.open) == (0, (), ())
    assert textual.status() == ""
