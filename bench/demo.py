"""The main job, for real: train two versions of a model and take them to production and back.

    make demo

Everything happens in a new folder, which is kept: `trained/` has what the training left,
`project/` is the git repository with the registry. The model is a classifier of breast tumours,
trained on the data set that scikit-learn bundles. Any command that fails ends the run with its
exit code.
"""

from __future__ import annotations

import json
import os
import pickle
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODEL = "tumour-screening-model"
INCREMENT = "0001-tumour-screening"
# A fresh machine has no identity, and a signing key would ask for its pass phrase.
GIT_SETTINGS = {
    "user.name": "Demo",
    "user.email": "demo@example.org",
    "commit.gpgsign": "false",
    "core.hooksPath": ".git/hooks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One training's result: the file with the model, and what was measured of it."""

    artifact: Path
    facts: Path


def environment() -> dict[str, str]:
    """Our own environment, with a PYTHONPATH that means the same in the project's folder."""
    given = os.environ.get("PYTHONPATH")
    if not given:
        return dict(os.environ)
    parts = (os.path.abspath(part) for part in given.split(os.pathsep))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(parts)}


def run(project: Path, *command: str) -> None:
    """Show a command as one would type it, run it in the project, show what it says."""
    print(f"\n$ {shlex.join(command)}", flush=True)
    program = [sys.executable, "-m", "swreg"] if command[0] == "swreg" else [command[0]]
    done = subprocess.run([*program, *command[1:]], cwd=project, env=environment(), check=False)
    if done.returncode:
        print(f"\ndemo: that command ended with exit code {done.returncode}", file=sys.stderr)
        print(f"demo: the repository is left as it is in {project}", file=sys.stderr)
        sys.exit(done.returncode)


def train(folder: Path, *, version: str, columns: int, experiment: str) -> Trained:
    """Train on the first `columns` features, measure on data held out, and write both files."""
    import sklearn
    from sklearn.datasets import load_breast_cancer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = load_breast_cancer()
    features = [str(name).replace(" ", "_") for name in data.feature_names[:columns]]
    x_train, x_test, y_train, y_test = train_test_split(
        data.data[:, :columns], data.target, test_size=0.3, random_state=7, stratify=data.target
    )
    started = time.perf_counter()
    settings = {"C": 1.0, "max_iter": 1000}
    model = make_pipeline(StandardScaler(), LogisticRegression(**settings)).fit(x_train, y_train)
    took = time.perf_counter() - started

    folder.mkdir(parents=True)
    artifact = folder / "model.pkl"
    artifact.write_bytes(pickle.dumps(model))
    facts = {
        "algorithm": "LogisticRegression",
        "framework": f"scikit-learn=={sklearn.__version__}",
        "python_version": platform.python_version(),
        "training_duration": f"{took * 1000:.0f}ms",
        "training_data_version": "wisconsin-1995",
        "training_data_size": f"{len(x_train)} rows",
        "feature_engineering_version": "v1",
        "experiment": experiment,
        "hyperparameters": settings,
        "features": features,
        "num_features": len(features),
        "model_size": f"{artifact.stat().st_size / 1000:.1f}kB",
        "owner": "screening@example.org",
        **measure(model, x_test, y_test),
    }
    path = folder / "facts.json"
    path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    shown = ("num_features", "accuracy", "recall", "roc_auc", "inference_latency_p50")
    print(f"trained {version}: " + ", ".join(f"{name} {facts[name]}" for name in shown))
    return Trained(artifact=artifact, facts=path)


def measure(model: Any, x_test: Any, y_test: Any) -> dict[str, float | str]:
    """Quality on the held-out rows, and the latency of one prediction (p50 and p95 of 400)."""
    from sklearn.metrics import (
        accuracy_score,
        f1_score,
        precision_score,
        recall_score,
        roc_auc_score,
    )

    guess = model.predict(x_test)
    laps = []
    for turn in range(400):
        row = x_test[turn % len(x_test)].reshape(1, -1)
        started = time.perf_counter()
        model.predict(row)
        laps.append((time.perf_counter() - started) * 1000)
    laps.sort()
    return {
        "accuracy": round(float(accuracy_score(y_test, guess)), 4),
        "precision": round(float(precision_score(y_test, guess)), 4),
        "recall": round(float(recall_score(y_test, guess)), 4),
        "roc_auc": round(float(roc_auc_score(y_test, model.predict_proba(x_test)[:, 1])), 4),
        "f1_score": round(float(f1_score(y_test, guess)), 4),
        "inference_latency_p50": f"{laps[200]:.3f}ms",
        "inference_latency_p95": f"{laps[380]:.3f}ms",
    }


def start_project(project: Path) -> None:
    """A git repository with one commit, as a project has before it meets the registry."""
    project.mkdir()
    run(project, "git", "init", "--quiet", "--initial-branch=main")
    for name, value in GIT_SETTINGS.items():
        subprocess.run(["git", "config", name, value], cwd=project, check=True)
    (project / "README.md").write_text("# Tumour screening\n", encoding="utf-8")
    run(project, "git", "add", "README.md")
    run(project, "git", "commit", "--quiet", "--message", "docs: start the project")


def register(project: Path, version: str, trained: Trained) -> None:
    """Register one trained version with everything that was measured of it."""
    run(
        project,
        *("swreg", "registry-register", MODEL, "--artifact", str(trained.artifact)),
        *("--version", version, "--metadata", str(trained.facts)),
    )


def promote(project: Path, version: str) -> None:
    """Take a version through staging into production."""
    for stage in ("staging", "production"):
        run(project, "swreg", "registry-promote", MODEL, version, "--to", stage)


def main() -> None:
    """The whole story, in order."""
    started = time.perf_counter()
    place = Path(tempfile.mkdtemp(prefix="swreg-demo-"))
    project = place / "project"
    first = train(
        place / "trained/v1.0.0", version="v1.0.0", columns=10, experiment="exp-001-means"
    )
    second = train(
        place / "trained/v1.1.0", version="v1.1.0", columns=30, experiment="exp-002-all-features"
    )
    start_project(project)
    run(project, "swreg", "init", "--increment", INCREMENT)
    register(project, "v1.0.0", first)
    promote(project, "v1.0.0")
    register(project, "v1.1.0", second)
    promote(project, "v1.1.0")
    run(project, "swreg", "registry-compare", MODEL, "v1.0.0", "v1.1.0")
    run(project, "swreg", "registry-list")
    run(project, "swreg", "registry-info", MODEL)
    reason = "the scanner of ward 3 does not deliver all 30 features yet"
    run(project, "swreg", "registry-rollback", MODEL, "--reason", reason)
    run(project, "swreg", "sync-docs", "update")
    run(project, "swreg", "registry-history", MODEL)
    run(project, "swreg", "sync-docs", "check")
    run(project, "git", "log", "--oneline")
    run(project, "git", "status", "--short")
    print(f"\nDone in {time.perf_counter() - started:.0f} s. The repository is yours: {project}")


if __name__ == "__main__":
    main()
