"""Setting a repository up, once and again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from swreg.domain.names import parse_reference
from swreg.domain.policy import Policy
from swreg.domain.stage import Stage
from swreg.errors import AlreadyExists, BrokenFile, EnvironmentFault, NotReady, UsageError
from swreg.operations.doctor import doctor
from swreg.operations.project import Project
from swreg.operations.rollback import rollback
from swreg.operations.setup import init
from swreg.operations.syncing import sync_docs
from swreg.operations.transaction import WriteOptions
from tests.conftest import INCREMENT, Repo, specweave_program
from tests.registered import NAME, add

FILES = (
    ".specweave/.gitattributes",
    ".specweave/docs/internal/architecture/model-registry.md",
    ".specweave/model-registry.yaml",
)


@pytest.fixture
def plain(tmp_path: Path) -> Repo:
    """A git repository without a commit and without SpecWeave."""
    repo = Repo(tmp_path / "plain")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    return repo


def test_it_is_one_commit_and_then_nothing(repo: Repo) -> None:
    repo.write("mine.txt", "untracked")
    before = repo.head
    outcome = init(repo.path)
    assert outcome.data.files == FILES
    assert (outcome.commit, repo.git("rev-parse", "HEAD^")) == (repo.head, before)
    assert repo.git("log", "-1", "--format=%s") == "chore(registry): set up the model registry"
    assert repo.status() == "?? mine.txt"
    assert Project.open(repo.path).state().policy == Policy()
    again = init(repo.path / ".specweave")
    assert (again.commit, again.data.files) == (None, ())


def test_it_sets_the_clones_merge_driver_so_that_doctor_finds_nothing(repo: Repo) -> None:
    dry = init(repo.path, options=WriteOptions(dry_run=True))
    assert (dry.warnings, repo.git("config", "merge.swreg-catalog.driver", check=False)) == ((), "")
    assert init(repo.path).warnings == ()
    assert doctor(Project.open(repo.path)).exit_code == 0
    repo.git("config", "--unset", "merge.swreg-catalog.driver")
    assert init(repo.path).commit is None
    assert doctor(Project.open(repo.path)).exit_code == 0


def test_a_driver_whose_interpreter_is_gone_is_found_and_one_of_the_users_stays(repo: Repo) -> None:
    init(repo.path)
    repo.git("config", "merge.swreg-catalog.driver", "/gone/python -P -m swreg merge-driver %O")
    assert doctor(Project.open(repo.path)).exit_code == 4
    assert doctor(Project.open(repo.path), fix=True).exit_code == 0
    repo.git("config", "merge.swreg-catalog.driver", "swreg merge-driver %O %A %B %P")
    init(repo.path)
    kept = repo.git("config", "merge.swreg-catalog.driver")
    assert kept == "swreg merge-driver %O %A %B %P"


def test_what_is_missing_on_disk_is_told(repo: Repo) -> None:
    init(repo.path)
    (repo.path / FILES[0]).unlink()
    outcome = init(repo.path)
    assert (outcome.commit, outcome.data.files) == (None, ())
    (warning,) = outcome.warnings
    assert warning.startswith(f"{FILES[0]} on disk is not as committed; git restore -- ")
    repo.git("restore", "--", FILES[0])
    assert init(repo.path).warnings == ()


def test_the_attributes_mean_what_they_say(repo: Repo) -> None:
    init(repo.path)

    def ask(path: str) -> str:
        out = repo.git("check-attr", "text", "merge", "eol", "--", f".specweave/{path}")
        return " ".join(line.rsplit(": ", 1)[1] for line in out.splitlines())

    for folder in (f"increments/{INCREMENT}", f"increments/_archive/{INCREMENT}"):
        assert ask(f"{folder}/models/x-v1.0.0/data/model.txt").startswith("unset ")
        assert ask(f"{folder}/registry/model_catalog.yaml") == "set swreg-catalog lf"
        assert ask(f"{folder}/registry/deployment_history.md") == "set union lf"
    assert ask("environments/staging/models/x-v1.0.0/model.txt").startswith("unset ")
    assert ask("model-registry.history.md") == "set union lf"
    assert ask("docs/internal/models/page.md") == "unspecified unspecified unspecified"


def test_foreign_lines_and_files_stay(repo: Repo) -> None:
    repo.write(".specweave/.gitattributes", "*.bin binary")
    repo.write(".specweave/model-registry.yaml", "commit: {push: never}  # ours\n")
    repo.commit("chore: our own")
    assert init(repo.path).data.files == FILES[:2]
    text = (repo.path / FILES[0]).read_text(encoding="utf-8")
    assert text.startswith("*.bin binary\n# swreg: begin")
    stale = text.replace("lf merge=union", "lf merge=text") + "*.zip binary\n"
    repo.write(FILES[0], stale)
    repo.commit("chore: an old block")
    assert init(repo.path).data.files == FILES[:1]
    assert (repo.path / FILES[0]).read_text(encoding="utf-8") == text + "*.zip binary\n"


def test_a_broken_configuration_is_named_and_nothing_changes(repo: Repo) -> None:
    repo.write(".specweave/model-registry.yaml", "stagez: {}\n")
    head = repo.commit("chore: a wrong key")
    with pytest.raises(BrokenFile, match="stagez: unknown key"):
        init(repo.path)
    assert (repo.head, repo.status()) == (head, "")


def test_the_page_that_is_there_is_left_to_sync_docs(repo: Repo) -> None:
    add(repo.path, "v1.0.0")
    assert "Fraud Detection Model" in (
        repo.path / init(repo.path).data.files[1]
    ).read_text(encoding="utf-8")  # fmt: skip
    add(repo.path, "v1.1.0")
    assert init(repo.path).commit is None
    assert sync_docs(Project.open(repo.path), check=True).exit_code == 4


def test_a_plain_repository_is_offered_the_layout(plain: Repo) -> None:
    with pytest.raises(NotReady) as caught:
        init(plain.path)
    assert "no .specweave folder" in str(caught.value)
    assert str(caught.value).endswith("run: swreg init --increment 0001-name")
    assert plain.status() == ""


def test_a_plain_unborn_repository_gets_the_layout(plain: Repo) -> None:
    plain.write("mine.txt", "untracked")
    outcome = init(plain.path, increment="0001-fraud-detection")
    folder = ".specweave/increments/0001-fraud-detection"
    assert set(outcome.data.files) == {
        *FILES, *(f"{folder}/{name}" for name in ("metadata.json", "spec.md", "tasks.md")),
    }  # fmt: skip
    assert outcome.commit == plain.head
    assert plain.status() == "?? mine.txt"
    facts = json.loads((plain.path / folder / "metadata.json").read_text(encoding="utf-8"))
    assert (facts["id"], facts["status"]) == ("0001-fraud-detection", "active")
    for word in (None, "0001", "0001-fraud-detection"):
        assert init(plain.path, increment=word).commit is None
    add(plain.path, "v1.0.0")
    with pytest.raises(AlreadyExists, match="increment 0001 is 0001-fraud-detection"):
        init(plain.path, increment="0001-other")


@pytest.mark.parametrize("word", ["fraud", "0000-x", "0001", "../0001-x", "0001-x/y", "0001-a b"])
def test_a_wrong_name_of_an_increment(plain: Repo, word: str) -> None:
    with pytest.raises(UsageError, match="is no name of an increment"):
        init(plain.path, increment=word)


def test_in_a_folder_below_the_layout_goes_to_the_top(plain: Repo) -> None:
    plain.write("src/a/b.txt", "x")
    init(plain.path / "src" / "a", increment="0001-x")
    assert (plain.path / ".specweave/model-registry.yaml").is_file()


def test_specweaves_own_state_in_a_folder_above_is_no_project(plain: Repo) -> None:
    (plain.path.parent / ".specweave").mkdir()
    (plain.path.parent / ".specweave" / "plugins-lock.json").write_text("{}", encoding="utf-8")
    with pytest.raises(NotReady, match=r"no \.specweave folder in .*plain"):
        init(plain.path)
    assert init(plain.path, increment="0001-x").commit == plain.head


def test_a_dry_run_says_what_it_would_write(repo: Repo) -> None:
    head = repo.head
    outcome = init(repo.path, options=WriteOptions(dry_run=True))
    assert outcome.data.files == FILES
    assert (repo.head, repo.status()) == (head, "")


@pytest.mark.specweave
def test_in_a_real_specweave_project(specweave_repo: Repo) -> None:
    """Its stock hook stops us with one line that names the defect, until doctor mends it."""

    def start() -> None:
        init(specweave_repo.path)
        # Where sh is bash the hook lets the set-up through and stops the first model folder.
        add(specweave_repo.path, "v1.0.0")
        add(specweave_repo.path, "v1.1.0")

    with pytest.raises(EnvironmentFault) as caught:
        start()
    assert str(caught.value).startswith("SpecWeave's own pre-commit hook ")
    assert str(caught.value).endswith("; run: swreg doctor --fix")
    assert specweave_repo.status() == ""
    mended = {one.id: one.state for one in doctor(Project.open(specweave_repo.path), fix=True).data}
    assert mended["SWR908"] == "fixed"
    init(specweave_repo.path)
    add(specweave_repo.path, "v2.0.0")
    add(specweave_repo.path, "v2.1.0")
    assert specweave_repo.status() == ""


@pytest.mark.specweave
def test_specweave_accepts_the_layout_and_the_page(plain: Repo, specweave_once: Path) -> None:
    """SpecWeave's own program counts our increment, and its docs validator finds nothing."""
    init(plain.path, increment="0001-fraud-detection")
    add(plain.path, "v1.0.0", Stage.PRODUCTION, accuracy=0.9)
    add(plain.path, "v1.1.0", Stage.PRODUCTION, accuracy=0.91)
    reason = "wrong: <br> {x} a|b `c` [l](http://example.org)"
    rollback(Project.open(plain.path), parse_reference(NAME), reason=reason)
    sync_docs(Project.open(plain.path))
    assert "Active increments: 1/" in specweave(plain, "status")
    assert "Documentation is valid" in specweave(plain, "docs", "validate")
    page = plain.path / FILES[1]
    page.write_text(page.read_text(encoding="utf-8") + "<br>\n", encoding="utf-8")
    assert "Documentation has errors" in specweave(plain, "docs", "validate")


def specweave(repo: Repo, *words: str) -> str:
    """What SpecWeave's own program says."""
    run = subprocess.run(
        [str(specweave_program()), *words], cwd=repo.path, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return run.stdout + run.stderr
