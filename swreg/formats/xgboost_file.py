"""XGBoost models as UBJSON: the booster, and beside it in one attribute which wrapper it had."""

from __future__ import annotations

import json
import sys
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from swreg.errors import MissingExtra, UsageError
from swreg.formats.pickled import loaded

name = "xgboost"
suffixes: tuple[str, ...] = (".ubj", ".json")

_ATTRIBUTE = "swreg"
_WRAPPERS = {
    "XGBClassifier": "classifier",
    "XGBRegressor": "regressor",
    "XGBRanker": "ranker",
    "XGBRFClassifier": "",
    "XGBRFRegressor": "",
}
_PLAIN = (bool, int, float, str, type(None))


def matches(model: object) -> bool:
    """Whether it is a booster or one of the scikit-learn wrappers round it."""
    xgboost = sys.modules.get("xgboost")
    return xgboost is not None and isinstance(model, (xgboost.Booster, xgboost.XGBModel))


def save(model: Any, folder: Path) -> list[Path]:
    """Write `model.ubj`.

    The wrapper's class and settings are kept too: XGBoost itself forgets them, and one of them,
    `missing`, decides what is predicted. Raises `UsageError` for settings that are code.
    """
    path = folder / "model.ubj"
    about = _about(model)
    booster = model.get_booster() if about else model
    before = booster.attr(_ATTRIBUTE)
    try:
        booster.set_attr(**{_ATTRIBUTE: json.dumps(about) if about else None})
        model.save_model(path)
    finally:
        booster.set_attr(**{_ATTRIBUTE: before})
    return [path]


def _about(model: Any) -> dict[str, Any]:
    if not hasattr(model, "get_booster"):
        return {}
    wrapper = type(model).__name__
    if type(model).__module__ != "xgboost.sklearn" or wrapper not in _WRAPPERS:
        raise UsageError(f"{wrapper} is no wrapper of XGBoost's own")
    settings = {key: value for key, value in model.get_params().items() if value is not None}
    odd = sorted(key for key, value in settings.items() if not isinstance(value, _PLAIN))
    if odd:
        raise UsageError(f"the setting {odd[0]} of this {wrapper} is no plain value")
    return {"wrapper": wrapper, "settings": settings}


def load(path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
    """The wrapper it was saved from, or the booster. Nothing in the file names code."""
    try:
        import xgboost
    except ImportError:
        raise MissingExtra("xgboost", "xgboost", f"loading {path.name}") from None
    booster = xgboost.Booster()
    loaded(lambda: booster.load_model(path), path)
    return loaded(lambda: _wrapped(xgboost, booster, path), path)


def _wrapped(xgboost: Any, booster: Any, path: Path) -> Any:
    about = json.loads(booster.attr(_ATTRIBUTE) or "{}")
    booster.set_attr(**{_ATTRIBUTE: None})
    kind = json.loads(booster.attr("scikit_learn") or "{}").get("_estimator_type")
    wrapper = about.get("wrapper") or next((w for w, k in _WRAPPERS.items() if k == kind), None)
    if wrapper not in _WRAPPERS:
        return booster
    model = getattr(xgboost, wrapper)()
    known = model.get_params()
    settings = {
        key: value
        for key, value in about.get("settings", {}).items()
        if key in known and isinstance(value, _PLAIN)
    }
    model.set_params(**settings)
    model.load_model(path)
    model.get_booster().set_attr(**{_ATTRIBUTE: None})
    return model
