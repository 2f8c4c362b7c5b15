"""Every state that a repository can be in: served, or refused in one line with nothing changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from swreg.errors import BrokenFile, EnvironmentFault, NotReady, SwregError, UsageError
from swreg.operations.transaction import WriteOptions
from tests.acts import CATALOG_PATH, HOME, bring, enter, opened, require_consistent, state
from tests.conftest import Repo, minimal_layout


def refused(
    repo: Repo, kind: type[SwregError], words: str, options: WriteOptions = WriteOptions()
) -> None:
    """A write is refused with those words, and nothing at all is different."""
    before = repo.git("show-ref", "--head", check=False), repo.status()
    with pytest.raises(kind, match=words) as raised:
        enter(opened(repo.path), "v9.0.0", options=options)
    assert "\n" not in str(raised.value)
    assert raised.value.hint
    assert (repo.git("show-ref", "--head", check=False), repo.status()) == before


def fresh(path: Path, *options: str) -> Repo:
    path.mkdir()
    repo = Repo(path)
    repo.git("init", "-q", "-b", "main", *options)
    minimal_layout(repo)
    return repo


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_an_unborn_branch(form: str, tmp_path: Path) -> None:
    repo = fresh(tmp_path / "repo", f"--object-format={form}")
    repo.git("add", "README.md")
    enter(opened(repo.path), "v1.0.0")
    assert repo.git("rev-list", "--count", "HEAD") == "1"
    require_consistent(repo.path)
    assert "A  README.md" in repo.status()
    enter(opened(repo.path), "v1.1.0")
    require_consistent(repo.path)
    repo.git("fsck", "--strict", "--no-dangling")


def test_a_sha256_repository(tmp_path: Path) -> None:
    repo = fresh(tmp_path / "repo", "--object-format=sha256")
    repo.commit("chore: start")
    enter(opened(repo.path), "v1.0.0")
    bring(opened(repo.path), "v1.0.0", "staging")
    require_consistent(repo.path)
    assert repo.status() == ""


def test_a_detached_head(repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach")
    refused(repo, NotReady, "HEAD is detached")
    enter(opened(repo.path), "v1.0.0", options=WriteOptions(allow_detached=True))
    require_consistent(repo.path)
    assert repo.git("rev-list", "--count", "main..HEAD") == "1"


def test_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Repo(tmp_path / "bare.git")
    enter(opened(bare.path), "v1.0.0")
    require_consistent(bare.path)
    assert not (bare.path / "index").exists()
    assert not (bare.path / ".specweave").exists()


def test_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    enter(opened(repo.path), "v1.0.0")
    enter(opened(repo.path), "v1.1.0")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    shallow = Repo(tmp_path / "shallow")
    bring(opened(shallow.path), "v1.1.0", "staging")
    bring(opened(shallow.path), "v1.1.0", "production")
    assert str(state(shallow.path)["fraud-detection-model"].production) == "v1.1.0"
    assert shallow.status() == ""


def test_a_linked_work_tree(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = Repo(tmp_path / "side")
    enter(opened(side.path), "v1.0.0")
    require_consistent(side.path)
    assert side.status() == ""
    assert repo.status() == ""
    enter(opened(repo.path), "v2.0.0")
    require_consistent(repo.path)
    refused(repo, NotReady, "side is checked out in", WriteOptions(branch="side"))


def test_a_branch_that_two_work_trees_have(repo: Repo, tmp_path: Path) -> None:
    """Git allows it by force; moving the branch would stage a reversal in the other tree."""
    repo.git("worktree", "add", "-q", "--force", str(tmp_path / "twin"), "main")
    refused(repo, NotReady, "main is checked out in")
    refused(Repo(tmp_path / "twin"), NotReady, "main is checked out in")


def test_from_a_folder_inside(repo: Repo) -> None:
    enter(opened(repo.increment), "v1.0.0")
    require_consistent(repo.path)
    assert repo.status() == ""


def test_a_project_below_the_top(tmp_path: Path) -> None:
    whole = Repo(tmp_path / "mono")
    (tmp_path / "mono").mkdir()
    whole.git("init", "-q", "-b", "main")
    part = Repo(tmp_path / "mono" / "teams" / "payments")
    part.path.mkdir(parents=True)
    minimal_layout(part)
    whole.commit("chore: start")
    write = opened(part.path)
    enter_below(write, f"teams/payments/{HOME}")
    assert whole.status() == ""
    assert (part.path / CATALOG_PATH).is_file()
    assert list(state(part.path)) == ["fraud-detection-model"]


def enter_below(project: object, home: str) -> None:
    from swreg.domain.catalog import Model
    from swreg.operations.project import Project
    from swreg.operations.transaction import Transaction, write
    from tests.acts import MODEL, registered

    assert isinstance(project, Project)

    def decide(tx: Transaction) -> None:
        tx.apply(home, Model(MODEL), registered(tx, MODEL, "v1.0.0"))

    write(project, "registry-register", decide)


def conflict(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.write("README.md", "# theirs\n")
    repo.commit("feat: theirs")
    repo.git("checkout", "-q", "main")
    repo.write("README.md", "# ours\n")
    repo.commit("feat: ours")


def bisected(repo: Repo) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "x")
    repo.git("bisect", "start")
    repo.git("bisect", "bad")


STOPPED: dict[str, tuple[str, Callable[[Repo], object]]] = {
    "merge": ("a merge is in progress", lambda repo: repo.git("merge", "side", check=False)),
    "rebase": ("a rebase is in progress", lambda repo: repo.git("rebase", "side", check=False)),
    "cherry-pick": ("a cherry-pick is in progress", lambda repo: repo.git("cherry-pick", "side", check=False)),
    "revert": ("a revert is in progress", lambda repo: repo.git("revert", "--no-edit", "HEAD~1", check=False)),
    "bisect": ("a bisection is in progress", bisected),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(STOPPED))
def test_in_the_middle_of_something(what: str, repo: Repo) -> None:
    conflict(repo)
    words, stop = STOPPED[what]
    if what == "revert":
        repo.write("README.md", "# changed again\n")
        repo.commit("feat: again")
    stop(repo)
    refused(repo, NotReady, words)


@pytest.mark.parametrize("how", ["changed", "staged", "removed", "untracked"])
def test_our_files_edited_by_hand(how: str, repo: Repo) -> None:
    if how == "untracked":
        repo.write(CATALOG_PATH, "schema: 1\nmodels: {}\n")
    else:
        enter(opened(repo.path), "v1.0.0")
        if how == "removed":
            (repo.path / CATALOG_PATH).unlink()
        else:
            repo.write(CATALOG_PATH, "schema: 1\nmodels: {}\n# mine\n")
    if how == "staged":
        repo.git("add", CATALOG_PATH)
    refused(repo, NotReady, "model_catalog.yaml has uncommitted edits")


def test_an_ignored_file_in_our_place_is_not_overwritten(repo: Repo) -> None:
    repo.write(".gitignore", "model_catalog.yaml\n")
    repo.commit("chore: ignore")
    mine = repo.write(CATALOG_PATH, "mine\n")
    refused(repo, NotReady, "model_catalog.yaml")
    assert mine.read_text() == "mine\n"


@pytest.mark.parametrize("text", ["", "[]", "schema: 1\nmodels: [", "schema: 1\nschema: 1\n", "a"])
def test_a_broken_catalog_is_told_and_never_replaced(text: str, repo: Repo) -> None:
    repo.write(CATALOG_PATH, text)
    repo.commit("chore: break it")
    refused(repo, BrokenFile, "model_catalog.yaml")


def test_a_sparse_checkout(repo: Repo) -> None:
    enter(opened(repo.path), "v1.0.0")
    assert repo.status() == ""
    repo.git("sparse-checkout", "set", "--no-cone", "/README.md", "/.specweave/config.json")
    assert not (repo.path / CATALOG_PATH).exists()
    enter(opened(repo.path), "v1.1.0")
    assert not (repo.path / CATALOG_PATH).exists()
    assert repo.status() == ""
    assert len(state(repo.path)["fraud-detection-model"].versions) == 2
    repo.git("sparse-checkout", "disable")
    require_consistent(repo.path)


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
def test_a_linked_registry_folder(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo.increment / "registry").symlink_to(tmp_path / "elsewhere")
    refused(repo, NotReady, "is a symbolic link|has uncommitted edits")
    repo.commit("chore: link")
    refused(repo, NotReady, "is a symbolic link|has uncommitted edits")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_linked_catalog(repo: Repo) -> None:
    (repo.increment / "registry").mkdir()
    (repo.path / CATALOG_PATH).symlink_to(repo.path / "README.md")
    repo.commit("chore: link")
    refused(repo, BrokenFile, "is not a regular file")


@pytest.mark.parametrize("setting", ["true", "input"])
def test_autocrlf(setting: str, repo: Repo) -> None:
    repo.git("config", "core.autocrlf", setting)
    enter(opened(repo.path), "v1.0.0")
    assert repo.status() == ""
    shutil.rmtree(repo.increment / "registry")
    repo.git("checkout", "-q", "--", ".")
    crlf = b"\r\n" in (repo.path / CATALOG_PATH).read_bytes()
    assert crlf == (setting == "true")
    assert opened(repo.path).drift_warnings() == ()
    enter(opened(repo.path), "v1.1.0")
    assert repo.status() == ""
    assert b"\r" not in repo.git("show", f"HEAD:{CATALOG_PATH}").encode()


def test_an_end_of_line_attribute(repo: Repo) -> None:
    repo.write(".gitattributes", "* text eol=crlf\n")
    repo.commit("chore: attributes")
    enter(opened(repo.path), "v1.0.0")
    enter(opened(repo.path), "v1.1.0")
    require_consistent(repo.path)
    assert repo.status() == ""


def test_no_identity(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
    ):
        monkeypatch.delenv(name)
    repo.git("config", "user.useConfigOnly", "true")
    repo.git("config", "--global", "--unset", "user.name")
    repo.git("config", "--global", "--unset", "user.email")
    refused(repo, EnvironmentFault, "who you are")


def test_a_name_that_is_not_utf8(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a name would make a catalog that nobody can read any more."""
    monkeypatch.setitem(os.environb, b"GIT_COMMITTER_NAME", "Zoë".encode("latin-1"))
    refused(repo, EnvironmentFault, "no plain UTF-8 text")


@pytest.mark.parametrize(
    "name", ["Zoë Ångström", "فاطمه\u200cزهرا", "日本 太郎", 'O\'Brien, "Bob" [x]', "\U0001f600"]
)
def test_names_of_people(name: str, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_NAME", name)
    enter(opened(repo.path), "v1.0.0")
    require_consistent(repo.path)
    (model,) = state(repo.path).values()
    assert [entry.registered.by for entry in model.versions.values()] == [
        f"{name} <ada@example.org>"
    ]


def test_no_git(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFault, match="git is not installed"):
        opened(repo.path)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no git repository"):
        opened(tmp_path)


@pytest.mark.parametrize("branch", ["review", "registry/promote-v1.0.0"])
def test_another_branch(branch: str, repo: Repo) -> None:
    repo.write("README.md", "# changed\n")
    before, status = repo.head, repo.status()
    for version in ("v1.0.0", "v1.1.0"):
        enter(opened(repo.path), version, options=WriteOptions(branch=branch))
    assert (repo.head, repo.status()) == (before, status)
    assert repo.git("rev-list", "--count", f"main..{branch}") == "2"
    require_consistent(repo.path, branch)
    assert state(repo.path) == {}


@pytest.mark.parametrize(
    "branch", ["-x", "a..b", "HEAD", "@{-1}", "x.lock", "a b", "", "x\n", "a:b"]
)
def test_words_that_are_no_branch(branch: str, repo: Repo) -> None:
    refused(repo, UsageError, "is no branch name", WriteOptions(branch=branch))


def test_settings_that_change_what_git_says(repo: Repo) -> None:
    for key, value in {
        "color.ui": "always",
        "log.showSignature": "true",
        "i18n.commitEncoding": "ISO-8859-1",
        "i18n.logOutputEncoding": "ISO-8859-1",
        "status.branch": "true",
        "status.short": "true",
        "core.quotePath": "true",
        "log.date": "relative",
        "format.pretty": "oneline",
        "log.follow": "true",
        "core.commentChar": "S",
        "commit.cleanup": "strip",
        "diff.noprefix": "true",
        "core.abbrev": "4",
        "commit.template": "/nonexistent",
        "core.fsmonitor": "/nonexistent",
    }.items():
        repo.git("config", key, value)
    enter(opened(repo.path), "v1.0.0")
    bring(opened(repo.path), "v1.0.0", "staging")
    require_consistent(repo.path)


def test_inside_a_hook(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git exports its index and the author of the commit under way; both are not ours."""
    monkeypatch.setenv("GIT_INDEX_FILE", str(repo.path / ".git" / "other-index"))
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "@1 +0000")
    enter(opened(repo.path), "v1.0.0")
    for name in ("GIT_INDEX_FILE", "GIT_DIR", "GIT_AUTHOR_NAME", "GIT_AUTHOR_DATE"):
        monkeypatch.delenv(name)
    assert not (repo.path / ".git" / "other-index").exists()
    assert "Somebody Else" not in repo.git("log", "-1", "--format=%an %cn")
    require_consistent(repo.path)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes the rights away from root"
)
def test_a_folder_that_cannot_be_written(repo: Repo, tmp_path: Path) -> None:
    """Another user may read, and is refused to write in one line."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    enter(opened(repo.path), "v1.0.0")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o005 == 0o005:
            break
        folder.chmod(folder.stat().st_mode | 0o055)
    act = (
        "import sys; from tests.acts import *; from pathlib import Path\n"
        "from swreg.errors import SwregError\n"
        f"project = opened(Path({str(repo.path)!r}))\n"
        "print(len(models_of(project.registry())))\n"
        "try: enter(project, 'v1.1.0')\n"
        "except SwregError as error: print(error.exit_code, error)\n"
    )
    safe = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    run = subprocess.run(
        ["setpriv", "--reuid=65534", "--clear-groups", sys.executable, "-B", "-c", act],
        capture_output=True, text=True, check=False, env={**os.environ, **safe, "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null"},
    )  # fmt: skip
    lines = run.stdout.splitlines()
    assert lines[:1] == ["1"], run.stderr
    assert lines[1].startswith("5 cannot write the registry: Permission denied"), run.stdout
    assert repo.status() == ""


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes the rights away from root"
)
def test_the_registry_folder_alone_cannot_be_written(repo: Repo) -> None:
    """The git folder could be, but a commit without its files would leave both out of step."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    enter(opened(repo.path), "v1.0.0")
    before = repo.head
    folder = repo.increment / "registry"
    folder.chmod(0o555)
    act = (
        "from tests.acts import *; from pathlib import Path\n"
        "from swreg.errors import SwregError\n"
        f"try: enter(opened(Path({str(repo.path)!r})), 'v1.1.0')\n"
        "except SwregError as error: print(error.exit_code, error)\n"
    )
    run = subprocess.run(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-B", "-c", act],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    folder.chmod(0o755)
    assert run.stdout.startswith("5 cannot write the registry: Permission denied"), run.stderr
    assert repo.head == before
    assert repo.status() == ""
    require_consistent(repo.path)
