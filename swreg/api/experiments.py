"""`track_experiment`: what a training script sets, measures and leaves, kept as it goes."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swreg.api.version import ModelVersion, model_version
from swreg.api.words import a_stage, facts_or_none, open_project, signature_of, texts, value_of
from swreg.domain.experiment import (
    FOLDS,
    METRICS,
    PARAMS,
    ExperimentMetadata,
    RegisteredAs,
    Run,
    clean_tags,
    facts_for_version,
    folds_of,
    metrics_of,
    params_of,
    parse_file_name,
    parse_status,
)
from swreg.domain.experiment_text import report
from swreg.domain.names import parse_name, parse_reference
from swreg.domain.stage import Stage
from swreg.errors import UsageError
from swreg.operations.artifact_files import write_artifact
from swreg.operations.experiment import start
from swreg.operations.numbering import wish_of
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register import Registration
from swreg.operations.register_object import register_object
from swreg.operations.register_saved import register_saved
from swreg.operations.run_log import RunLog
from swreg.operations.saved_model import save_into
from swreg.operations.transaction import WriteOptions


class Experiment:
    """One run of an experiment; every call is on disk when it returns.

    `name` is the experiment's, `run` the name of this run's folder (with `-2`, `-3`, … behind it
    where the experiment ran before), `folder` where its files are, `params` and `metrics` what
    was logged. All of it works after the `with` block too, also after an exception.
    """

    def __init__(self, log: RunLog) -> None:
        self._log = log

    def __repr__(self) -> str:
        return f"<Experiment {self.run} ({self.status}) of {self.record.increment}>"

    @property
    def record(self) -> Run:
        """Everything in `metadata.yaml`."""
        return self._log.record

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def run(self) -> str:
        return self.record.run

    @property
    def folder(self) -> Path:
        return self._log.folder

    @property
    def status(self) -> str:
        """`running`, `completed`, `failed` or `cancelled`."""
        return self.record.status

    @property
    def params(self) -> dict[str, Any]:
        return dict(self._log.logged.params)

    @property
    def metrics(self) -> dict[str, float]:
        return dict(self._log.logged.metrics)

    def log_param(self, name: str, value: Any) -> None:
        """Keep one parameter: text, a number, a list or a mapping of those."""
        self.log_params({name: value})

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Keep parameters; one of the same name is replaced."""
        self._log.log(PARAMS, params=params_of(params))

    def log_metric(self, name: str, value: Any) -> None:
        """Keep one finite number under a name such as `accuracy` or `precision@10`."""
        self.log_metrics({name: value})

    def log_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Keep metrics; one of the same name is replaced. NaN and infinity are refused."""
        self._log.log(METRICS, metrics=metrics_of(metrics))

    def log_folds(self, name: str, values: Iterable[Any]) -> None:
        """Keep a metric on every fold of a cross-validation, in the order of the folds.

        Comparisons use it to test whether two versions differ. What stands for the whole, such as
        the mean, is logged with `log_metric`.
        """
        self._log.log(FOLDS, folds={name: folds_of(name, values)})

    def log_note(self, text: str) -> None:
        """Keep a remark with its time."""
        self._log.note(str(text))

    def add_tag(self, *tags: str) -> None:
        """Tag the run."""
        with self._log.lock:
            self._log.keep(tags=clean_tags((*self.record.tags, *tags)))

    def set_status(self, status: str) -> None:
        """Say how the run stands: `running`, `completed`, `failed` or `cancelled`."""
        self._log.keep(status=parse_status(status))

    def save_model(
        self, model: object, file_name: str = "model.pkl", *, register_as: str | None = None
    ) -> Path:
        """Keep the model: its pickle, and the framework's own format beside it where there is one.

        The last model saved is the run's. `swreg reconcile` registers it once the increment is
        completed, as `register_as` or under the increment's name. Returns the pickle's path.
        """
        name = parse_file_name(file_name)
        wanted = parse_name(register_as) if register_as is not None else self.record.model
        with self._log.lock, self._log.staging() as place:
            saved = save_into(model, self.folder, name, place=place)
            self._log.keep(
                model=wanted,
                model_files=saved.files,
                framework=saved.framework,
                requirements=saved.requirements,
                python_version=platform.python_version(),
            )
        return self.folder / name

    def save_artifact(self, name: str, *value: Any) -> Path:
        """Keep a value as a file of that name, or, without a value, a file that exists already.

        The suffix says how: `.json`, `.csv`, `.txt`, `.png`, `.npy`, `.pkl`; without one, `.pkl`.
        """
        if not value:
            return self.log_artifact(name)
        if len(value) > 1:
            raise UsageError("save_artifact takes a name and one value", "put them into a mapping")
        clean = parse_file_name(name)
        clean = clean if Path(clean).suffix else f"{clean}.pkl"
        with self._log.staging() as place:
            write_artifact(value[0], place / clean)
            return self._log.take(place / clean, clean)

    def log_artifact(self, path: str | Path) -> Path:
        """Keep a copy of a file or folder under its own name.

        A bare file name that the current folder does not have may be one in the run's own.
        """
        source = Path(path)
        name = parse_file_name(source.name)
        own = self.folder / name
        return self._log.take(source if source.exists() or str(path) != name else own, name)

    def save_report(self, name: str = "report.md") -> Path:
        """Write the run as a Markdown page into its folder."""
        return self.save_artifact(name, report(self.record, self._log.logged))

    def register_model(
        self,
        model: object = None,
        name: str | None = None,
        *,
        auto_version: bool = True,
        version: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        stage: str | Stage = "dev",
        tags: Iterable[str] = (),
        input_example: Any = None,
        signature: Mapping[str, Mapping[str, Any]] | None = None,
        allow_duplicate: bool = False,
        force: bool = False,
        reason: str = "",
        push: bool | None = None,
    ) -> ModelVersion:
        """Register a model with this run's parameters and metrics, in one commit.

        Without `model`, the one that `save_model` kept. Without `version` the number is worked
        out from what changed. `metadata` adds to what the run logged and wins over it. All else
        is as in `ModelRegistry.register_model`; nothing is half-registered after an exception.
        """
        if version is None and not auto_version:
            raise UsageError("auto_version=False needs a version", 'say version="v3.1.0"')
        if name is None and self.record.model is None:
            raise UsageError("which model is it?", 'say name="fraud-detection-model"')
        common: dict[str, Any] = {
            "version": str(version) if version is not None else None,
            "increment": self.record.increment,
            "stage": a_stage(stage),
            "tags": clean_tags(texts(tags, kind="tags")),
            "allow_duplicate": allow_duplicate,
            "force": force,
            "reason": reason,
        }
        sample = {"input_example": input_example, "signature": signature_of(signature)}
        with self._log.lock:
            facts = {
                **facts_for_version(self.record, self._log.logged),
                **(facts_or_none(metadata) or {}),
            }
            known, options = name or str(self.record.model), WriteOptions(push=push)
            if model is None:
                outcome = self._register_saved(known, facts, common, sample, options)
            else:
                outcome = register_object(
                    self._log.project, known, model, metadata=facts, options=options,
                    **common, **sample,
                )  # fmt: skip
            return self._registered(outcome)

    def _register_saved(
        self,
        name: str,
        facts: dict[str, Any],
        common: dict[str, Any],
        sample: dict[str, Any],
        options: WriteOptions,
    ) -> Outcome[Registration]:
        if any(value is not None for value in sample.values()):
            raise UsageError("a sample or a signature describes model=", "pass the model too")
        wish, files = wish_of(name, **common), self._log.model_files()
        return register_saved(
            self._log.project,
            wish,
            files,
            facts=facts,
            requirements=self.record.requirements,
            options=options,
        )

    def _registered(self, outcome: Outcome[Registration]) -> ModelVersion:
        for line in outcome.warnings:
            warnings.warn(line, stacklevel=3)
        seen = outcome.data.version
        one = RegisteredAs(model=seen.model, version=str(seen.version))
        self._log.keep(model=seen.model, registered=(*self.record.registered, one))
        value_of(outcome)
        project = Project(self._log.project.git, self._log.project.layout)
        found = project.find(parse_reference(seen.model, str(seen.version)), outcome.commit)
        return model_version(project, found, outcome.commit)


@contextmanager
def track_experiment(
    name: str | ExperimentMetadata,
    increment: str | None = None,
    path: str | Path | None = None,
) -> Iterator[Experiment]:
    """Track one run of an experiment, from the start of a `with` block to its end.

    The run's files are in `experiments/<name>/` of the increment, without `increment` of the
    active one, in the project of the current folder or of `path`. They are ordinary files of your
    work tree, committed by nobody but you. An exception marks the run failed and goes on; `exp`
    can be used after it.

    Raises `UsageError` for a bad name, `NotReady` where there is no project, `NotFound` or
    `Ambiguous` for the increment.
    """
    described = name if isinstance(name, ExperimentMetadata) else ExperimentMetadata(name=name)
    log = RunLog(*start(open_project(path), described, increment=increment))
    try:
        yield Experiment(log)
    except BaseException as error:
        log.end(error)
        raise
    log.end()
