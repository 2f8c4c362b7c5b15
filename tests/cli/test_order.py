"""`init`, `doctor` and `sync-docs`, as they are called and what they say."""

from __future__ import annotations

from tests.cli.conftest import Call
from tests.conftest import Repo

PAGE = ".specweave/docs/internal/architecture/model-registry.md"


def test_init_says_which_files_it_wrote_and_nothing_the_second_time(repo: Repo, call: Call) -> None:
    before = repo.head
    dry = call(repo, "init", "--dry-run")
    assert dry.code == 0
    assert f"would write {PAGE}\n" in dry.out
    assert repo.head == before
    said = call(repo, "init")
    assert said.code == 0
    assert f"wrote {PAGE}\n" in said.out
    assert f"commit {repo.head[:12]}\n" in said.out
    assert repo.status() == ""
    again = call(repo, "init").out
    assert again == f"repository {repo.path}\neverything is set up already\n"


def test_doctor_exits_4_until_it_is_mended(registry: Repo, call: Call) -> None:
    call(registry, "init")
    assert call(registry, "doctor").code == 0
    registry.git("config", "--unset", "merge.swreg-catalog.driver")
    sick = call(registry, "doctor")
    assert sick.code == 4
    assert "checks found something\n" in sick.out
    mended = call(registry, "doctor", "--fix")
    assert (mended.code, mended.out.splitlines()[-1]) == (0, "all is well")
    assert call(registry, "doctor", "--json").envelope["ok"] is True


def test_sync_docs_checks_writes_and_shows(registry: Repo, call: Call) -> None:
    stale = call(registry, "sync-docs", "check")
    assert stale.code == 4
    assert stale.out.startswith("stale: ")
    assert stale.out.endswith("run: swreg sync-docs update\n")
    dry = call(registry, "sync-docs", "--dry-run")
    assert dry.out.startswith(f"would write {PAGE}\n")
    assert call(registry, "sync-docs", "update").out == (
        f"wrote {PAGE}\ncommit {registry.head[:12]}\n"
    )
    assert call(registry, "sync-docs", "check").out == f"{PAGE} is current\n"
    assert call(registry, "sync-docs").out == f"{PAGE} is current\n"
    assert "Fraud Detection Model" in call(registry, "sync-docs", "--at", "HEAD~1").out
