"""What MLflow costs beside git: round trips and time, against MLflow's own client doing the least.

`python -m bench.run mlflow`; it needs the test tools and a server (see tests/mlflow/servers.py),
so that it is no part of the default run. The plain client does what a careful user of MLflow would:
a run with facts and files and a version of it; for a stage an alias and a tag. It verifies nothing,
keeps no history and asks nobody.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.projects import MODEL, project

if TYPE_CHECKING:
    from tests.mlflow.proxy import Proxy

Rows = list[list[str]]
Work = Callable[[int], object]


def mlflow(place: Path, rounds: int, full: bool) -> Rows:
    """Registering and moving a version: git alone, git and MLflow, MLflow's client alone."""
    from tests.mlflow.proxy import proxied
    from tests.mlflow.servers import running, why_not

    reason = why_not("3")
    if reason:
        return [["", "not measured"], ["mlflow", reason]]
    with running("3", place / "mlflow") as server, proxied(server.uri) as proxy:
        cases = _cases(place, proxy)
        return _measured(cases, proxy, rounds)


def _cases(place: Path, proxy: Proxy) -> dict[str, Work]:
    from swreg import MLflowRegistry, ModelRegistry

    alone = ModelRegistry(path=project(place / "alone"))
    shown = MLflowRegistry(proxy.uri, path=project(place / "shown"))
    cases: dict[str, Work] = {}
    for name, registry in (("git alone", alone), ("git and MLflow", shown)):
        cases[f"register, {name}"] = _register(registry, place)
        cases[f"promote, {name}"] = _to_staging(registry)
        cases[f"read a version, {name}"] = _read(registry)
    return {**cases, **_plain(shown, place)}


def _register(registry: Any, place: Path) -> Work:
    def work(turn: int) -> None:
        artifact = place / "model.bin"
        artifact.write_bytes(f"weights {turn} {id(registry)}".encode() * 1000)
        registry.register_model(MODEL, artifact=artifact, version=f"v9.{turn}.0",
                                metadata={"accuracy": 0.9})  # fmt: skip

    return work


def _to_staging(registry: Any) -> Work:
    return lambda turn: registry.promote_model(MODEL, f"v9.{turn}.0", to_stage="staging")


def _read(registry: Any) -> Work:
    return lambda turn: registry.get_version(MODEL, f"v9.{turn}.0")


def _plain(shown: Any, place: Path) -> dict[str, Work]:
    """The same by MLflow's own client."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    uri = repr(shown).split("'")[1]
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("plain")
    experiment = client.create_experiment("plain")

    def register(turn: int) -> None:
        folder = place / "plain"
        folder.mkdir(exist_ok=True)
        for name in ("model.bin", "metadata.json"):
            (folder / name).write_bytes(f"weights {turn}".encode() * 1000)
        run = client.create_run(experiment).info.run_id
        client.log_batch(run, metrics=[Metric("accuracy", 0.9, 0, 0)])
        client.log_artifacts(run, str(folder), "model")
        tags = {"semver": f"1.{turn}.0"}
        client.create_model_version("plain", f"runs:/{run}/model", run_id=run, tags=tags)
        client.set_terminated(run)
        client.set_registered_model_alias("plain", "dev", str(turn + 1))

    def promote(turn: int) -> None:
        client.set_registered_model_alias("plain", "staging", str(turn + 1))
        client.set_model_version_tag("plain", str(turn + 1), "stage", "staging")

    return {"register, MLflow's client": register, "promote, MLflow's client": promote}


def _measured(cases: dict[str, Work], proxy: Proxy, rounds: int) -> Rows:
    times: dict[str, list[float]] = {name: [] for name in cases}
    calls: dict[str, list[int]] = {name: [] for name in cases}
    for turn in range(rounds + 1):
        for name, work in cases.items():
            proxy.clear()
            begin = time.perf_counter()
            work(turn)
            if turn:  # the first one fills caches and imports
                times[name].append(time.perf_counter() - begin)
                calls[name].append(len(proxy.calls))
    rows = [["", "ms", "round trips"]]
    for name in sorted(cases):
        took = f"{statistics.median(times[name]) * 1000:.0f}"
        rows.append([name, took, f"{statistics.median(calls[name]):.0f}"])
    return rows
