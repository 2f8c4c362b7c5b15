"""The user's own hooks and signing are honoured, and what a hook does cannot harm the user's work."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from swreg.errors import PolicyRefused
from swreg.operations.transaction import WriteOptions
from tests.acts import CATALOG_PATH, enter, logged, opened, require_consistent
from tests.conftest import Repo


def hook(repo: Repo, name: str, script: str, folder: Path | None = None) -> Path:
    place = folder or repo.path / ".git" / "hooks"
    place.mkdir(exist_ok=True, parents=True)
    file = place / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def refused(repo: Repo, words: str) -> None:
    before = repo.head, repo.status()
    with pytest.raises(PolicyRefused, match=words) as raised:
        enter(opened(repo.path), "v1.0.0")
    assert "\n" not in str(raised.value)
    assert (repo.head, repo.status()) == before
    assert repo.git("worktree", "list").count("\n") == 0
    left = {path.name for path in (repo.path / ".git" / "swreg").iterdir()}
    assert {name for name in left if not name.startswith("index-")} == {"lock"}


def users_edits(repo: Repo) -> str:
    repo.write("README.md", "# staged\n")
    repo.git("add", "README.md")
    repo.write("README.md", "# changed\n")
    repo.write("new.txt", "new\n")
    return repo.status()


def test_pre_commit_refuses(repo: Repo) -> None:
    users_edits(repo)
    hook(repo, "pre-commit", "echo 'no models on a Friday' >&2; exit 1")
    refused(repo, "the pre-commit hook refused: no models on a Friday")


def test_pre_commit_sees_the_new_tree_and_only_that(repo: Repo, tmp_path: Path) -> None:
    status = users_edits(repo)
    seen = tmp_path / "seen"
    hook(repo, "pre-commit", f"git diff --cached --name-only > {seen}\ncat README.md >> {seen}\n"
                             f"git diff --cached --name-only -- '*.yaml' >> {seen}\ngit status --porcelain >> {seen}")  # fmt: skip
    enter(opened(repo.path), "v1.0.0")
    text = seen.read_text()
    assert "README" not in text.split("# Payments")[0]
    assert "# changed" not in text
    assert text.count(CATALOG_PATH) == 3, "patterns must mean what they mean to git"
    assert repo.status() == status
    require_consistent(repo.path)


def test_a_hook_that_tidies_everything_touches_no_work_of_the_users(repo: Repo) -> None:
    users_edits(repo)
    mine = (repo.path / "README.md").read_bytes()
    hook(
        repo,
        "pre-commit",
        "git stash -q -u; git checkout -q -- . ; git clean -fdq; echo x > README.md; exit 0",
    )
    before = repo.git("stash", "list")
    with contextlib.suppress(PolicyRefused):
        enter(opened(repo.path), "v1.0.0")
    assert (repo.path / "README.md").read_bytes() == mine
    assert (repo.path / "new.txt").read_text() == "new\n"
    assert before == ""


def test_pre_commit_that_stages_other_contents(repo: Repo) -> None:
    hook(repo, "pre-commit", f"echo '# tidy' >> {CATALOG_PATH}; git add {CATALOG_PATH}")
    refused(repo, "changes the registry's files")


def test_commit_msg_may_add(repo: Repo) -> None:
    hook(repo, "commit-msg", "printf '\\nChange-Id: I123\\n' >> \"$1\"")
    hook(repo, "prepare-commit-msg", 'sed -i \'1s/^/[TEAM-1] /\' "$1"; test "$2" = message')
    enter(opened(repo.path), "v1.0.0")
    message = repo.git("log", "-1", "--format=%B")
    assert message.startswith("[TEAM-1] chore(registry): register")
    assert "Change-Id: I123" in message
    assert len(logged(opened(repo.path))) == 1
    require_consistent(repo.path)


@pytest.mark.parametrize("script", [
    ": > \"$1\"",
    "sed -i 's/^Swreg-Model.*/Swreg-Model: other/' \"$1\"",
    "sed -i '/^Swreg-End/d' \"$1\"",
    "cp \"$1\" x; cat x x > \"$1\"; rm x",
])  # fmt: skip
def test_commit_msg_may_not_touch_the_record(script: str, repo: Repo) -> None:
    hook(repo, "commit-msg", script)
    refused(repo, "changes the record")


def test_commit_msg_refuses(repo: Repo) -> None:
    hook(repo, "commit-msg", "echo 'no ticket' >&2; exit 3")
    refused(repo, "the commit-msg hook refused: no ticket")


@pytest.mark.parametrize("relative", [True, False])
def test_a_hooks_path(relative: bool, repo: Repo, tmp_path: Path) -> None:
    folder = repo.path / ".husky" if relative else tmp_path / "hooks"
    hook(repo, "pre-commit", "echo from there >&2; exit 1", folder)
    if relative:
        repo.commit("chore: hooks")
    repo.git("config", "core.hooksPath", ".husky" if relative else str(folder))
    refused(repo, "from there")
    refused(Repo(repo.path), "from there")


def test_a_hook_that_is_not_executable_does_not_run(repo: Repo) -> None:
    hook(repo, "pre-commit", "exit 1").chmod(0o644)
    enter(opened(repo.path), "v1.0.0")
    require_consistent(repo.path)


def test_post_commit_runs_in_the_users_tree_and_may_run_swreg(repo: Repo, tmp_path: Path) -> None:
    act = f"from tests.acts import *; from pathlib import Path; enter(opened(Path({str(repo.path)!r})), 'v2.0.0')"
    script = f"pwd > {tmp_path}/where; test -e {tmp_path}/once && exit 0; touch {tmp_path}/once\n"
    hook(repo, "post-commit", f'{script}"{sys.executable}" -B -c "{act}"')
    enter(opened(repo.path), "v1.0.0")
    assert (tmp_path / "where").read_text().strip() == str(repo.path)
    require_consistent(repo.path)
    assert len(logged(opened(repo.path))) == 2, "the hook's own change is made"


def test_post_commit_that_fails_changes_nothing(repo: Repo) -> None:
    hook(repo, "post-commit", "exit 1")
    enter(opened(repo.path), "v1.0.0")
    require_consistent(repo.path)


def test_reference_transaction_refuses(repo: Repo) -> None:
    hook(
        repo,
        "reference-transaction",
        'test "$1" = prepared && { echo "branch is frozen" >&2; exit 1; }; exit 0',
    )
    refused(repo, "branch is frozen")


def test_hooks_on_an_unborn_branch(tmp_path: Path) -> None:
    from tests.conftest import minimal_layout

    (tmp_path / "new").mkdir()
    repo = Repo(tmp_path / "new")
    repo.git("init", "-q", "-b", "main")
    minimal_layout(repo)
    hook(repo, "pre-commit", "git diff --cached --name-only | grep -q model_catalog")
    enter(opened(repo.path), "v1.0.0")
    require_consistent(repo.path)
    assert repo.git("branch", "--format=%(refname:short)") == "main"


def test_hooks_for_a_branch_that_is_not_checked_out(repo: Repo) -> None:
    hook(repo, "pre-commit", "exit 0")
    hook(repo, "post-commit", "exit 1")
    enter(opened(repo.path), "v1.0.0", options=WriteOptions(branch="review"))
    require_consistent(repo.path, "review")


def test_leftovers_of_a_killed_hook_run_are_cleared(repo: Repo) -> None:
    hook(repo, "pre-commit", "exit 0")
    place = repo.path / ".git" / "swreg" / "hooks-1-abc"
    place.parent.mkdir()
    repo.git("worktree", "add", "-q", "--detach", str(place))
    enter(opened(repo.path), "v1.0.0")
    assert not place.exists()
    assert repo.git("worktree", "list").count("\n") == 0


def test_commits_are_signed_as_configured(repo: Repo, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    key = tmp_path / "key"
    os.spawnlp(
        os.P_WAIT, "ssh-keygen", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)
    )
    public = key.with_suffix(".pub").read_text()
    (tmp_path / "signers").write_text(f"ada@example.org {public}")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingKey": str(key),
        "commit.gpgSign": "true",
        "gpg.ssh.allowedSignersFile": str(tmp_path / "signers"),
    }.items():
        repo.git("config", name, value)
    enter(opened(repo.path), "v1.0.0")
    assert repo.git("log", "-1", "--format=%G? %GS %an") == "G ada@example.org Ada Lovelace"
    require_consistent(repo.path)
    repo.git("config", "user.signingKey", str(tmp_path / "gone"))
    before = repo.head, repo.status()
    with pytest.raises(Exception, match="signing the commit"):
        enter(opened(repo.path), "v1.1.0")
    assert (repo.head, repo.status()) == before
