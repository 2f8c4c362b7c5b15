"""Real models of every framework become files and models again, with equal predictions."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swreg.errors import SwregError
from swreg.formats import load_model, save_model

numpy = pytest.importorskip("numpy", reason="numpy is missing")
pandas = pytest.importorskip("pandas", reason="pandas is missing")
pytest.importorskip("sklearn", reason="scikit-learn is missing")

X = numpy.random.default_rng(0).random((80, 3))
Y = (X[:, 0] + X[:, 1] > 1).astype(int)
TABLE = pandas.DataFrame(
    {"amount": X[:, 0], "age": (X[:, 1] * 80).astype(int), "place": ["de", "fr"] * 40}
)


def _forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=5, random_state=0).fit(X, Y), X


def _boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(max_iter=5).fit(X, Y), X


def _pipeline() -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (OneHotEncoder(), ["place"]),
        (make_pipeline(FunctionTransformer(numpy.log1p), StandardScaler()), ["amount", "age"]),
    )
    return make_pipeline(columns, LogisticRegression()).fit(TABLE, Y), TABLE


def _search() -> Any:
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    return GridSearchCV(SVC(), {"C": [0.5, 1.0]}, scoring="f1", cv=3).fit(X, Y), X


def _process() -> Any:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel

    return GaussianProcessRegressor(RBF() + WhiteKernel()).fit(X[:20], Y[:20]), X


def _neighbours() -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(algorithm="kd_tree").fit(X, Y), X


def _words() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    texts = [f"word{n % 7} and word{n % 3}" for n in range(80)]
    return make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=0)).fit(texts, Y), texts


def _xgb_classifier() -> Any:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is missing")
    return xgboost.XGBClassifier(n_estimators=5, max_depth=2).fit(X, Y), X


def _xgb_missing_is_zero() -> Any:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is missing")
    gaps = numpy.where(X < 0.4, 0.0, X)
    return xgboost.XGBRegressor(n_estimators=5, missing=0.0).fit(gaps, X[:, 1]), gaps


def _xgb_forest() -> Any:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is missing")
    return xgboost.XGBRFClassifier(n_estimators=5).fit(X, Y), X


def _lightgbm_classifier() -> Any:
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is missing")
    labels = numpy.where(Y, "fraud", "fine")
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1)
    return model.fit(TABLE[["amount", "age"]], labels), TABLE[["amount", "age"]]


def _lightgbm_booster() -> Any:
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is missing")
    return lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, Y), num_boost_round=5), X


MODELS: dict[str, tuple[Callable[[], Any], set[str]]] = {
    "a forest": (_forest, {"model.pkl", "model.skops"}),
    "gradient boosting": (_boosting, {"model.pkl", "model.skops"}),
    "a pipeline on a table": (_pipeline, {"model.pkl", "model.skops"}),
    "a search": (_search, {"model.pkl", "model.skops"}),
    "a gaussian process": (_process, {"model.pkl", "model.skops"}),
    "neighbours in a tree": (_neighbours, {"model.pkl", "model.skops"}),
    "words": (_words, {"model.pkl", "model.skops"}),
    "an XGBoost classifier": (_xgb_classifier, {"model.pkl", "model.ubj"}),
    "XGBoost where zero is missing": (_xgb_missing_is_zero, {"model.pkl", "model.ubj"}),
    "an XGBoost forest": (_xgb_forest, {"model.pkl", "model.ubj"}),
    "a LightGBM classifier": (_lightgbm_classifier, {"model.pkl", "booster.txt"}),
    "a LightGBM booster": (_lightgbm_booster, {"model.pkl", "model.txt"}),
}


@pytest.mark.parametrize("title", MODELS)
def test_a_model_comes_back_the_same(tmp_path: Path, title: str) -> None:
    """From its folder, from each of its files alone, and from a pickle of every protocol."""
    pytest.importorskip("skops", reason="skops is missing")
    make, files = MODELS[title]
    model, given = make()
    expected = model.predict(given)
    saved = save_model(model, tmp_path)
    assert set(saved.files) == files
    assert saved.notes == ()
    again = load_model(tmp_path)
    assert type(again) is type(model)
    numpy.testing.assert_array_equal(again.predict(given), expected)
    for protocol in range(6):
        file = tmp_path / f"protocol{protocol}.pkl"
        file.write_bytes(pickle.dumps(model, protocol))
        numpy.testing.assert_array_equal(load_model(file).predict(given), expected)
    for name in files - {"booster.txt"}:
        numpy.testing.assert_array_equal(load_model(tmp_path / name).predict(given), expected)


@pytest.mark.parametrize("title", ["a forest", "words", "a pipeline on a table"])
@pytest.mark.parametrize(
    "compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)]
)
def test_a_joblib_file_comes_back_the_same(tmp_path: Path, title: str, compress: Any) -> None:
    joblib = pytest.importorskip("joblib", minversion="1.6", reason="joblib 1.6 is missing")
    model, given = MODELS[title][0]()
    joblib.dump(model, tmp_path / "model.joblib", compress=compress)
    again = load_model(tmp_path)
    numpy.testing.assert_array_equal(again.predict(given), model.predict(given))


def _estimators() -> Iterator[Any]:
    """Every estimator of scikit-learn that a plain sample fits."""
    from sklearn.utils import all_estimators
    from sklearn.utils._test_common.instance_generator import _construct_instances

    for _, kind in all_estimators():
        with contextlib.suppress(Exception):
            model = next(iter(_construct_instances(kind)))
            yield model.fit(X[:30], Y[:30])


@pytest.mark.filterwarnings("ignore")
def test_every_estimator_of_scikit_learn_comes_back(tmp_path: Path) -> None:
    file, refused, count = tmp_path / "model.pkl", [], 0
    for model in _estimators():
        count += 1
        file.write_bytes(pickle.dumps(model))
        try:
            load_model(file)
        except SwregError as error:
            refused.append(str(error))
    assert not refused
    assert count > 120


def test_a_booster_of_xgboost_is_a_booster_again(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is missing")
    data = xgboost.DMatrix(X)
    booster = xgboost.XGBClassifier(n_estimators=3).fit(X, Y).get_booster()
    save_model(booster, tmp_path)
    again = load_model(tmp_path)
    numpy.testing.assert_array_equal(again.predict(data), booster.predict(data))


def test_the_settings_of_an_xgboost_wrapper_come_back(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is missing")
    model = xgboost.XGBClassifier(n_estimators=3, learning_rate=0.094, missing=-1.0).fit(X, Y)
    save_model(model, tmp_path)
    again = load_model(tmp_path / "model.ubj")
    assert (again.learning_rate, again.missing, again.n_estimators) == (0.094, -1.0, 3)
    assert model.get_booster().attr("swreg") is None
    assert again.get_booster().attr("swreg") is None


def test_an_xgboost_file_of_somebody_else_loads(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="xgboost is missing")
    model = xgboost.XGBRegressor(n_estimators=3).fit(X, Y)
    model.save_model(tmp_path / "model.json")
    again = load_model(tmp_path)
    assert type(again) is xgboost.XGBRegressor
    numpy.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize(
    "model",
    [
        {"weights": [0.1, 0.2], "labels": ("fraud", "fine"), "table": {1: 2.5}},
        [1, 2**80, b"bytes" * 1000, "text" * 1000, {3, 4}, frozenset({5}), 1 + 2j, None, True],
        TABLE,
        X,
        numpy.array(["a", 1, None], dtype=object),
    ],
    ids=["a mapping", "a list", "a frame", "an array", "an array of objects"],
)
def test_plain_objects_come_back(tmp_path: Path, model: Any) -> None:
    saved = save_model(model, tmp_path)
    assert (saved.files, saved.framework) == (("model.pkl",), None)
    for protocol in range(6):
        file = tmp_path / f"protocol{protocol}.pkl"
        file.write_bytes(pickle.dumps(model, protocol))
        again = load_model(file)
        same = again.equals(model) if model is TABLE else numpy.array_equal(again, model)
        assert same if isinstance(model, (numpy.ndarray, pandas.DataFrame)) else again == model
