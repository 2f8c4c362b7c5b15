"""Any sequence of commands in two clones of one remote: pushes, pulls, and both users at work.

A normal run is short; SWREG_TEST_STEPS and SWREG_TEST_EXAMPLES make it long. With CI set the first
failure is shown as it was found: making it shorter takes longer than a test may.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from swreg.domain.stage import Stage
from swreg.errors import SwregError
from swreg.operations.outcome import Outcome
from swreg.operations.promote import promote
from swreg.operations.retire import archive, deprecate, tag
from swreg.operations.rollback import rollback
from swreg.operations.setup import init
from swreg.operations.transaction import WriteOptions
from tests.acts import enter, opened, ref, require_consistent, state
from tests.conftest import Repo, _copy
from tests.property.test_machine import require_single

CLONES = ("here", "there")
NAMES = st.sampled_from(["fraud-model", "churn-model"])
VERSIONS = st.sampled_from(["v1.0.0", "v1.1.0", "v2.0.0"])
BEGINNING = [("fraud-model", "v1.0.0"), ("fraud-model", "v1.1.0"), ("churn-model", "v1.0.0")]
WHERE = st.sampled_from(CLONES)
# Of ten the last: what is shrunk towards, and drawn too often, is the first.
PUSH = st.integers(0, 9).map(lambda number: number < 9)
BRANCH = st.integers(0, 9).map(lambda number: "review" if number == 9 else None)
PEOPLE = st.sampled_from(["Ada Lovelace", "Grace Hopper"])
OURS = "chore(registry): "


class Clones(RuleBasedStateMachine):
    """What two colleagues do; the clock moves only where a rule moves it."""

    world: Path
    place: Path
    patch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.world / "remote.git", self.place / "remote.git")
        self.remote = Repo(self.place / "remote.git")
        self.clones = {name: _copy(self.world / name, self.place / name) for name in CLONES}
        self.mine: dict[str, dict[str, bytes]] = {name: {} for name in CLONES}
        self.acknowledged: set[tuple[str, str]] = set()
        self.tips = self.remote_tips()
        self.told: set[str] = set()
        self.count = 0
        self.at = 1_705_759_200
        self.seconds_pass(0)

    def remote_tips(self) -> dict[str, str]:
        lines = self.remote.git("for-each-ref", "--format=%(refname:short) %(objectname)")
        return dict(line.split() for line in lines.splitlines())

    def attempt(
        self, where: str, who: str, act: Callable[..., Outcome[Any]], *arguments: object,
        push: bool, branch: str | None = None, **options: object,
    ) -> None:  # fmt: skip
        """Run an operation; refused means nothing moved, done and pushed means it is there."""
        self.patch.setenv("GIT_COMMITTER_NAME", who)
        self.patch.setenv("GIT_AUTHOR_NAME", who)
        repo, tip = self.clones[where], branch or "main"
        before, status = repo.git("rev-parse", "-q", "--verify", tip, check=False), repo.status()
        chosen = WriteOptions(push=push, branch=branch)
        try:
            outcome = act(opened(repo.path), *arguments, options=chosen, **options)
        except SwregError as error:
            assert "\n" not in str(error)
            assert repo.git("rev-parse", "-q", "--verify", tip, check=False) == before
            assert self.remote_tips() == self.tips
            return
        finally:
            assert repo.status() == status
        self.require_told(repo, tip, outcome, push=push)

    def require_told(self, repo: Repo, tip: str, outcome: Outcome[Any], *, push: bool) -> None:
        """What the outcome says is so, here and on the remote."""
        if outcome.commit is None:
            return
        assert repo.git("merge-base", outcome.commit, tip) == outcome.commit
        if push and outcome.exit_code == 0:
            assert self.remote_tips()[tip] == repo.git("rev-parse", tip)
            self.acknowledged.add((tip, outcome.commit))
        else:
            assert outcome.exit_code in ((7,) if push else (0,)), outcome
            assert self.remote_tips() == self.tips

    @rule(seconds=st.integers(0, 3))
    def seconds_pass(self, seconds: int) -> None:
        """Within one second two people may make the very same commit."""
        self.at += seconds
        for name in ("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE"):
            self.patch.setenv(name, f"{self.at} +0000")

    @rule(where=WHERE, who=PEOPLE, name=NAMES, version=VERSIONS, push=PUSH, branch=BRANCH)
    def register(
        self, where: str, who: str, name: str, version: str, push: bool, branch: str | None
    ) -> None:
        self.attempt(where, who, enter, version, name=name, push=push, branch=branch)

    @rule(where=WHERE, who=PEOPLE, name=NAMES, version=VERSIONS, push=PUSH, branch=BRANCH,
          to=st.sampled_from([Stage.STAGING, Stage.PRODUCTION]), force=st.booleans())  # fmt: skip
    def promote(self, where: str, who: str, name: str, version: str, push: bool,
                branch: str | None, to: Stage, force: bool) -> None:  # fmt: skip
        self.attempt(where, who, promote, ref(version, name), to=to, reason="wanted", force=force,
                     lift_hold=force, push=push, branch=branch)  # fmt: skip

    @rule(where=WHERE, who=PEOPLE, name=NAMES, push=PUSH)
    def roll_back(self, where: str, who: str, name: str, push: bool) -> None:
        self.attempt(where, who, rollback, ref(name=name), reason="slow", push=push)

    @rule(where=WHERE, who=PEOPLE, name=NAMES, version=VERSIONS, push=PUSH,
          act=st.sampled_from([archive, deprecate]))  # fmt: skip
    def retire(self, where: str, who: str, name: str, version: str, push: bool,
               act: Callable[..., Outcome[Any]]) -> None:  # fmt: skip
        self.attempt(where, who, act, ref(version, name), reason="old", push=push)

    @rule(where=WHERE, who=PEOPLE, name=NAMES, push=PUSH, again=st.booleans())
    def tag(self, where: str, who: str, name: str, push: bool, again: bool) -> None:
        """A new tag of a version that is there, or one that may be there already."""
        self.count += not again
        label = (f"tag-{self.count}",)
        self.attempt(where, who, tag, ref("v1.0.0", name), push=push, add=label)

    @rule(where=WHERE, text=st.text("ab\r\n", max_size=5), stage=st.booleans(), new=st.booleans())
    def a_user_edits(self, where: str, text: str, stage: bool, new: bool) -> None:
        name = f"{where}-new.txt" if new else f"{where}.txt"
        (self.clones[where].path / name).write_bytes(text.encode())
        self.mine[where][name] = text.encode()
        if stage:
            self.clones[where].git("add", name)

    @rule(where=WHERE, kept_back=st.integers(0, 9))
    def a_user_commits(self, where: str, kept_back: int) -> None:
        """What is staged, as people do beside the registry; most of them share it at once."""
        self.clones[where].git("commit", "-q", "--allow-empty", "-m", f"feat: of {where}")
        if kept_back < 7:
            self.a_user_pulls(where, then_push=True)

    @rule(where=WHERE)
    def a_user_pushes(self, where: str) -> None:
        """Refused where the other one was faster, as git does it."""
        self.clones[where].git("push", "-q", "origin", "main", check=False)

    @rule(where=WHERE)
    def a_user_fetches(self, where: str) -> None:
        self.clones[where].git("fetch", "-q", "origin")

    @rule(where=WHERE, then_push=st.booleans())
    def a_user_pulls(self, where: str, then_push: bool) -> None:
        """Rebased on the other's work; where that conflicts, our own local commits are given up."""
        repo = self.clones[where]
        repo.git("-c", "rebase.autoStash=true", "pull", "-q", "--rebase", check=False)
        if (repo.path / ".git" / "rebase-merge").exists():
            repo.git("rebase", "--abort")
            lost = repo.git("log", "--format=%s", "origin/main..main").splitlines()
            if all(subject.startswith(OURS) for subject in lost):
                repo.git("switch", "-q", "--force-create", "main", "origin/main")
        if then_push:
            self.a_user_pushes(where)

    @invariant()
    def nothing_that_was_pushed_is_lost(self) -> None:
        tips = self.remote_tips()
        for name, before in self.tips.items():
            if tips[name] != before:
                assert self.remote.git("merge-base", before, tips[name]) == before
        there = {name: set(self.remote.git("rev-list", name).split()) for name in tips}
        assert [one for one in self.acknowledged if one[1] not in there[one[0]]] == []
        self.tips = tips

    @invariant()
    def all_tell_the_same(self) -> None:
        """In both clones and on the remote, of every commit that is new."""
        for repo, rev in [*((one, "HEAD") for one in self.clones.values()),
                          *((self.remote, name) for name in self.tips)]:  # fmt: skip
            commit = repo.git("rev-parse", rev)
            if commit in self.told:
                continue
            require_consistent(repo.path, rev)
            if rev == "HEAD":
                for model in state(repo.path).values():
                    require_single(model)
            self.told.add(commit)

    @invariant()
    def the_users_files_are_theirs_and_ours_are_in_step(self) -> None:
        for where, repo in self.clones.items():
            for name, data in self.mine[where].items():
                assert (repo.path / name).read_bytes() == data
            changed = {line[3:] for line in repo.status().splitlines()}
            assert changed <= self.mine[where].keys()

    def teardown(self) -> None:
        for repo in (self.remote, *self.clones.values()):
            repo.git("fsck", "--strict", "--no-dangling")
        super().teardown()


@pytest.fixture(scope="module")
def world(repo_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clones and their remote, set up as `init` does it, the remote named by a relative path."""
    world = tmp_path_factory.mktemp("clones")
    here = _copy(repo_once, world / "here")
    for name in CLONES:
        here.write(f"{name}.txt", "\n")
    here.commit("docs: a file for each")
    init(here.path)
    for name, version in BEGINNING:
        enter(opened(here.path), version, name=name)
    here.git("clone", "--quiet", "--bare", ".", "../remote.git")
    here.git("remote", "add", "origin", "../remote.git")
    here.git("fetch", "--quiet", "origin")
    here.git("branch", "--quiet", "--set-upstream-to=origin/main")
    _copy(here.path, world / "there")
    return world


@pytest.mark.slow
def test_any_sequence_of_commands_in_two_clones(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Path("/dev/shm")
    fast = memory.is_dir() and os.access(memory, os.W_OK)
    place = (memory if fast else tmp_path) / f"swreg-clones-{os.getpid()}"
    facts = {"world": world, "place": place, "patch": monkeypatch}
    chosen = settings(
        max_examples=int(os.environ.get("SWREG_TEST_EXAMPLES", "6")),
        stateful_step_count=int(os.environ.get("SWREG_TEST_STEPS", "30")),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        phases=[one for one in Phase if one is not Phase.shrink or not os.environ.get("CI")],
    )
    try:
        run_state_machine_as_test(type("Clones", (Clones,), facts), settings=chosen)
    finally:
        shutil.rmtree(place, ignore_errors=True)
