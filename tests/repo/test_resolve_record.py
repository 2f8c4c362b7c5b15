"""A decision of `swreg resolve` is on record: the checks and the audit agree with it for ever."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.operations.auditing import audit
from swreg.operations.checking import check
from swreg.operations.project import reference
from swreg.operations.resolving import resolve
from swreg.operations.retire import deprecate
from tests.conftest import Repo
from tests.repo.branches import HOME, NAME, add, bring, git, model, pointers, project, use_driver
from tests.repo.test_resolve import HISTORY, diverge, textual

__all__ = ["textual"]


def faults(repo: Repo) -> list[str]:
    """What the check calls errors, and the audit a disagreement of state and records."""
    found = check(project(repo)).data.findings
    told = [f"{one.id} {one.what}" for one in found if one.severity == "error"]
    integrity = audit(project(repo)).data.integrity
    ids = ("SWR303", "SWR304", "SWR305")
    return [*told, *(f"{one.id} {one.what}" for one in integrity if one.id in ids)]


@pytest.mark.parametrize(("side", "staged"), [("ours", "v2.0.0"), ("theirs", "v3.0.0")])
@pytest.mark.parametrize("stage", [Stage.STAGING, Stage.PRODUCTION])
def test_what_was_decided_is_recorded(textual: Repo, side: str, staged: str, stage: Stage) -> None:
    before = faults(textual)
    way = (Stage.STAGING, Stage.PRODUCTION)[: 1 + (stage is Stage.PRODUCTION)]
    diverge(textual, lambda: bring(textual, "v2.0.0", *way), lambda: bring(textual, "v3.0.0", *way))
    git(textual, "merge", "side")
    outcome = resolve(project(textual), **{side: [f"{NAME}:{stage}"]})  # type: ignore[arg-type]
    assert outcome.exit_code == 0
    textual.git("commit", "--quiet", "--no-edit")
    assert pointers(textual)[str(stage)] == staged
    assert f'Swreg-Decided: ["{stage}={side}"]' in textual.git("log", "-1", "--format=%B")
    assert faults(textual) == before == []
    assert check(project(textual), staged=False, commit_range="HEAD^1..HEAD").exit_code == 0
    bring(textual, "v2.0.0" if staged == "v3.0.0" else "v3.0.0", Stage.STAGING)
    assert faults(textual) == []
    assert model(textual).versions


@pytest.mark.parametrize(
    ("side", "live", "noted"), [("ours", "v2.0.0", True), ("theirs", "v1.0.0", True)]
)
def test_a_deprecation_outlives_a_promotion(
    textual: Repo, side: str, live: str, noted: bool
) -> None:
    before = faults(textual)
    version = Version.parse("v2.0.0")
    diverge(
        textual,
        lambda: bring(textual, "v2.0.0", Stage.STAGING, Stage.PRODUCTION),
        lambda: deprecated(textual, "v2.0.0"),
    )
    git(textual, "merge", "side")
    outcome = resolve(project(textual))
    assert outcome.data.places == (f"{NAME}:v2.0.0",)
    outcome = resolve(project(textual), **{side: [f"{NAME}:v2.0.0"]})  # type: ignore[arg-type]
    assert outcome.exit_code == 0
    textual.git("commit", "--quiet", "--no-edit")
    assert pointers(textual)["production"] == live
    assert bool(model(textual).versions[version].deprecated) is noted
    told = (textual.path / HISTORY).read_text(encoding="utf-8")
    assert all(f"| {kind} |" in told for kind in ("promoted", "deprecated", "resolved"))
    assert faults(textual) == before == []


def deprecated(repo: Repo, version: str) -> None:
    deprecate(project(repo), reference(NAME, version), reason="old", end_of_life=date(2099, 1, 1))


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_the_winner_s_files_are_taken_whole(textual: Repo, side: str) -> None:
    before = faults(textual)
    diverge(
        textual,
        lambda: add(textual, "v4.0.0", metadata={"experiment": "ours"}),
        lambda: add(textual, "v4.0.0", metadata={"experiment": "theirs"}),
    )
    git(textual, "merge", "side")
    folder = f"{HOME}/models/fraud-detection-v4.0.0"
    outcome = resolve(project(textual))
    assert outcome.exit_code == 6
    assert f"{folder}/metadata.json is unmerged" in outcome.data.open
    outcome = resolve(project(textual), **{side: [f"{NAME}:v4.0.0"]})  # type: ignore[arg-type]
    assert (outcome.exit_code, outcome.data.open) == (0, ())
    assert textual.git("diff", "--name-only", "--diff-filter=U") == ""
    textual.git("commit", "--quiet", "--no-edit")
    winner = "HEAD^1" if side == "ours" else "HEAD^2"
    assert textual.git("diff", "--stat", winner, "HEAD", "--", folder) == ""
    assert faults(textual) == before == []


def test_what_is_left_unmerged_is_not_done(textual: Repo) -> None:
    file = f"{HOME}/models/fraud-detection-v2.0.0/notes.md"
    diverge(
        textual,
        lambda: write_and_commit(textual, file, "ours"),
        lambda: write_and_commit(textual, file, "theirs"),
    )
    git(textual, "merge", "side")
    outcome = resolve(project(textual))
    assert (outcome.exit_code, outcome.data.open) == (6, (f"{file} is unmerged",))


def write_and_commit(repo: Repo, path: str, text: str) -> None:
    repo.write(path, text)
    repo.commit("docs: notes", path)


@pytest.mark.parametrize("side", ["ours", "theirs"])
@pytest.mark.parametrize("driver", [False, True])
def test_the_lineage_keeps_the_winner_s_origin_alone(
    textual: Repo, tmp_path: Path, side: str, *, driver: bool
) -> None:
    if driver:
        use_driver(textual, tmp_path)
    data = {"ours": "v2024-01", "theirs": "v2024-02"}

    def registering(who: str) -> Callable[[], None]:
        facts = {"training_data_version": data[who], "experiment": f"exp-{who}"}
        return lambda: add(textual, "v4.0.0", metadata=facts)

    diverge(textual, registering("ours"), registering("theirs"))
    assert git(textual, "merge", "--no-edit", "side").returncode
    assert not resolve(project(textual), **{side: [f"{NAME}:v4.0.0"]}).data.open  # type: ignore[arg-type]
    textual.git("commit", "--quiet", "--no-edit")
    told = (textual.path / HOME / "registry/lineage_graph.json").read_text("utf-8")
    other = "theirs" if side == "ours" else "ours"
    assert f"data:{data[side]}" in told
    assert f"exp-{other}" not in told
    assert f"data:{data[other]}" not in told
    assert [one.id for one in check(project(textual)).data.findings] == []


def test_a_record_that_the_message_lost_is_brought_back(textual: Repo) -> None:
    """`git commit -m` throws away the message that was prepared."""
    diverge(
        textual,
        lambda: bring(textual, "v2.0.0", Stage.STAGING),
        lambda: bring(textual, "v3.0.0", Stage.STAGING),
    )
    git(textual, "merge", "side")
    outcome = resolve(project(textual), ours=[f"{NAME}:staging"])
    assert outcome.data.then == "git commit --no-edit"
    textual.git("commit", "--quiet", "-m", "chore: merge side")
    (fault,) = {text for text in faults(textual) if text.startswith("SWR206")}
    assert "is in no parent" in fault
    then = resolve(project(textual)).data.then
    assert then.startswith("git commit --amend --file=")
    textual.git(*shlex.split(then)[1:])
    assert textual.git("log", "-1", "--format=%s") == "chore: merge side"
    assert faults(textual) == []
    assert resolve(project(textual)).data.then == ""
