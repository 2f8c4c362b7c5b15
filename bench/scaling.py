"""What a registry of many teams costs, and how many promotions a second its host can take.

Costs are measured on this machine with real pushes to a bare repository; the network and the
host's own work are assumptions, named in the table. `bench/contention.py` plays them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.contention import Costs, Landed, Load, simulate
from bench.measure import Case, Figures, bare_python, fixed, measure
from bench.projects import MODEL, SWREG, call, project, teams

ROUND_TRIP = 0.05  # seconds between a writer and the host
TRIPS = 5  # of one fetch or push over https: connection, its encryption, refs, the pack
HOST = 0.2  # seconds of a host's own work on one push: checks, hooks, replication
LOADS = ((0.1, 1), (1, 1), (1, 5), (1, 10), (10, 10), (10, 20), (10, 50), (10, 100))
MOST_WAIT = 10.0  # seconds; beyond it we advise to split


def scale(place: Path, rounds: int, full: bool) -> list[list[str]]:
    """Sizes, costs and the simulated load; with `full` of 1,000 teams with 100 models each."""
    catalogs = 1000 if full else 100
    repo = teams(project(place / "scale"), catalogs=catalogs, models=100)
    remote = place / "scale.git"
    call(repo, "git", "clone", "--quiet", "--bare", ".", str(remote))
    call(repo, "git", "remote", "add", "origin", str(remote))
    call(repo, "git", "push", "--quiet", "--set-upstream", "origin", "main")
    figures = measure(_cases(place, repo, remote), rounds=rounds)
    costs = _costs(figures)
    rows = [["", "figure"]]
    rows += [["models in the registry", f"{(catalogs - 1) * 100 + 1:,}"], *_sizes(repo)]
    for name, seconds in (
        ("registry-list of them all", figures.wall("list")),
        ("registry-list after the cache was deleted", figures.wall("cold")),
        ("registry-info of one model", figures.wall("info")),
        ("registry-promote of one", figures.wall("promote")),
        ("the same with --push to a bare repository on this disk", figures.wall("promote, push")),
        ("git fetch of another's promotion", figures.wall("fetch")),
    ):
        rows.append([name, f"{seconds * 1000:,.0f} ms"])
    assumed = f"{TRIPS} round trips of {ROUND_TRIP * 1000:.0f} ms, {HOST * 1000:.0f} ms in the host"
    rows.append([f"one promotion that nobody disturbs ({assumed})", f"{_alone(costs):.1f} s"])
    for rate, registries in LOADS:
        played = simulate(costs, Load(rate=rate, registries=registries, seconds=60 / rate**0.5))
        where = "one repository" if registries == 1 else f"{registries} repositories"
        rows.append([f"{rate:g} promotions a second in {where}", _said(played)])
    return rows


def _cases(place: Path, repo: Path, remote: Path) -> Sequence[Case]:
    other = place / "other"
    call(place, "git", "clone", "--quiet", str(remote), str(other))

    def forget(turn: int) -> None:
        for file in (repo / ".git" / "swreg").glob("index-*"):
            file.unlink()

    def promote(stage: str, *more: str) -> tuple[str, ...]:
        return (*SWREG, "registry-promote", MODEL, "v1.0.0", "--to", stage, *more)

    # In each round: a promotion that stays here, and one that brings both to the remote.
    return (
        bare_python(place),
        Case(name="list", command=fixed(*SWREG, "registry-list"), cwd=repo),
        Case(name="info", command=fixed(*SWREG, "registry-info", MODEL), cwd=repo),
        Case(name="cold", command=fixed(*SWREG, "registry-list"), cwd=repo, prepare=forget),
        Case(name="promote", command=fixed(*promote("staging")), cwd=repo),
        Case(
            name="promote, push",
            command=fixed(*promote("dev", "--push")),
            cwd=repo,
        ),
        Case(name="fetch", command=fixed("git", "fetch", "--quiet"), cwd=other),
    )


def _costs(figures: Figures) -> Costs:
    network = TRIPS * ROUND_TRIP
    push = max(0.0, figures.wall("promote, push") - figures.wall("promote"))
    decide = max(0.0, figures.wall("promote") - figures.wall("P"))
    return Costs(
        commit=figures.wall("promote"),
        decide=decide,
        fetch=figures.wall("fetch") + network,
        push=push + network,
        host=HOST,
    )


def _alone(costs: Costs) -> float:
    return costs.commit + costs.push + costs.host


def _sizes(repo: Path) -> list[list[str]]:
    def git(*words: str) -> str:
        return subprocess.run(
            ("git", *words), cwd=repo, capture_output=True, text=True, check=True
        ).stdout

    call(repo, "git", "gc", "--quiet")
    call(repo, *SWREG, "registry-list")
    entries = git("ls-tree", "-r", "--name-only", "HEAD").count("\n")
    packed = sum(file.stat().st_size for file in (repo / ".git" / "objects").rglob("*.pack"))
    cache = sum(file.stat().st_size for file in (repo / ".git" / "swreg").glob("index-*"))
    catalogs = sum(
        file.stat().st_size for file in (repo / ".specweave").rglob("model_catalog.yaml")
    )
    return [
        ["files in the tree", f"{entries:,}"],
        ["catalogs, as text", f"{catalogs / 1e6:,.0f} MB"],
        ["the same in git's pack (made-up models are much alike)", f"{packed / 1e6:,.1f} MB"],
        ["the derived cache of it", f"{cache / 1e6:,.0f} MB"],
    ]


def _said(played: Landed) -> str:
    waits = f"{played.median:.1f} s, the slowest percent {played.slowest_percent:.1f} s"
    said = f"{waits}, {played.pushes_each:.1f} pushes each"
    if played.given_up:
        total = len(played.waits) + played.given_up
        return f"overloaded: {played.given_up / total:.0%} give up; " + said
    return said if played.slowest_percent <= MOST_WAIT else f"too slow: {said}"


if __name__ == "__main__":
    sys.exit("run it as: python -m bench.run scale")
