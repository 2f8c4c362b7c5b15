"""Model files that an increment left behind: which of them are models, and of which name."""

from __future__ import annotations

import re
from collections.abc import Collection

from swreg.domain.names import parse_name, slug
from swreg.domain.version import Version
from swreg.errors import UsageError

MODEL_SUFFIXES = frozenset(
    [
        ".bst",
        ".cbm",
        ".h5",
        ".joblib",
        ".keras",
        ".onnx",
        ".pickle",
        ".pkl",
        ".pt",
        ".pth",
        ".safetensors",
        ".skops",
        ".ubj",
    ]
)
"""Suffixes that only files with a model in them have."""

_NUMBERED = re.compile(r"(?<=.)[-_]?(?=v\d)", re.ASCII)


def is_model_file(name: str) -> bool:
    """Whether a file's name says that there is a model in it.

    >>> is_model_file("model-v3.PKL"), is_model_file("notes.md")
    (True, False)
    """
    stem, dot, ending = name.rpartition(".")
    return bool(stem) and f"{dot}{ending}".lower() in MODEL_SUFFIXES and not name.startswith(".")


def model_of_increment(increment: str) -> str | None:
    """The model that an increment is about, by its own name; None where it has only a number.

    >>> model_of_increment("0042-fraud-detection"), model_of_increment("0042")
    ('fraud-detection-model', None)
    """
    words = increment.partition("-")[2].lower()
    try:
        return (
            parse_name(words if words.endswith("-model") else f"{words}-model") if words else None
        )
    except UsageError:
        return None


def run_model(increment: str, *, known: Collection[str], here: Collection[str]) -> str | None:
    """The model of a run that names none: the increment's own, unless only others live there.

    `known` are the registered models, `here` those of this increment.

    >>> run_model("0042-fraud", known=["churn"], here=[])
    'fraud-model'
    >>> run_model("0042-fraud", known=["churn"], here=["churn"]) is None
    True
    """
    own = model_of_increment(increment)
    return own if own in known or not here else None


def flat_model(
    file_name: str,
    increment: str,
    *,
    known: Collection[str],
    here: Collection[str] = (),
    alone: bool,
) -> tuple[str | None, Version | None]:
    """The model and the version that a flat file such as `models/model-v3.pkl` stands for.

    `known` are the registered models, `here` those of this increment; `alone` says that it is the
    increment's only flat file. A name with a version is the model's own. No model where the name
    could be anything: a scaler is no version of the increment's model.

    >>> def show(name: str, **more: bool) -> None:
    ...     model, version = flat_model(name, "0042-fraud", known=["churn-model"], **more)
    ...     print(model, version)
    >>> show("model-v3.pkl", alone=False)
    fraud-model v3.0.0
    >>> show("churn_v1.2.0.joblib", alone=False)
    churn-model v1.2.0
    >>> show("scaler.pkl", alone=False)
    None None
    >>> show("xgboost.pkl", alone=True)
    fraud-model None
    >>> show("basket-v3.pkl", alone=True)
    basket v3.0.0
    """
    stem = file_name.rpartition(".")[0]
    version, words = _split(stem, known)
    own = run_model(increment, known=known, here=here)
    if own is not None and words in ("model", own, slug(own)):
        return own, version
    named = [name for name in sorted(known) if words in (name, slug(name))]
    if named:
        return named[0], version
    if version is not None and words != "model" and (name := _name(words)) is not None:
        return name, version
    return (own, version) if alone else (None, version)


def _split(stem: str, known: Collection[str]) -> tuple[Version | None, str]:
    """The version at the end of a file's name and the words before it; a known model's name first.

    >>> _split("fraud-v2-model_v3", ["fraud-v2-model"])
    (Version('v3.0.0'), 'fraud-v2-model')
    """
    found = [
        (version, stem[: at.start()].lower().replace("_", "-"))
        for at in _NUMBERED.finditer(stem)
        if (version := Version.try_parse(stem[at.end() :])) is not None
    ]
    models = {word for name in known for word in (name, slug(name))}
    named = [one for one in found if one[1] in models]
    return next(iter(named or found), (None, stem.lower().replace("_", "-")))


def _name(words: str) -> str | None:
    try:
        return parse_name(words)
    except UsageError:
        return None
