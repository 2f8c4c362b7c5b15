"""Whatever is typed or broken: one line that says what to do, the right exit code, no traceback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swreg import errors
from swreg.cli import app
from swreg.cli.failures import Speech, as_swreg_error
from tests.cli.conftest import MODEL, Call, Said, spawn
from tests.conftest import Repo

LINE = re.compile(r"swreg: [^\n]+; [^\n]+\n")


def is_one_line(said: Said) -> None:
    assert LINE.fullmatch(said.err), said.err
    assert said.err.isprintable() or said.err[:-1].isprintable()
    assert said.out == ""


USAGE = [
    ["registry-lost"],
    ["list"],
    ["--surplus"],
    ["registry-list", "--sort", "size"],
    ["registry-list", "--stage", "nowhere"],
    ["registry-list", "--no-such-option"],
    ["registry-list", "--repo"],
    ["registry-list", "surplus"],
    ["registry-list", "--env", "../outside"],
    ["registry-info"],
    ["registry-info", "-x"],
    ["registry-info", "--", "-x"],
    ["registry-info", "../../etc/passwd"],
    ["registry-info", "/etc/passwd"],
    ["registry-info", "a\x1b[31mb"],
    ["registry-info", "a\nb"],
    ["registry-info", "a\u202eb"],
    ["registry-info", ""],
    ["registry-info", "a" * 5000],
    ["registry-info", MODEL, "not-a-version"],
    ["registry-info", MODEL, "v1.2.3.4"],
    ["registry-info", f"{MODEL}@"],
    ["registry-history", "--limit", "-1"],
    ["registry-history", "--limit", "many"],
    ["registry-history", "-x"],
    ["registry-compare", MODEL],
    ["registry-compare", MODEL, "latest"],
    ["registry-promote", MODEL, "--to", "staging"],
    ["registry-promote", MODEL, "v3.1.0"],
    ["registry-promote", MODEL, "v3.1.0", "--to", "moon"],
    ["registry-promote", MODEL, "v3.1.0", "--to", "staging", "--force"],
    ["registry-promote", MODEL, "v3.1.0", "--to", "staging", "--reason", "a\nSwreg-Event: x"],
    ["registry-promote", MODEL, "v3.1.0", "--to", "staging", "--branch", "--all"],
    ["registry-promote", MODEL, "v3.1.0", "--to", "staging", "--branch", "a..b"],
    ["registry-rollback", MODEL],
    ["registry-rollback", MODEL, "--reason", "  "],
    ["registry-rollback", MODEL, "--reason", "slow", "--to", "yesterday"],
    ["registry-rollback", f"{MODEL}@production", "--reason", "slow"],
    ["registry-register", "Not A Name", "--artifact", "spec.md"],
    ["registry-register", MODEL],
    ["registry-register", MODEL, "--artifact", "README.md", "--metadata", "neither"],
    ["registry-register", MODEL, "--artifact", "README.md", "--metadata", "=0.9"],
    ["registry-register", MODEL, "--artifact", "README.md", "--metadata", "accuracy=high"],
    ["registry-register", MODEL, "--artifact", "README.md", "--metadata", "stage=production"],
    ["registry-register", MODEL, "--artifact", "README.md", "--increment", "../0042"],
    ["registry-register", MODEL, "--artifact", "README.md", "--tag", "a\x07b"],
    ["registry-version"],
    ["registry-version", MODEL],
    ["registry-version", MODEL, "huge"],
    ["registry-get", MODEL, "v3.0.0", "--stage", "dev"],
    ["registry-get", MODEL, "--date", "2024-01-01", "--at", "HEAD"],
    ["registry-deprecate", MODEL, "v3.1.0"],
    ["registry-deprecate", MODEL, "v3.1.0", "--reason", "old", "--end-of-life", "soon"],
    ["registry-tag", MODEL, "v3.1.0"],
    ["registry-approve", MODEL, "v3.1.0", "--comment", "a", "--reason", "b"],
    ["registry-reject", MODEL, "v3.1.0"],
    ["schema"],
    ["schema", "everything"],
    ["sync-docs", "delete"],
    ["init", "--env", "dev"],
]


@pytest.mark.parametrize("words", USAGE, ids=lambda words: " ".join(words)[:60])
def test_malformed_words(registry: Repo, call: Call, words: list[str]) -> None:
    before = registry.head
    said = call(registry, *words)
    is_one_line(said)
    assert said.code == 2, said.err
    assert (registry.head, registry.status()) == (before, "")


FACTS = [
    ["registry-info", "nobody"],
    ["registry-info", "fraud-detection-modle"],
    ["registry-info", MODEL, "v9"],
    ["registry-info", MODEL, "staging"],
    ["registry-list", "--increment", "0099"],
    ["registry-list", "--at", "no-such-revision"],
    ["registry-list", "--at", "--all"],
    ["registry-list", "--at", "1999-01-01"],
    ["registry-list", "--repo", "no-such-folder"],
    ["registry-list", "--env", "nope"],
    ["registry-info", MODEL, "--env", "nope"],
    ["registry-register", "stolen-model", "--artifact", ".git"],
    ["registry-register", "stolen-model", "--artifact", ".git/config"],
    ["registry-history", "nobody"],
    ["registry-history", "--at", "a\x1bb"],
    ["registry-promote", MODEL, "v3.0.0", "--to", "staging"],
    ["registry-promote", MODEL, "v3.1.0", "--to", "staging", "--from", "production"],
    ["registry-rollback", MODEL, "--reason", "slow"],
    ["registry-archive", MODEL, "v3.0.0"],
    ["registry-register", MODEL, "--artifact", "no-such-file"],
    ["registry-register", MODEL, "--artifact", "README.md", "--metadata", "no-such.json"],
    ["registry-reject", MODEL, "v3.1.0", "--reason", "no"],
    ["registry-get", MODEL, "--output", "."],
]


@pytest.mark.parametrize("words", FACTS, ids=lambda words: " ".join(words)[:60])
def test_what_the_facts_forbid(registry: Repo, call: Call, words: list[str]) -> None:
    before = registry.head
    said = call(registry, *words)
    is_one_line(said)
    assert said.code == 1, said.err
    assert (registry.head, registry.status()) == (before, "")


def test_a_near_miss_is_named(registry: Repo, call: Call) -> None:
    assert "did you mean registry-list?" in call(registry, "list").err
    assert "did you mean registry-promote" in call(registry, "registry-promot").err
    assert f"did you mean {MODEL}?" in call(registry, "registry-info", "fraud-detection-modle").err


SAYING = [
    (["registry-compare", MODEL, "v3"], f"two versions are compared, and {MODEL} v3 does not name"),
    (["registry-version", f"{MODEL}-v3.0.0", "minor"], f"name the model: {MODEL} minor"),
    (["registry-info", "a\nb"], "swreg: 'a\\nb' is no model name"),
    (["registry-history", "--limit", "-1"], "--limit takes a whole number from 0, not -1; see"),
    (["registry-history", "--limit", "x"], "--limit takes a whole number from 0, not 'x'; see"),
]


@pytest.mark.parametrize(("words", "part"), SAYING, ids=lambda one: str(one)[:60])
def test_the_line_says_what_is_wanted(
    registry: Repo, call: Call, words: list[str], part: str
) -> None:
    said = call(registry, *words)
    is_one_line(said)
    assert said.code == 2
    assert part in said.err


def test_a_repository_without_a_registry_is_told_so(tmp_path: Path, call: Call) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "--quiet")
    said = call(repo, "registry-tag", MODEL, "v1", "--add", "x")
    is_one_line(said)
    assert (said.code, "no .specweave folder" in said.err) == (1, True)


@pytest.mark.parametrize("branch", ["refs/heads/zz", "origin/main", "v1.0", "rel/v2"])
def test_a_branch_that_git_takes_for_something_else(
    registry: Repo, call: Call, branch: str
) -> None:
    registry.git("remote", "add", "origin", "nowhere")
    registry.git("tag", "v1.0")
    registry.git("tag", "rel/v2")
    said = call(registry, *PROMOTE, "--branch", branch)
    is_one_line(said)
    assert (said.code, said.err.startswith(f"swreg: {branch} is ")) == (2, True)
    assert registry.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
    # One that is there is meant, whatever else has its name.
    registry.git("branch", "v1.0")
    assert call(registry, *PROMOTE, "--branch", "v1.0").code == 0


def test_init_below_the_root_names_the_root(registry: Repo, call: Call) -> None:
    said = call(registry, "init", "--repo", ".specweave/increments")
    assert said.out.splitlines()[0] == f"repository {registry.path}"


def test_policy_is_exit_code_3(registry: Repo, call: Call) -> None:
    said = call(registry, "registry-promote", MODEL, "v3.1.0", "--to", "production")
    is_one_line(said)
    assert said.code == 3


@pytest.mark.parametrize("cls", [errors.SwregError, *errors.SwregError.__subclasses__()])
def test_the_exit_code_is_that_of_the_class(
    cls: type[errors.SwregError], capsys: pytest.CaptureFixture[str]
) -> None:
    code = Speech("registry-list", as_json=False, repo=Path()).failed(cls("it broke", "mend it"))
    assert code == cls.exit_code
    assert capsys.readouterr().err == "swreg: it broke; mend it\n"


@pytest.mark.parametrize("value", ["{", '{"a": 1, "a": 2}', "[1]", "NaN", '{"accuracy": NaN}'])
def test_facts_that_are_no_json(registry: Repo, call: Call, tmp_path: Path, value: str) -> None:
    path = tmp_path / "facts.json"
    path.write_text(value)
    said = call(
        registry, "registry-register", MODEL, "--artifact", "README.md", "--metadata", str(path)
    )
    is_one_line(said)
    assert said.code == 2


@pytest.mark.parametrize("value", ["a: 1\na: 2\n", "a: &x 1\nb: *x\n", "a: [", "- 1\n", "\xff"])
def test_facts_that_are_no_yaml(registry: Repo, call: Call, tmp_path: Path, value: str) -> None:
    path = tmp_path / "facts.yaml"
    path.write_bytes(value.encode("latin-1"))
    said = call(
        registry, "registry-register", MODEL, "--artifact", "README.md", "--metadata", str(path)
    )
    is_one_line(said)
    assert said.code == 2
    assert "from git" not in said.err


def test_outside_of_a_repository(tmp_path: Path) -> None:
    said = spawn(tmp_path, "registry-list")
    is_one_line(said)
    assert said.code == 1
    assert "git init" in said.err


def test_a_repository_without_the_layout(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    said = spawn(tmp_path, "registry-list")
    is_one_line(said)
    assert "swreg init" in said.err


def test_without_git(registry: Repo, tmp_path: Path) -> None:
    said = spawn(registry.path, "registry-list", PATH=str(tmp_path))
    is_one_line(said)
    assert said.code == 5


@pytest.mark.parametrize("text", ["models: [", "schema: 1\nschema: 1\n", "schema: 2\nmodels: {}\n"])
def test_a_broken_catalog(registry: Repo, text: str) -> None:
    catalog = registry.increment / "registry" / "model_catalog.yaml"
    catalog.write_text(text)
    registry.commit("chore: break it")
    for words in (["registry-list"], ["registry-promote", MODEL, "v3.1", "--to", "staging"]):
        said = spawn(registry.path, *words)
        is_one_line(said)
        assert said.code == 1
        assert "model_catalog.yaml" in said.err


PROMOTE = ["registry-promote", MODEL, "v3.1", "--to", "staging"]


def test_a_detached_head_is_refused_unless_allowed(registry: Repo) -> None:
    registry.git("checkout", "--quiet", "--detach")
    said = spawn(registry.path, *PROMOTE)
    is_one_line(said)
    assert (said.code, "--allow-detached" in said.err) == (1, True)
    assert spawn(registry.path, *PROMOTE, "--allow-detached").code == 0


def test_a_merge_in_progress_is_refused(registry: Repo) -> None:
    (registry.path / ".git" / "MERGE_HEAD").write_text(registry.head + "\n")
    said = spawn(registry.path, *PROMOTE)
    is_one_line(said)
    assert (said.code, "merge" in said.err) == (1, True)


def test_a_catalog_edited_by_hand_is_not_overwritten(registry: Repo) -> None:
    catalog = registry.increment / "registry" / "model_catalog.yaml"
    catalog.write_text(catalog.read_text() + "\n")
    said = spawn(registry.path, *PROMOTE)
    is_one_line(said)
    assert said.code == 1
    assert catalog.read_text().endswith("\n\n")


def test_an_unborn_branch_has_no_versions(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".specweave").mkdir()
    assert spawn(tmp_path, "registry-list").out == "no versions\n"
    said = spawn(tmp_path, *PROMOTE)
    is_one_line(said)
    assert said.code == 1


def test_a_bare_repository_is_read_and_written(registry: Repo, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    registry.git("clone", "--quiet", "--bare", ".", str(bare))
    assert MODEL in spawn(bare, "registry-list").out
    assert spawn(bare, *PROMOTE).code == 0


NO_WORK_TREE = [
    ["reconcile"],
    ["install", "claude"],
    ["install", "agents"],
    ["registry-register", MODEL],
    ["registry-rollback", MODEL, "--reason", "slow"],
]


@pytest.mark.parametrize("words", NO_WORK_TREE, ids=" ".join)
def test_what_a_bare_repository_cannot_do(registry: Repo, tmp_path: Path, words: list[str]) -> None:
    bare = tmp_path / "bare.git"
    registry.git("clone", "--quiet", "--bare", ".", str(bare))
    before = sorted(one.name for one in bare.iterdir() if one.name != "swreg")
    said = spawn(bare, *words)
    is_one_line(said)
    assert said.code in (1, 2), said.err
    assert sorted(one.name for one in bare.iterdir() if one.name != "swreg") == before
    assert Repo(bare).git("rev-parse", "main") == registry.head


NO_COMMIT = [
    (["registry-info", MODEL], 1),
    (["registry-audit", MODEL], 1),
    (["registry-list", "--at", "HEAD"], 1),
    (["registry-check", "--range", "HEAD~1..HEAD"], 1),
    (PROMOTE, 1),
    (["registry-rollback", MODEL, "--reason", "slow"], 1),
    (["registry-archive", MODEL, "v1"], 1),
    (["registry-get", MODEL, "v1"], 1),
]


@pytest.mark.parametrize(("words", "code"), NO_COMMIT, ids=lambda one: str(one)[:50])
def test_what_an_unborn_branch_cannot_do(tmp_path: Path, words: list[str], code: int) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".specweave" / "increments").mkdir(parents=True)
    said = spawn(tmp_path, *words)
    is_one_line(said)
    assert said.code == code, said.err
    assert Repo(tmp_path).git("rev-parse", "-q", "--verify", "HEAD", check=False) == ""


@pytest.mark.parametrize(
    "words",
    [["doctor"], ["init"], ["registry-check"], ["sync-docs"], ["reconcile"], PROMOTE,
     ["install", "claude"], ["monitor", "status"], ["registry-list", "--env", "dev"]],
    ids=" ".join,
)  # fmt: skip
def test_every_kind_of_command_without_git(
    registry: Repo, tmp_path: Path, words: list[str]
) -> None:
    said = spawn(registry.path, *words, PATH=str(tmp_path))
    is_one_line(said)
    assert (said.code, "install git" in said.err) == (5, True)


@pytest.mark.parametrize(
    "words",
    [PROMOTE, ["registry-tag", MODEL, "v3", "--add", "x"], ["sync-docs"], ["init"],
     ["registry-register", MODEL, "--artifact", "README.md"]],
    ids=" ".join,
)  # fmt: skip
def test_a_git_directory_that_takes_nothing(registry: Repo, words: list[str]) -> None:
    """As on a read-only disk, which a test cannot have as root: our own folder cannot be made."""
    ours = registry.path / ".git" / "swreg"
    shutil.rmtree(ours)
    ours.write_text("in the way")
    before = registry.head, registry.status()
    assert MODEL in spawn(registry.path, "registry-list").out
    said = spawn(registry.path, *words)
    is_one_line(said)
    assert said.code == 5, said.err
    assert (registry.head, registry.status()) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["registry-register", "--artifact", "README.md", "--", "-x"], 2),
        (["registry-promote", MODEL, "v3.1.0", "--to", "staging", "--branch=-x"], 2),
        (["registry-list", "--at", "--output=x"], 1),
        (["registry-list", "--repo", "-x"], 1),
        (["registry-history", "\udcff"], 2),
        (["registry-register", MODEL, "--artifact", "\udcff"], 1),
        (["registry-register", MODEL, "--artifact", "README.md", "--metadata", "a=\udcff"], 2),
        (["registry-tag", MODEL, "v3", "--add", "\x07"], 2),
    ],
    ids=lambda one: ascii(one)[:60],
)
def test_dashes_and_bytes_that_are_no_text(registry: Repo, words: list[str], code: int) -> None:
    before = registry.head, registry.status()
    said = spawn(registry.path, *words)
    is_one_line(said)
    assert said.code == code, said.err
    assert (registry.head, registry.status()) == before


def test_a_shallow_clone_is_enough_to_promote(registry: Repo, tmp_path: Path) -> None:
    clone = tmp_path / "shallow"
    registry.git("clone", "--quiet", "--depth=1", f"file://{registry.path}", str(clone))
    assert spawn(clone, *PROMOTE).code == 0
    said = spawn(clone, "registry-list", "--at", "2000-01-01")
    is_one_line(said)
    assert "git fetch --unshallow" in said.err


def test_a_failure_before_the_options_are_known_speaks_json(registry: Repo) -> None:
    said = spawn(registry.path, "registry-lost", "--json")
    assert (said.code, said.err) == (2, "")
    assert said.envelope["error"]["code"] == "usage"
    assert said.envelope["command"] is None


def test_a_reader_that_leaves_is_no_error(registry: Repo) -> None:
    command = f"{sys.executable} -m swreg registry-history | head -c 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=registry.path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [["registry-list"], ["registry-list", "--json"], ["--help"]])
def test_a_full_disk_under_the_output(registry: Repo, words: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "swreg", *words],
            cwd=registry.path, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert LINE.fullmatch(done.stderr), done.stderr
    assert done.returncode == 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [[], ["--json"]], ids=["text", "json"])
def test_a_full_disk_under_the_output_of_a_change(registry: Repo, words: list[str]) -> None:
    """The change is made, and nobody may be led to make it again."""
    before = registry.head
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "swreg", *PROMOTE, *words],
            cwd=registry.path, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert registry.head != before
    assert LINE.fullmatch(done.stderr), done.stderr
    assert done.stderr.startswith(f"swreg: committed as {registry.head[:12]}, but ")
    assert done.returncode == 7


@pytest.mark.parametrize("completing", ["", "complete_bash"])
def test_an_interruption_while_modules_load_is_silent(tmp_path: Path, completing: str) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    said = spawn(tmp_path, "registry-list", "--s", PYTHONPATH=path, _SWREG_COMPLETE=completing)
    assert (said.code, said.out, said.err) == (130, "", "")


def test_closed_streams_are_no_error(registry: Repo) -> None:
    command = f"exec {sys.executable} -m swreg registry-list >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], cwd=registry.path, check=False).returncode == 0


def test_an_encoding_without_our_letters(registry: Repo) -> None:
    said = spawn(
        registry.path, "registry-compare", MODEL, "v3.0.0", "v3.1.0", PYTHONIOENCODING="ascii"
    )
    assert said.code == 0
    assert "0.85 \\u2192 0.87" in said.out


def test_a_bug_of_ours_leaves_its_traceback_in_the_git_directory(
    registry: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError("what\nnow")

    monkeypatch.setattr(app, "show", broken)
    said = call(registry, "registry-list")
    assert said.code == 70
    is_one_line(said)
    (path,) = (registry.path / ".git" / "swreg").glob("crash-*.txt")
    assert str(path) in said.err
    assert "LookupError: what\nnow" in path.read_text()
    as_json = call(registry, "registry-list", "--json")
    assert as_json.envelope["error"]["code"] == "bug"


def test_a_bug_outside_of_a_repository_leaves_it_where_temporary_files_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert Speech(None, as_json=False, repo=tmp_path / "nowhere").failed(LookupError("x")) == 70
    (path,) = tmp_path.glob("crash-*.txt")
    assert str(path) in capsys.readouterr().err


def test_interrupted(registry: Repo, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "show", interrupted)
    assert call(registry, "registry-list").code == 130


def test_an_error_of_the_system_is_one_of_the_environment() -> None:
    error = as_swreg_error(PermissionError(13, os.strerror(13), "/a/file"))
    assert error is not None
    assert error.exit_code == 5
    assert error.what == "/a/file: Permission denied"


def test_a_commit_that_landed_before_the_failure_is_in_the_envelope(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = errors.FollowUpIncomplete("not pushed", "push it", commit="abc")
    assert Speech("registry-promote", as_json=True, repo=Path()).failed(error) == 7
    assert '"commit":"abc"' in capsys.readouterr().out
