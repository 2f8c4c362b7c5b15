"""Keep the living page in step with the registry: write it, compare it, or show it as of then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from swreg.docs import splice
from swreg.docs.page import Page, page_of
from swreg.docs.render import render
from swreg.domain.catalog import Found, Registry
from swreg.domain.events import MonitorSnapshotEvent
from swreg.domain.policy import Policy
from swreg.domain.version import Version
from swreg.errors import BrokenFile
from swreg.operations.evidence import facts_of
from swreg.operations.outcome import Outcome
from swreg.operations.past import home_events
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.layout import HISTORY
from swreg.storage.on_disk import differs
from swreg.storage.source import Revision

COMMAND = "sync-docs"
SUBJECT = "docs(registry): update the model registry page"
ALLOWED = "swreg.templates"
"""The key of the user's own git configuration that lets the repository's template be used."""
TITLE = "# Model Registry\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocsPage:
    """The page's path and whole text; `stale` names the sections that differ from the file."""

    path: str
    text: str
    stale: tuple[str, ...] = ()


def sync_docs(
    project: Project,
    *,
    check: bool = False,
    at: str | None = None,
    options: WriteOptions = WriteOptions(),
) -> Outcome[DocsPage]:
    """Write the page as one commit; with `check` only compare, with `at` only show it as of then.

    A stale page found by `check` is exit code 4. Where nothing changed there is no commit.
    """
    if check or at is not None:
        return _look(project, check=check, at=at)

    return write(project, COMMAND, write_page, options)


def write_page(tx: Transaction) -> DocsPage:
    """Bring the page in step with the registry within a transaction."""
    tx.project.require_layout()
    page, warnings = docs_page(tx.project, tx.source, tx.registry, tx.policy)
    tx.warnings += warnings
    tx.subject = SUBJECT
    tx.put(page.path, page.text.encode("utf-8", "surrogateescape"))
    return page


def _look(project: Project, *, check: bool, at: str | None) -> Outcome[DocsPage]:
    state = project.state(at)
    page, warnings = docs_page(project, state.source, state.registry, state.policy)
    drift = project.drift_warnings() if at is None else ()
    if at is None and differs(project.git, project.tip, page.path):
        drift += (f"{page.path} has uncommitted edits; this answer is from HEAD",)
    return Outcome(
        command=COMMAND,
        data=page,
        warnings=(*warnings, *drift),
        exit_code=4 if check and page.stale else 0,
    )


def docs_page(
    project: Project, source: Revision, registry: Registry, policy: Policy
) -> tuple[DocsPage, list[str]]:
    """The page as it should be by that state, and warnings."""
    path = project.layout.docs_page
    values = page_of(
        registry,
        _facts(project, source, registry),
        metric=policy.metrics.primary,
        monitored=_monitored(source, registry),
    )
    body, warnings = _render(project, source, values)
    data = source.read(path)
    parts = splice.split((data or TITLE.encode()).decode("utf-8", "surrogateescape"), name=path)
    text = splice.join(parts, body)
    if parts.edited:
        warnings.append(f"{path} was edited by hand between its markers")
    stale: tuple[str, ...] = ()
    if data is None:
        stale = (f"{path} is missing",)
    elif text.encode("utf-8", "surrogateescape") != data:
        stale = splice.stale(parts.body or "", body) or (f"{path}: the markers",)
    return DocsPage(path=path, text=text, stale=stale), warnings


def _facts(
    project: Project, source: Revision, registry: Registry
) -> dict[tuple[str, str, Version], dict[str, Any]]:
    found = [
        Found(home, model, version)
        for home, model in registry.models()
        for version in model.versions
    ]
    facts = facts_of(project, source, *found)
    return {
        (one.home, one.model.name, one.version): fact
        for one, fact in zip(found, facts, strict=True)
    }


def _monitored(source: Revision, registry: Registry) -> dict[tuple[str, str, Version], str]:
    """What the last committed snapshot saw of each version, with its day."""
    homes = list(dict.fromkeys(home for home, model in registry.models() if model.production))
    source.fetch(*(f"{home}/{HISTORY}" for home in homes))
    return {
        (home, event.model, event.version): f"{event.figures} (as of {event.at[:10]})"
        for home in homes
        for event in home_events(source, home)
        if isinstance(event, MonitorSnapshotEvent)
    }


def _render(project: Project, source: Revision, page: Page) -> tuple[str, list[str]]:
    """By the repository's own template where there is one and the user allows it, else by ours."""
    name = project.layout.docs_template
    template = source.read(name)
    if template is None:
        return render(page), []
    allowed = project.git.config(ALLOWED).get(ALLOWED, "").lower()
    if allowed not in ("true", "yes", "on", "1"):
        return render(page), [f"{name} is not used; git config {ALLOWED} true would allow it"]
    from swreg.docs.foreign import render_foreign

    try:
        text = template.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenFile(f"{name} is not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    return render_foreign(text, page, name=name), []
