"""Any sequence of commands in a real repository, with the user at work in between.

A normal run is short; SWREG_TEST_STEPS and SWREG_TEST_EXAMPLES make it long.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from swreg.domain.catalog import Model
from swreg.domain.stage import POINTED, Stage
from swreg.errors import SwregError
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.retire import archive, deprecate, tag
from swreg.operations.rollback import rollback
from swreg.operations.transaction import WriteOptions
from tests.acts import OURS, enter, models_of, opened, ref, require_consistent, state
from tests.conftest import Repo, _copy

NAMES = st.sampled_from(["fraud-model", "churn-model"])
VERSIONS = st.sampled_from(["v1.0.0", "v1.1.0", "v2.0.0-rc.1", "v2.0.0"])
REASONS = st.sampled_from(["", "slow", "Ünïcode → ok", 'a "quote" | pipe; and: more', "--flag"])
BRANCH = st.sampled_from([None, None, None, "review"])


class Commands(RuleBasedStateMachine):
    """Commands as a person gives them; what is refused must change nothing."""

    repo: Repo
    source: Path
    place: Path

    def __init__(self) -> None:
        super().__init__()
        shutil.rmtree(self.place, ignore_errors=True)
        self.repo = _copy(self.source, self.place)
        self.count = 0
        self.mine: dict[str, bytes] = {}

    def project(self) -> Project:
        return opened(self.repo.path)

    def attempt(
        self, act: object, *arguments: object, branch: str | None = None, **options: object
    ) -> None:
        """Run an operation; refused means nothing moved, done means one commit."""
        tip = branch or "HEAD"
        before = self.repo.git("rev-parse", "--verify", "-q", tip, check=False)
        status = self.repo.status()
        assert callable(act)
        try:
            outcome = act(
                self.project(), *arguments, options=WriteOptions(branch=branch), **options
            )
        except SwregError as error:
            assert "\n" not in str(error)
            outcome = None
        after = self.repo.git("rev-parse", "--verify", "-q", tip, check=False)
        assert self.repo.status() == status
        if outcome is None or outcome.commit is None:
            assert after == before
        else:
            base = before or self.repo.head
            assert self.repo.git("rev-list", "--count", f"{base}..{after}") == "1"

    @rule(name=NAMES, version=VERSIONS, branch=BRANCH)
    def register(self, name: str, version: str, branch: str | None) -> None:
        self.attempt(enter, version, name=name, branch=branch)

    @rule(name=NAMES, version=VERSIONS, to=st.sampled_from(Stage), reason=REASONS,
          force=st.booleans(), lift=st.booleans(), branch=BRANCH)  # fmt: skip
    def promote(self, name: str, version: str, to: Stage, reason: str, force: bool, lift: bool,
                branch: str | None) -> None:  # fmt: skip
        self.attempt(promote, ref(version, name), to=to, reason=reason, force=force, lift_hold=lift,
                     branch=branch)  # fmt: skip

    @rule(name=NAMES, reason=REASONS)
    def roll_back(self, name: str, reason: str) -> None:
        self.attempt(rollback, ref(name=name), reason=reason)

    @rule(name=NAMES, version=VERSIONS, reason=REASONS, force=st.booleans())
    def archive(self, name: str, version: str, reason: str, force: bool) -> None:
        self.attempt(archive, ref(version, name), reason=reason, force=force)

    @rule(name=NAMES, version=VERSIONS, reason=REASONS)
    def deprecate(self, name: str, version: str, reason: str) -> None:
        self.attempt(deprecate, ref(version, name), reason=reason)

    @rule(name=NAMES, version=VERSIONS, label=st.sampled_from(["a", "b b", "ü"]), put=st.booleans())
    def tag(self, name: str, version: str, label: str, put: bool) -> None:
        how: dict[str, Any] = {"add": (label,)} if put else {"remove": (label,)}
        self.attempt(tag, ref(version, name), **how)

    @rule(
        text=st.text("ab\r\n", max_size=5),
        stage=st.booleans(),
        name=st.sampled_from(["README.md", "new.txt"]),
    )
    def the_user_edits(self, text: str, stage: bool, name: str) -> None:
        (self.repo.path / name).write_bytes(text.encode())
        self.mine[name] = text.encode()
        if stage:
            self.repo.git("add", name)

    @rule()
    def the_user_commits(self) -> None:
        self.count += 1
        self.repo.git("commit", "-q", "--allow-empty", "-m", f"feat: mine {self.count}")

    @rule(
        what=st.sampled_from(
            [["gc", "-q", "--prune=now"], ["pack-refs", "--all"], ["stash", "list"]]
        )
    )
    def git_tidies(self, what: list[str]) -> None:
        self.repo.git(*what)

    @invariant()
    def all_tell_the_same(self) -> None:
        require_consistent(self.repo.path)
        for model in state(self.repo.path).values():
            require_single(model)

    @invariant()
    def the_users_files_are_theirs(self) -> None:
        for name, data in self.mine.items():
            assert (self.repo.path / name).read_bytes() == data

    def teardown(self) -> None:
        self.repo.git("fsck", "--strict", "--no-dangling")
        if self.repo.git("branch", "--list", "review"):
            project = self.project()
            assert models_of(project.registry("review")) is not None
            require_consistent(self.repo.path, "review")
        assert self.repo.git("status", "--porcelain", "--", OURS) == ""
        super().teardown()


def require_single(model: Model) -> None:
    """One version per pointer, and no version in two stages."""
    for stage in POINTED:
        assert sum(model.stage_of(version) is stage for version in model.versions) <= 1


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        return memory / f"swreg-machine-{os.getpid()}"
    return tmp_path_factory.mktemp("machine") / "repo"


def test_any_sequence_of_commands(repo_once: Path, place: Path) -> None:
    machine = type("Commands", (Commands,), {"source": repo_once, "place": place})
    chosen = settings(
        max_examples=int(os.environ.get("SWREG_TEST_EXAMPLES", "4")),
        stateful_step_count=int(os.environ.get("SWREG_TEST_STEPS", "15")),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    try:
        run_state_machine_as_test(machine, settings=chosen)
    finally:
        shutil.rmtree(place, ignore_errors=True)
