"""Set a repository up: configuration with comments, attributes, the living page, an increment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from swreg.docs.packaged import packaged
from swreg.operations.attributes import with_block
from swreg.operations.clone_config import merges_by_meaning, set_merge_driver
from swreg.operations.increment_files import increment_files, parse_increment
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.syncing import docs_page
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.layout import home_name
from swreg.storage.on_disk import differs
from swreg.storage.source import parse_policy

COMMAND = "init"
SUBJECT = "chore(registry): set up the model registry"
POLICY = "model-registry.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """The repository's root, and which files were made or brought up to date."""

    root: str
    files: tuple[str, ...] = ()


def init(
    path: Path, *, increment: str | None = None, options: WriteOptions = WriteOptions()
) -> Outcome[SetUp]:
    """Set up what is missing, as one commit, and this clone's merge driver; again changes nothing.

    In a repository without SpecWeave `increment` names the first one, which is made; without it
    `NotReady` says how. What is there already stays as it is.
    """
    project = Project.open(path)
    if increment is None:
        project.require_layout()

    def decide(tx: Transaction) -> SetUp:
        tx.subject = SUBJECT
        _policy(tx)
        put_attributes(tx)
        _increment(tx, increment)
        _page(tx)
        _say_what_is_left(tx, increment)
        return SetUp(root=str(project.git.root), files=tuple(sorted(tx.files)))

    outcome = write(project, COMMAND, decide, options)
    if not options.dry_run and not merges_by_meaning(project.git):
        set_merge_driver(project.git)
    return replace(outcome, warnings=(*outcome.warnings, *_differing(project)))


def _differing(project: Project) -> list[str]:
    """What is set up in the history, and not, or otherwise, on disk."""
    layout = project.layout
    names = [layout.policy, layout.attributes, layout.docs_page]
    return [
        f"{name} on disk is not as committed; git restore -- {name} brings it back"
        for name in names
        if differs(project.git, project.tip, name)
    ]


def _policy(tx: Transaction) -> None:
    name = tx.project.layout.policy
    data = tx.source.read(name)
    if data is None:
        tx.put(name, packaged(POLICY).encode())
    else:
        parse_policy(data, name=name)


def put_attributes(tx: Transaction) -> bool:
    """Bring our block in `.specweave/.gitattributes` up to date; whether it was not."""
    name = tx.project.layout.attributes
    text = (tx.source.read(name) or b"").decode("utf-8", "surrogateescape")
    return tx.put(name, with_block(text).encode("utf-8", "surrogateescape"))


def _page(tx: Transaction) -> None:
    """A first page; one that is there is the business of sync-docs."""
    if tx.source.read(tx.project.layout.docs_page) is None:
        page, warnings = docs_page(tx.project, tx.source, tx.registry, tx.policy)
        tx.warnings += warnings
        tx.put(page.path, page.text.encode("utf-8", "surrogateescape"))


def _increment(tx: Transaction, word: str | None) -> None:
    homes = tx.project.increments()
    names = {home_name(home) for home in homes}
    if word is None or word in names | {name.partition("-")[0] for name in names}:
        return
    name = parse_increment(word, homes)
    files = increment_files(name, project=tx.project.git.root.name, at=tx.now)
    for file, data in files.items():
        tx.put(f"{tx.project.layout.increments}/{name}/{file}", data)


def _say_what_is_left(tx: Transaction, increment: str | None) -> None:
    if increment is None and not tx.project.increments():
        tx.warnings.append("there is no increment yet; swreg init --increment 0001-name makes one")
