"""Import of Kitfiles and of folders with model files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swreg.domain.foreign import Words
from swreg.errors import BrokenFile, FactError, NotFound, SwregError, UsageError
from swreg.operations.checking import check
from swreg.operations.describing import info
from swreg.operations.importing.flat import read_flat
from swreg.operations.importing.kitfile import read_kitfile
from swreg.operations.importing.offer import Offer
from swreg.operations.importing.run import Imported, ImportOptions, run_import
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project, reference
from tests.acts import require_consistent, state
from tests.conftest import Repo

DAY = 1_700_000_000  # 2023-11-14T22:13:20Z
KITFILE = """\
manifestVersion: "1.0"
package:
  name: churn
  version: 2.1.0
  description: Who leaves
  authors: [Ada]
model:
  name: churn
  path: ./models/churn.onnx
  framework: onnx
  license: Apache-2.0
  parts:
    - path: tokenizer
  parameters:
    depth: 3
datasets:
  - name: customers
    path: data/customers.csv
"""


def bring(repo: Repo, offer: Offer, **how: object) -> Outcome[Imported]:
    options = ImportOptions(**how)  # type: ignore[arg-type]
    return run_import(Project.open(repo.path), offer, how=options)


def versions(repo: Repo) -> list[tuple[str, str, str]]:
    """Every version with the day it was registered."""
    return [
        (name, str(version), entry.registered.at[:10])
        for name, model in state(repo.path).items()
        for version, entry in sorted(model.versions.items())
    ]


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (DAY, DAY))
    return path


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    put(tmp_path / "kit" / "models" / "churn.onnx", "weights")
    put(tmp_path / "kit" / "tokenizer" / "words.txt", "a b")
    return put(tmp_path / "kit" / "Kitfile", KITFILE)


def test_a_kitfile_brings_model_parts_and_facts(repo: Repo, kit: Path) -> None:
    bring(repo, read_kitfile(kit.parent))
    assert versions(repo) == [("churn", "v2.1.0", "2023-11-14")]
    told = info(Project.open(repo.path), reference("churn", "v2.1.0")).data
    assert {"churn.onnx", "words.txt"} <= set(told.files)
    assert told.metadata["training_data_version"] == "customers"
    assert told.metadata["imported"]["license"] == "Apache-2.0"
    assert check(Project.open(repo.path)).data.findings == ()
    require_consistent(repo.path)
    assert bring(repo, read_kitfile(kit)).commit is None


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("model: [", BrokenFile, "Kitfile:1"),
        ("- a\n", BrokenFile, "is no mapping"),
        ("model: x\n", BrokenFile, "model is no mapping"),
        ("package: {name: churn}\n", UsageError, "describes no model by name"),
        ("model: {name: churn}\n", UsageError, "gives the model no path"),
        ("model: {name: churn, path: ../secret}\n", UsageError, "leads out of"),
        ("model: {name: churn, path: /etc/passwd}\n", UsageError, "leads out of"),
        ("model: {name: churn, version: 1.0.0, path: gone.bin}\n", NotFound, "names gone.bin"),
        ("model: {name: churn, version: 1.0.0, path: 'jozu.ml/a/b:7b'}\n", FactError,
         "another ModelKit"),
    ],
)  # fmt: skip
def test_a_bad_kitfile_is_one_line_and_nothing_is_imported(
    repo: Repo, tmp_path: Path, text: str, error: type[SwregError], said: str
) -> None:
    file = put(tmp_path / "Kitfile", text)
    before = repo.head
    with pytest.raises(error, match=said) as caught:
        bring(repo, read_kitfile(file))
    assert "\n" not in str(caught.value)
    assert (repo.head, repo.status()) == (before, "")


def test_a_version_that_is_no_semver_is_told(repo: Repo, kit: Path) -> None:
    put(kit, KITFILE.replace("2.1.0", "latest"))
    outcome = bring(repo, read_kitfile(kit))
    assert [row.reason for row in outcome.data.rows] == [
        "'latest' is no SemVer version; register it with a number of ours"
    ]
    assert (outcome.exit_code, outcome.commit) == (1, None)


def test_a_link_out_of_the_kit_is_not_followed(repo: Repo, kit: Path, tmp_path: Path) -> None:
    secret = put(tmp_path / "secret", "token")
    (kit.parent / "models" / "churn.onnx").unlink()
    (kit.parent / "models" / "churn.onnx").symlink_to(secret)
    with pytest.raises(FactError, match="is not a regular file"):
        bring(repo, read_kitfile(kit))


def test_flat_files_are_versions_by_their_names(repo: Repo, tmp_path: Path) -> None:
    models = tmp_path / "models"
    put(models / "churn-v1.pkl", "one")
    put(models / "churn-v2.pkl", "two")
    put(models / "churn-v2.onnx", "two, safely")
    put(models / "basket_v1.2.0.joblib", "basket")
    put(models / "model.pkl", "whose?")
    put(models / "README.md", "notes")
    project = Project.open(repo.path)
    outcome = bring(repo, read_flat(models, [], {}))
    assert versions(repo) == [
        ("basket", "v1.2.0", "2023-11-14"),
        ("churn", "v1.0.0", "2023-11-14"),
        ("churn", "v2.0.0", "2023-11-14"),
    ]
    both = info(Project.open(repo.path), reference("churn", "v2.0.0")).data.files
    assert {"churn-v2.onnx", "churn-v2.pkl"} <= set(both)
    (row,) = [row for row in outcome.data.rows if row.result == "unmapped"]
    assert (row.source, row.reason) == ("model.pkl", "which model is it? --rename model=NAME")
    words = Words.of(["model=score"])
    bring(repo, read_flat(models, [], words.names), words=words)
    assert ("score", "v1.0.0", "2023-11-14") in versions(repo)
    again = bring(repo, read_flat(models, [], words.names), words=words)
    assert (again.commit, again.exit_code) == (None, 0)
    assert project.git.root == repo.path.resolve()


def test_a_file_without_a_number_is_the_next_version(repo: Repo, tmp_path: Path) -> None:
    models = tmp_path / "models"
    put(models / "churn.pkl", "one")
    bring(repo, read_flat(models, [], {}))
    put(models / "churn.pkl", "two")
    bring(repo, read_flat(models, ["churn"], {}))
    bring(repo, read_flat(models, ["churn"], {}))
    assert [version for _, version, _ in versions(repo)] == ["v1.0.0", "v1.0.1"]


def test_a_file_in_git_is_dated_by_its_commit(repo: Repo) -> None:
    put(repo.path / "models" / "churn-v1.pkl", "one")
    repo.commit("feat: train")
    when = repo.git("log", "-1", "--format=%as")
    bring(repo, read_flat(repo.path / "models", [], {}))
    assert versions(repo) == [("churn", "v1.0.0", when)]


def test_a_missing_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no folder"):
        read_flat(tmp_path / "gone", [], {})
    with pytest.raises(NotFound, match="no Kitfile"):
        read_kitfile(tmp_path)
