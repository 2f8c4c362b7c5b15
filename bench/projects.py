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
PER_CATALOG = 1000  # models
BEGAN = 1_700_000_000  # seconds; when the made-up history begins
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
    """Add copies of the one model until there are this many versions in all.

    A catalog holds at most a thousand models; from the second catalog on, the versions' files are
    left out, which no read of another version looks at.
    """
    home = repo / ".specweave" / "increments" / INCREMENT
    catalog = home / "registry" / "model_catalog.yaml"
    text = catalog.read_text(encoding="utf-8")
    block = text[text.index(f"  {MODEL}:") :]
    models = versions // VERSIONS
    folders = sorted((home / "models").glob(f"{SLUG}-v*"))
    for number in range(1, min(models, PER_CATALOG)):
        slug = f"bench-{number:04}"
        text += block.replace(SLUG, slug)
        for folder in folders:
            copy = folder.with_name(folder.name.replace(SLUG, slug))
            shutil.copytree(folder, copy)
            facts = copy / "metadata.json"
            facts.write_text(facts.read_text(encoding="utf-8").replace(SLUG, slug), "utf-8")
    catalog.write_text(text, encoding="utf-8")
    for start in range(PER_CATALOG, models, PER_CATALOG):
        increment = f"{start // PER_CATALOG + 1:04}-bench"
        numbers = range(start, min(start + PER_CATALOG, models))
        blocks = "".join(block.replace(SLUG, f"bench-{number:04}") for number in numbers)
        other = home.with_name(increment) / "registry" / "model_catalog.yaml"
        other.parent.mkdir(parents=True)
        other.write_text(f"schema: 1\nmodels:\n{blocks}".replace(INCREMENT, increment), "utf-8")
    commit_all(repo, f"chore: {versions} versions")
    return repo


def teams(repo: Path, *, catalogs: int, models: int) -> Path:
    """A project grown to so many catalogs, one for each team, of so many models of ten versions.

    Only the catalogs are multiplied: they are what reads and pushes of other models have to pass.
    """
    home = repo / ".specweave" / "increments" / INCREMENT
    text = (home / "registry" / "model_catalog.yaml").read_text(encoding="utf-8")
    block = text[text.index(f"  {MODEL}:") :]
    for team in range(1, catalogs):
        increment = f"{team + 1:04}-team"
        blocks = "".join(
            block.replace(SLUG, f"team-{team:04}-{number:03}") for number in range(models)
        )
        catalog = home.with_name(increment) / "registry" / "model_catalog.yaml"
        catalog.parent.mkdir(parents=True)
        catalog.write_text(f"schema: 1\nmodels:\n{blocks}".replace(INCREMENT, increment), "utf-8")
    commit_all(repo, f"chore: {catalogs} teams")
    return repo


def with_history(repo: Path, *, commits: int, events: int) -> Path:
    """Add commits that touch a file of the user's, and among them events of the one model.

    Each event is a record in a commit's message, and a change of a file in its increment: what
    reading the history looks at.
    """
    every = commits // events
    stream = subprocess.Popen(
        ("git", "fast-import", "--quiet", "--force"), cwd=repo, stdin=subprocess.PIPE
    )
    assert stream.stdin is not None
    for number in range(commits):
        ours = number % every == 0
        where = f".specweave/increments/{INCREMENT}/registry/bench.txt" if ours else "src/bench.txt"
        message = _event(number // every) if ours else f"feat: step {number}\n".encode()
        who = f"committer Bench <bench@example.org> {BEGAN + number * 60} +0000\n"
        start = "from refs/heads/main^0\n" if number == 0 else ""
        data = f"{number}\n".encode()
        stream.stdin.write(
            f"commit refs/heads/main\n{who}data {len(message)}\n".encode()
            + message
            + f"\n{start}M 100644 inline {where}\ndata {len(data)}\n".encode()
            + data
            + b"\n"
        )
    stream.stdin.close()
    if stream.wait():
        raise SystemExit("bench: git fast-import failed")
    call(repo, "git", "reset", "--quiet", "--hard")
    return repo


def _event(number: int) -> bytes:
    """The message of a commit that tagged a version."""
    from swreg.domain.events import TaggedEvent
    from swreg.domain.record import render
    from swreg.domain.shape import Timestamp
    from swreg.domain.version import Version

    event = TaggedEvent(
        model=MODEL,
        version=Version.parse(f"v1.{number % VERSIONS}.0"),
        actor="Bench <bench@example.org>",
        at=Timestamp("2024-01-20T14:00:00Z"),
        added=(f"t{number}",),
    )
    return f"chore(registry): {event.summary()}\n\n{render(event)}\n".encode()


def tagged(repo: Path, versions: int) -> Path:
    """A repository whose versions are annotated git tags, as GTO keeps them."""
    repo.mkdir()
    call(repo, "git", "init", "--quiet", "--initial-branch=main")
    call(repo, "git", "config", "user.name", "Bench")
    call(repo, "git", "config", "user.email", "bench@example.org")
    commit_all(repo, "chore: start")
    for number in range(versions):
        # Two versions of a model on one commit are refused by it.
        commit_all(repo, f"chore: version {number}")
        model, minor = divmod(number, VERSIONS)
        tag = f"bench-{model:04}@v1.{minor}.0"
        call(repo, "git", "tag", "--annotate", "--message", f"register {tag}", tag)
    return repo
