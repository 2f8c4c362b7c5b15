"""Projects to measure in: a registry of any number of versions, a repository of any size.

One model with ten versions is registered by the command itself. Further models are copies of its
text and files under other names, committed at once: registering ten thousand one by one would take
longer than everything that is measured.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SWREG = (sys.executable, "-m", "swreg")
INCREMENT = "0001-bench"
VERSIONS = 10  # of each model
SLUG = "bench-0000"
MODEL = f"{SLUG}-model"
FACTS = "algorithm=none accuracy=0.87 recall=0.62 inference_latency_p50=35ms owner=bench"


def call(repo: Path, *command: str) -> None:
    """Run a command that builds; what it says is shown only when it fails."""
    run = subprocess.run(command, cwd=repo, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"bench: {' '.join(command)}\n{run.stdout}{run.stderr}")


def commit_all(repo: Path, message: str) -> None:
    """Commit whatever is there."""
    call(repo, "git", "add", "--all")
    call(repo, "git", "commit", "--quiet", "--allow-empty", "--message", message)


def project(repo: Path, *, files: int = 0) -> Path:
    """A new repository with this many files besides the registry, and one model of ten versions."""
    repo.mkdir(parents=True)
    call(repo, "git", "init", "--quiet", "--initial-branch=main")
    call(repo, "git", "config", "user.name", "Bench")
    call(repo, "git", "config", "user.email", "bench@example.org")
    for number in range(files):
        path = repo / "src" / f"{number // 100:03}" / f"{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {number}\n", encoding="utf-8")
    commit_all(repo, "chore: start")
    call(repo, *SWREG, "init", "--increment", INCREMENT)
    facts = [word for fact in FACTS.split() for word in ("--metadata", fact)]
    for minor in range(VERSIONS):
        artifact = repo.parent / f"{repo.name}-{minor}.bin"
        artifact.write_bytes(f"model {minor}".encode())
        words = ("--artifact", str(artifact), "--version", f"v1.{minor}.0")
        call(repo, *SWREG, "registry-register", MODEL, *words, *facts)
    return repo


def grow(repo: Path, versions: int) -> Path:
    """Add copies of the one model until there are this many versions in all."""
    home = repo / ".specweave" / "increments" / INCREMENT
    catalog = home / "registry" / "model_catalog.yaml"
    text = catalog.read_text(encoding="utf-8")
    block = text[text.index(f"  {MODEL}:") :]
    folders = sorted((home / "models").glob(f"{SLUG}-v*"))
    for number in range(1, versions // VERSIONS):
        slug = f"bench-{number:04}"
        text += block.replace(SLUG, slug)
        for folder in folders:
            copy = folder.with_name(folder.name.replace(SLUG, slug))
            shutil.copytree(folder, copy)
            facts = copy / "metadata.json"
            facts.write_text(facts.read_text(encoding="utf-8").replace(SLUG, slug), "utf-8")
    catalog.write_text(text, encoding="utf-8")
    commit_all(repo, f"chore: {versions} versions")
    return repo
