"""An experiment: what one run of training set, measured, noted and left behind.

Its record is `metadata.yaml` in the run's folder (never `metadata.json`, which SpecWeave's hooks
take for an increment's own), with `params.json` and `metrics.json` beside it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from swreg.domain.measures import PERFORMANCE, is_metric
from swreg.domain.metadata_keys import GitFact
from swreg.domain.names import parse_name, plain_text, visible
from swreg.domain.plain import plain
from swreg.domain.shape import Timestamp, write
from swreg.errors import UsageError

Status = Literal["running", "completed", "failed", "cancelled"]
STATUSES: tuple[Status, ...] = get_args(Status)
PARAMS = "params.json"
METRICS = "metrics.json"
FOLDS = "metrics_folds.json"
RECORD = "metadata.yaml"
OWN_FILES = frozenset([PARAMS, METRICS, FOLDS, RECORD, "metadata.json"])
"""File names in a run's folder that no artifact takes."""

_LONGEST = 500
_FLAT = frozenset([*PERFORMANCE, "training_duration", "training_data_size"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentMetadata:
    """What is said of an experiment before it runs.

    `data_version` becomes the data of a registered version's lineage; `git_commit` is found out
    where it is not said.

    >>> ExperimentMetadata(name="xgboost-v3", tags=["fraud"], data_version="v2024-01").tags
    ['fraud']
    """

    name: str
    description: str = ""
    tags: Iterable[str] = ()
    git_commit: str | None = None
    data_version: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark and when it was made."""

    at: Timestamp
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAs:
    """A version that was registered from the run."""

    model: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The record of one run. `run` is its folder's name: `name`, or with `-2`, `-3`, … behind it.

    `model` is the registered name that its saved model belongs to, `model_files` the names of
    that model's files in the folder, `requirements` the distributions it needs, `error` why the
    run failed.
    """

    name: str
    run: str
    status: Status
    increment: str
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    error: str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    author: str | None = None
    data_version: str | None = None
    git: GitFact | None = None
    model: str | None = None
    model_files: tuple[str, ...] = ()
    framework: str | None = None
    python_version: str | None = None
    requirements: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    registered: tuple[RegisteredAs, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What a run set and measured. `folds` are metrics per cross-validation fold."""

    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    folds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def parse_experiment_name(text: object) -> str:
    """Check a name that becomes a folder; raises `UsageError`.

    >>> parse_experiment_name("exp-003-xgboost")
    'exp-003-xgboost'
    >>> parse_experiment_name("../0001-other")
    Traceback (most recent call last):
    swreg.errors.UsageError: '../0001-other' is no experiment name; use letters, digits, '.', \
'-' and '_' (at most 100, starting and ending with a letter or digit)
    """
    if not isinstance(text, str) or not _is_folder_name(text):
        raise UsageError(
            f"{visible(str(text))[:80]!r} is no experiment name",
            "use letters, digits, '.', '-' and '_' (at most 100, starting and ending with a letter "
            "or digit)",
        )
    return text


def _is_folder_name(text: str) -> bool:
    """What may be a model's name may be a run's, and upper case as well."""
    try:
        return text.isascii() and bool(parse_name(text.lower()))
    except UsageError:
        return False


def parse_file_name(text: object) -> str:
    """Check the name of an artifact: one file, no folders, none of our own; raises `UsageError`.

    >>> parse_file_name("confusion matrix.png")
    'confusion matrix.png'
    """
    name = text if isinstance(text, str) else ""
    bad = not name.strip(" .") or len(name) > 200 or visible(name) != name
    if bad or name.startswith(".") or any(mark in name for mark in '/\\:*?"<>|'):
        raise UsageError(
            f"{visible(str(text))[:80]!r} is no file name", "use one name like roc_curve.png"
        )
    if name.casefold() in OWN_FILES:
        raise UsageError(f"{name} is a name of swreg's own", "choose another name")
    return unicodedata.normalize("NFC", name)


def parse_status(text: object) -> Status:
    """The status that a text means; raises `UsageError` with those there are."""
    for status in STATUSES:
        if text == status:
            return status
    raise UsageError(f"{visible(str(text))[:80]!r} is no status", f"use {', '.join(STATUSES)}")


def params_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as plain data; `UsageError` names every one that cannot be kept.

    >>> params_of({"max_depth": 6, "layers": (64, 32)})
    {'max_depth': 6, 'layers': [64, 32]}
    """
    return _plain(given, "params")


def metrics_of(given: Mapping[str, Any]) -> dict[str, float]:
    """Metrics as finite numbers; `UsageError` names every one that is none.

    >>> metrics_of({"precision@10": 0.5, "rows": 7})
    {'precision@10': 0.5, 'rows': 7.0}
    >>> metrics_of({"loss": float("nan")})
    Traceback (most recent call last):
    swreg.errors.UsageError: metrics.loss: nan is no finite number; log numbers such as 0.87
    """
    data = _plain(given, "metrics", "log numbers such as 0.87")
    faults = [
        f"metrics.{key}: must be a number"
        for key, value in data.items()
        if isinstance(value, bool) or not isinstance(value, (int, float))
    ]
    if faults:
        raise UsageError("; ".join(faults), "log numbers such as 0.87")
    return {key: float(value) for key, value in data.items()}


def folds_of(name: str, values: Iterable[Any]) -> tuple[float, ...]:
    """One metric on every fold, in the order of the folds; at least two.

    >>> folds_of("accuracy", [0.81, 0.84])
    (0.81, 0.84)
    """
    listed = list(values)
    if len(listed) < 2:
        raise UsageError(f"{visible(name)} has {len(listed)} folds", "give one value for each fold")
    return tuple(metrics_of({f"{name}[{n}]": value for n, value in enumerate(listed)}).values())


def _plain(given: Mapping[str, Any], what: str, hint: str = "log plain values") -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise UsageError(f"{what} must be a mapping", 'write {"name": value, …}')
    faults: list[str] = []
    data: dict[str, Any] = plain(given, what, faults)
    if faults:
        raise UsageError("; ".join(faults[:5]), hint)
    return data


def one_line(error: BaseException) -> str:
    """What went wrong, on one line: the kind of the error and the start of its text.

    >>> one_line(ValueError("bad\\nrows"))
    'ValueError: bad rows'
    """
    text = " ".join(str(error).split())
    return visible(f"{type(error).__name__}: {text}" if text else type(error).__name__)[:_LONGEST]


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as lines of text, each once."""
    given = [tags] if isinstance(tags, str) else list(tags)
    return tuple(dict.fromkeys(plain_text(str(tag), kind="tag") for tag in given))


def foreign_run(raw: Mapping[str, Any], run: str, increment: str) -> Run:
    """What can be read of a record that swreg did not write: only keys that mean one thing.

    A status that is none of ours means that the run came to its end.

    >>> run = foreign_run({"status": "Failed", "model_name": "churn"}, "exp-001", "0042-churn")
    >>> run.name, run.status, run.model
    ('exp-001', 'failed', 'churn')
    """
    text = {key: value for key, value in raw.items() if isinstance(value, str) and value.strip()}
    status = text.get("status", "completed").strip().lower()
    commit = text.get("git_commit")
    return Run(
        name=text.get("name", run),
        run=run,
        status=next((one for one in STATUSES if one == status), "completed"),
        increment=increment,
        author=text.get("author"),
        data_version=text.get("data_version"),
        git=GitFact(commit=commit) if commit else None,
        model=text.get("model") or text.get("model_name"),
    )


def facts_for_version(run: Run, logged: Logged) -> dict[str, Any]:
    """What a run says of a version registered from it, as a caller's metadata.

    Metrics that we know stand at the top, as in the specification of a model, others in
    `metrics`; parameters are the hyperparameters.
    """
    known = {key: value for key, value in logged.metrics.items() if is_metric(key) or key in _FLAT}
    others = {key: value for key, value in logged.metrics.items() if key not in known}
    facts = {
        "experiment": run.run,
        "training_date": run.started_at[:10] if run.started_at else None,
        "training_data_version": run.data_version,
        "hyperparameters": dict(logged.params),
        "metrics": others,
        "metrics_folds": {name: list(values) for name, values in logged.folds.items()},
        "git": write(run.git) if run.git else None,
        "framework": run.framework,
        "python_version": run.python_version,
        **known,
    }
    return {key: value for key, value in facts.items() if value not in (None, {})}
