"""The living page in a real repository: written, compared, shown as of then."""

from __future__ import annotations

from pathlib import Path

import pytest

from swreg.domain.events import MonitorSnapshotEvent
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.errors import BrokenFile, NotReady
from swreg.operations.project import Project
from swreg.operations.retire import deprecate
from swreg.operations.rollback import rollback
from swreg.operations.syncing import ALLOWED, DocsPage, sync_docs
from swreg.operations.transaction import Transaction, WriteOptions, write
from tests.conftest import Repo
from tests.registered import NAME, add

PAGE = ".specweave/docs/internal/architecture/model-registry.md"
TEMPLATE = ".specweave/templates/model-registry.md.j2"


def sync(repo: Repo, **how: object) -> tuple[DocsPage, str | None, int]:
    outcome = sync_docs(Project.open(repo.path), **how)  # type: ignore[arg-type]
    return outcome.data, outcome.commit, outcome.exit_code


@pytest.fixture
def live(repo: Repo) -> Repo:
    add(repo.path, "v3.0.0", Stage.PRODUCTION, accuracy=0.85)
    add(repo.path, "v3.1.0", Stage.PRODUCTION, accuracy=0.87, inference_latency_p50="35ms")
    return repo


def test_update_is_one_commit_with_its_own_subject_and_then_none(live: Repo) -> None:
    live.write("mine.txt", "untracked")
    before = live.head
    page, commit, code = sync(live)
    assert (commit, code) == (live.head, 0)
    assert live.git("rev-parse", "HEAD^") == before
    assert (
        live.git("log", "-1", "--format=%B") == "docs(registry): update the model registry page\n"
    )
    assert live.git("diff", "--name-only", "HEAD^", "HEAD") == PAGE
    assert live.status() == "?? mine.txt"
    text = (live.path / PAGE).read_text(encoding="utf-8")
    assert text == page.text
    assert "- Accuracy: 87%\n- Latency: 35ms (p50)\n" in text
    assert "1. Rollback to v3.0.0 (tested, stable" in text
    assert "| v3.0.0 | Archived | 0.85 |" in text
    assert sync(live)[1] is None
    assert sync(live, check=True)[2] == 0


def test_the_last_snapshot_of_what_is_live_is_on_the_page(live: Repo) -> None:
    assert "Monitored" not in sync(live)[0].text
    for version, figures in (
        ("v3.0.0", "latency p95 9 (1 samples)"),
        ("v3.1.0", "latency p95 50 (3 samples) over 1h"),
        ("v3.1.0", "latency p95 41.5 (30 samples) over 1h"),
    ):

        def seen(tx: Transaction, version: str = version, figures: str = figures) -> None:
            found = tx.find(parse_reference(NAME, version))
            event = MonitorSnapshotEvent(
                model=NAME, version=found.version, figures=figures, actor=tx.actor, at=tx.now
            )
            tx.apply_to(found, event)

        write(Project.open(live.path), "monitor-snapshot", seen)
    text = sync(live)[0].text
    lines = [line.replace("\\", "") for line in text.splitlines() if "Monitored" in line]
    (line,) = lines
    today = live.git("log", "-1", "--format=%cd", "--date=format:%Y-%m-%d")
    assert line == f"- Monitored: latency p95 41.5 (30 samples) over 1h (as of {today})"
    assert "- Latency: 35ms (p50)\n- Monitored: " in text
    assert sync(live)[1] is None


def test_check_names_what_is_stale_and_writes_nothing(live: Repo) -> None:
    page, _, code = sync(live, check=True)
    assert (page.stale, code) == ((f"{PAGE} is missing",), 4)
    sync(live)
    reference = parse_reference(NAME, "v3.0.0")
    deprecate(Project.open(live.path), reference, reason="Superseded by v3.x series")
    head = live.head
    page, commit, code = sync(live, check=True)
    assert (commit, code, live.head) == (None, 4, head)
    assert page.stale == ("Fraud Detection Model: Version History, Deprecations",)
    rollback(Project.open(live.path), parse_reference(NAME), reason="too many | false positives")
    assert "Fraud Detection Model: Current Production Model" in sync(live, check=True)[0].stale[0]
    sync(live)
    text = (live.path / PAGE).read_text(encoding="utf-8")
    assert "Held since" in text
    assert "too many &#124; false positives" in text
    assert "There is no earlier version to return to" in text


def test_text_of_yours_stays_and_edits_of_the_generated_part_are_told(live: Repo) -> None:
    sync(live)
    path = live.path / PAGE
    text = path.read_text(encoding="utf-8")
    path.write_text("Mine\n" + text.replace("87%", "99%") + "Tail\n", encoding="utf-8")
    live.commit("docs: by hand")
    outcome = sync_docs(Project.open(live.path))
    assert outcome.warnings == (f"{PAGE} was edited by hand between its markers",)
    assert path.read_text(encoding="utf-8") == f"Mine\n{text}Tail\n"


def test_uncommitted_edits_of_the_page_are_not_overwritten(live: Repo) -> None:
    sync(live)
    add(live.path, "v3.2.0")
    live.write(PAGE, "mine\n")
    with pytest.raises(NotReady, match="uncommitted edits"):
        sync(live)
    assert (live.path / PAGE).read_text(encoding="utf-8") == "mine\n"


def test_at_shows_the_page_of_then_and_writes_nothing(live: Repo) -> None:
    then = live.head
    rollback(Project.open(live.path), parse_reference(NAME), reason="drift")
    head = live.head
    page, commit, code = sync(live, at=then)
    assert (commit, code, live.head, live.status()) == (None, 0, head, "")
    assert "- Version: v3.1.0\n" in page.text
    assert "- Version: v3.0.0\n" in sync(live, at="HEAD")[0].text


def test_a_dry_run_and_another_branch(live: Repo) -> None:
    head = live.head
    page, commit, _ = sync(live, options=WriteOptions(dry_run=True))
    assert (commit, live.head) == (None, head)
    assert "v3.1.0" in page.text
    _, commit, _ = sync(live, options=WriteOptions(branch="docs/registry"))
    assert (live.git("rev-parse", "docs/registry"), live.head) == (commit, head)
    assert not (live.path / PAGE).exists()


def test_a_template_of_the_repository_needs_the_users_own_yes(live: Repo) -> None:
    live.write(TEMPLATE, "{% for m in page.models %}## {{ m.name }}\n{% endfor %}")
    live.commit("docs: a template of our own")
    outcome = sync_docs(Project.open(live.path))
    assert outcome.warnings == (
        f"{TEMPLATE} is not used; git config {ALLOWED} true would allow it",
    )
    assert "### Rollback Plan" in outcome.data.text
    live.git("config", ALLOWED, "true")
    outcome = sync_docs(Project.open(live.path))
    assert (outcome.warnings, outcome.commit) == ((), live.head)
    assert "\n## fraud-detection-model\n<!-- swreg:end" in outcome.data.text
    live.write(TEMPLATE, "fine\n{{ page.nothing }}")
    live.commit("docs: break it")
    with pytest.raises(BrokenFile, match=r"model-registry\.md\.j2: .*no attribute 'nothing'"):
        sync(live, check=True)
    (live.path / TEMPLATE).write_bytes(b"\xff")
    live.commit("docs: break it more")
    with pytest.raises(BrokenFile, match="not UTF-8"):
        sync(live)


def test_a_page_edited_on_disk_is_told(live: Repo) -> None:
    sync(live)
    text = (live.path / PAGE).read_text(encoding="utf-8")
    assert sync_docs(Project.open(live.path), check=True).warnings == ()
    live.write(PAGE, text.replace("Current", "Edited"))
    outcome = sync_docs(Project.open(live.path), check=True)
    assert outcome.warnings == (f"{PAGE} has uncommitted edits; this answer is from HEAD",)


def test_broken_markers_are_one_line(live: Repo) -> None:
    sync(live)
    text = (live.path / PAGE).read_text(encoding="utf-8")
    live.write(PAGE, text + text)
    live.commit("docs: twice")
    with pytest.raises(BrokenFile, match="markers of the generated part do not match"):
        sync(live)


def test_a_push_that_comes_late_renders_the_page_of_the_new_tip(live: Repo, tmp_path: Path) -> None:
    bare, other = tmp_path / "remote.git", Repo(tmp_path / "other")
    live.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    live.git("remote", "add", "origin", str(bare))
    live.git("push", "--quiet", "origin", "main")
    live.git("clone", "--quiet", str(bare), str(other.path))
    add(other.path, "v3.2.0", accuracy=0.9)
    other.git("push", "--quiet", "origin", "main")
    outcome = sync_docs(Project.open(live.path), options=WriteOptions(push=True))
    assert (outcome.exit_code, outcome.commit) == (0, live.head)
    assert live.git("ls-remote", "origin", "main").split()[0] == live.head
    assert live.git("rev-parse", "HEAD^") == other.head
    assert "| v3.2.0 | Dev | 0.9 |" in (live.path / PAGE).read_text(encoding="utf-8")
    assert live.status() == ""


def test_an_environment_has_a_page_of_its_own(live: Repo) -> None:
    project = Project.open(live.path, environment="staging")
    outcome = sync_docs(project)
    assert outcome.data.path == PAGE.replace(".md", "-staging.md")
    assert "No model is registered yet." in outcome.data.text
