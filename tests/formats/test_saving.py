"""What cannot be saved or loaded says so in one line and leaves nothing behind."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from swreg.errors import (
    Ambiguous,
    BrokenFile,
    MissingExtra,
    NotFound,
    SwregError,
    Unsafe,
    UsageError,
)
from swreg.formats import load_model, requirements, save_model
from swreg.formats.table import FORMATS


class Halved:
    """A model of this test's own, which no allow-list knows."""

    def __init__(self, factor: float = 0.5) -> None:
        self.factor = factor

    def predict(self, rows: list[float]) -> list[float]:
        return [self.factor * row for row in rows]


OWN = f"{Halved.__module__}.Halved"


class Raises:
    """An object whose own code fails while it is pickled."""

    def __reduce__(self) -> Any:
        raise RuntimeError("not\ntoday")


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (lambda row: row, "pickle"),
        (threading.Lock(), "lock"),
        ((n for n in range(3)), "generator"),
        (Raises(), "not today"),
    ],
    ids=["a lambda", "a lock", "a generator", "one that raises"],
)
def test_what_cannot_be_pickled_is_said_and_nothing_is_left(
    tmp_path: Path, model: object, why: str
) -> None:
    with pytest.raises(UsageError, match="cannot be pickled") as refused:
        save_model(model, tmp_path)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_an_open_file_cannot_be_pickled(tmp_path: Path) -> None:
    with Path(__file__).open() as opened, pytest.raises(UsageError):
        save_model({"log": opened}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_the_native_format_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("kept")

    def fail(model: object, folder: Path) -> list[Path]:
        (folder / "model.half").write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(FORMATS[0], "matches", lambda model: True)
    monkeypatch.setattr(FORMATS[0], "save", fail)
    with pytest.raises(OSError, match="disk full"):
        save_model({"a": 1}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_native_format_that_cannot_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(model: object, folder: Path) -> list[Path]:
        raise MissingExtra("skops", "sklearn", "saving it")

    monkeypatch.setattr(FORMATS[0], "matches", lambda model: True)
    monkeypatch.setattr(FORMATS[0], "save", refuse)
    saved = save_model({"a": 1}, tmp_path)
    assert saved.files == ("model.pkl",)
    assert saved.notes == (
        f"no native format beside model.pkl: {MissingExtra('skops', 'sklearn', 'saving it')}",
    )


def test_an_existing_pickle_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_text("mine")
    with pytest.raises(UsageError, match=r"model\.pkl exists"):
        save_model({"a": 1}, tmp_path)
    assert (tmp_path / "model.pkl").read_text() == "mine"


def test_the_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no folder"):
        save_model({"a": 1}, tmp_path / "nowhere")


def test_a_class_of_the_callers_own_needs_their_word(tmp_path: Path) -> None:
    saved = save_model(Halved(0.25), tmp_path)
    assert saved.globals == (OWN,)
    with pytest.raises(Unsafe, match="Halved, which is not on the allow-list"):
        load_model(tmp_path)
    assert load_model(tmp_path, allow={OWN}).predict([4.0]) == [1.0]
    assert load_model(tmp_path, trust=True).predict([4.0]) == [1.0]


@pytest.mark.parametrize(
    ("files", "error", "words"),
    [
        ([], NotFound, "no model that can be loaded"),
        (["metadata.json", "requirements.txt", "features.yaml"], NotFound, "no model"),
        (["a.pkl", "b.joblib"], Ambiguous, "several models: a.pkl, b.joblib"),
    ],
)
def test_a_folder_without_one_model_is_refused(
    tmp_path: Path, files: list[str], error: type[SwregError], words: str
) -> None:
    for file in files:
        (tmp_path / file).write_text("x")
    with pytest.raises(error, match=words):
        load_model(tmp_path)


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"no format is known for model\.bin"):
        load_model(tmp_path / "model.bin")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        load_model(tmp_path / "model.pkl")


def test_a_pickle_under_its_own_name_is_the_folders_model(tmp_path: Path) -> None:
    save_model([1, 2], tmp_path)
    (tmp_path / "model.pkl").rename(tmp_path / "mine.pickle")
    assert load_model(tmp_path) == [1, 2]


def test_a_missing_library_falls_back_to_the_pickle_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model([1, 2], tmp_path)
    (tmp_path / "model.skops").write_text("x")

    def missing(path: Path, *, trust: bool, allow: object) -> object:
        raise MissingExtra("skops", "sklearn", f"loading {path.name}")

    monkeypatch.setattr(FORMATS[-1], "load", missing)
    assert load_model(tmp_path) == [1, 2]
    (tmp_path / "model.pkl").unlink()
    with pytest.raises(MissingExtra, match=r"loading model\.skops needs the package skops"):
        load_model(tmp_path)


def test_classes_that_do_not_accept_their_state_are_a_broken_file(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04cdatetime\ndate\n(K\x01tR.")
    with pytest.raises(BrokenFile, match=r"model\.pkl cannot be loaded"):
        load_model(tmp_path)


def test_requirements_are_those_of_the_imported_modules() -> None:
    numpy = pytest.importorskip("numpy", reason="numpy is missing")
    found = requirements(["numpy._core.multiarray", "collections", "numpy"])
    assert found.lines == (f"numpy=={numpy.__version__}",)
    assert found.warnings == ()


def test_what_was_declared_wins_and_a_difference_is_said() -> None:
    numpy = pytest.importorskip("numpy", reason="numpy is missing")
    found = requirements(["numpy"], "NumPy==1.0.0\ntensorflow==2.15.0\n")
    assert found.lines == ("NumPy==1.0.0", "tensorflow==2.15.0")
    assert found.warnings == (
        f"NumPy==1.0.0 is declared, but numpy=={numpy.__version__} is installed",
        "tensorflow==2.15.0 is declared, but the model imports nothing of it",
    )
    assert requirements(["numpy"], "numpy").lines == (f"numpy=={numpy.__version__}",)


def test_a_declared_name_of_the_module_stands_for_its_distribution() -> None:
    """`xgboost==1.7.0` is said of a model that `xgboost-cpu` made, and `sklearn` of scikit-learn."""
    sklearn = pytest.importorskip("sklearn", reason="scikit-learn is missing")
    found = requirements(["sklearn.svm"], f"sklearn=={sklearn.__version__}")
    assert found.lines == (f"sklearn=={sklearn.__version__}",)
    assert found.warnings == ()


def test_a_module_without_a_distribution_is_said() -> None:
    found = requirements(["__main__", "my_features.scaling"])
    assert found.lines == ()
    assert found.warnings == (
        "__main__ belongs to no installed distribution; readers need its source",
        "my_features belongs to no installed distribution; readers need its source",
    )


@pytest.mark.parametrize("line", ["xgboost>=1", "-r other.txt", "a b", "git+https://x/y", "x==1;y"])
def test_a_declared_line_that_is_no_requirement(line: str) -> None:
    with pytest.raises(UsageError, match="is no requirement"):
        requirements([], line)


def test_modules_of_base_classes_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = pytest.importorskip("sklearn.base", reason="scikit-learn is missing")
    own = type("Own", (base.BaseEstimator,), {"__module__": __name__})
    monkeypatch.setattr(sys.modules[__name__], "Own", own, raising=False)
    saved = save_model(own(), tmp_path)
    assert "sklearn.base" in saved.module_names
    assert saved.framework == "scikit-learn"
