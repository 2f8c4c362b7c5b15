"""The one write path: load the tip, decide, write one commit, compare-and-swap, follow up.

An operation hands over a function `decide(tx)`, which is called again, on the new state, each
time the race for the branch was lost. So it must do nothing but look at `tx` and tell it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from swreg.domain.catalog import Catalog, Found, Model, Registry
from swreg.domain.events import Event, fold
from swreg.domain.history_row import HEADER, row
from swreg.domain.names import Reference, slug
from swreg.domain.policy import Policy
from swreg.domain.record import Record, record_id, render
from swreg.errors import Contention, SwregError
from swreg.operations import following
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project, timestamp
from swreg.operations.target import Target, WriteOptions, require_idle, target_of
from swreg.storage import catalog_yaml, hooks
from swreg.storage.commit import Draft, NewFile, build, sign
from swreg.storage.committed import CommittedRegistry
from swreg.storage.files import disk_errors
from swreg.storage.git import Git
from swreg.storage.journal import recover
from swreg.storage.landing import Landing, LostRace, land, require_clean
from swreg.storage.layout import CATALOG, HISTORY, METADATA
from swreg.storage.lock import locked
from swreg.storage.source import Revision, load_policy

T = TypeVar("T")
_TRIES = 50
_YES = ("true", "yes", "on", "1")


class Transaction:
    """What a decision sees and says: state at the tip, then events and files."""

    def __init__(
        self, project: Project, base: str | None, *, dry_run: bool = False, in_step: bool = False
    ) -> None:
        """`in_step`: the work tree follows the branch that is written to."""
        self.project = project
        self.base = base
        self.dry_run = dry_run
        self.in_step = in_step
        self.actor, self._date = project.git.identity()
        self.now = timestamp(self._date)
        self.events: list[tuple[str | None, Event]] = []
        self.files: dict[str, NewFile] = {}
        self.models: dict[tuple[str, str], Model] = {}
        self.warnings: list[str] = []
        self.today = date.fromisoformat(self.now[:10])
        self.refusal: SwregError | None = None
        self.subject = ""
        self.headline = ""

    @cached_property
    def source(self) -> Revision:
        """The files of the branch's tip."""
        return Revision(self.project.git, self.base)

    @cached_property
    def policy(self) -> Policy:
        """The policy in force before the change."""
        return load_policy(self.source, self.project.layout, self.project.index)

    @cached_property
    def committed(self) -> CommittedRegistry:
        return self.project.committed(self.base)

    @cached_property
    def registry(self) -> Registry:
        """Every catalog at the tip."""
        return self.committed.load()

    def find(self, reference: Reference) -> Found:
        """The version that a reference means at the tip, as changed so far; one home only."""
        few = self._few(reference)
        registry = few if any(few.homes_of(name) for name in reference.wanted) else self.registry
        if not registry.catalogs:
            self.project.require_layout()
        for (home, _), model in self.models.items():
            registry = registry.with_model(home, model)
        found = registry.find(reference)
        registry.single_home(found.model.name)
        self._fetch(found)
        return found

    def _few(self, reference: Reference) -> Registry:
        """The models that a reference can mean; a broken catalog stops it where it may have them.

        A catalog that does not even hold the name's letters hides no second home of the model.
        """
        few = self.committed.load(reference.wanted, lenient=True)
        for home, fault in self.committed.broken.items():
            text = self.committed.text(home) or b""
            if not few.catalogs or any(slug(name).encode() in text for name in reference.wanted):
                raise fault
            self.warnings.append(f"{fault.what}; it says nothing of {reference.text}")
        return few

    def _fetch(self, found: Found) -> None:
        """Read what most decisions about a version look at."""
        facts = f"{found.home}/{found.entry.artifact.path}/{METADATA}"
        self.source.fetch(self.project.layout.policy, f"{found.home}/{HISTORY}", facts)

    def apply(self, home: str | None, model: Model | None, *events: Event) -> Model | None:
        """Let events happen to a model (None for what concerns no model); the model after."""
        parent = (self.base or "")[:12]
        events = tuple(replace(event, parent=parent) for event in events)
        self.events += [(home, event) for event in events]
        if model is None or home is None:
            return None
        model = fold(model, events)
        self.models[home, model.name] = model
        return model

    def apply_to(self, found: Found, *events: Event) -> Found:
        """Let events happen to the version that was found; the version after."""
        model = self.apply(found.home, found.model, *events)
        return replace(found, model=model or found.model)

    def put(self, path: str, data: bytes) -> bool:
        """Let a file hold these bytes; False, and nothing to do, where it does already."""
        if self.source.read(path) == data:
            return False
        self.files[path] = NewFile(data=data)
        return True

    @property
    def changed(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.events or self.files)

    @property
    def summary(self) -> str:
        """The change in one line: the events' `headline`, else what the last of them says.

        `subject` is the whole subject where only files change.
        """
        if not self.events:
            return self.subject
        return self.headline or self.events[-1][1].summary()

    def draft(self) -> Draft:
        """The commit that says all this."""
        homes = {home for home, _ in self.models}
        files = dict(self.files)
        for changed in sorted(homes):
            files[f"{changed}/{CATALOG}"] = NewFile(data=self._catalog(changed))
        histories: dict[str, list[str]] = {}
        for home, event in self.events:
            history = f"{home}/{HISTORY}" if home else self.project.layout.policy_history
            histories.setdefault(history, []).append(row(event))
        for history, rows in histories.items():
            files[history] = NewFile(data=self._history(history, rows))
        return Draft(
            base=self.base,
            files=dict(sorted(files.items())),
            message=message([event for _, event in self.events], self.summary),
            identity=self.actor,
            date=self._date,
        )

    def _catalog(self, home: str) -> bytes:
        names = {name: model for (at, name), model in self.models.items() if at == home}
        text = self.committed.spliced(home, names)
        if text is not None:
            return text
        before = self.committed.load().catalogs.get(home, Catalog())
        return catalog_yaml.dump(Catalog({**before.models, **names}))

    def _history(self, path: str, rows: list[str]) -> bytes:
        before = self.source.read(path) or HEADER.encode()
        if not before.endswith(b"\n"):
            before += b"\n"
        return before + ("\n".join(rows) + "\n").encode()


def message(events: list[Event], summary: str = "") -> str:
    """The commit message: a Conventional Commits subject, then every record.

    A change of files alone has no record; its whole subject is `summary`. Beside records it says
    what many of them come to; without it the last one speaks.
    """
    if not events:
        return f"{summary}\n"
    blocks = "\n\n".join(render(event) for event in events)
    return f"chore(registry): {summary or events[-1].summary()}\n\n{blocks}\n"


def write(
    project: Project,
    command: str,
    decide: Callable[[Transaction], T],
    options: WriteOptions = WriteOptions(),
) -> Outcome[T]:
    """Decide and commit; the outcome has the decision's own value as its data."""
    if options.dry_run:
        target = target_of(project, options)
        tx = Transaction(project, target.base, dry_run=True, in_step=_in_step(project.git, target))
        data = decide(tx)
        if tx.changed and tx.in_step:
            require_clean(project.git, tx.draft().files)
        told = outcome_of(command, tx, data, commit=None, dry_run=True)
        return replace(told, warnings=(*told.warnings, *project.policy_warnings()))
    project.git.forget()
    with disk_errors("write the registry"), locked(project.git.common_dir / "swreg" / "lock"):
        notes = recover(project.git)
        outcome = _write_locked(project, command, decide, options)
    if outcome.commit is not None:
        _run_hooks_after(project, options)
    edited = project.policy_warnings()
    outcome = replace(outcome, warnings=(*notes, *outcome.warnings, *edited))
    wanted = options.push if options.push is not None else project.policy.commit.push == "always"
    if wanted and outcome.commit is not None:
        from swreg.operations.pushing import push_outcome

        outcome = push_outcome(project, command, decide, options, outcome)
    return _tell(project, outcome, options)


def _tell(project: Project, outcome: Outcome[T], options: WriteOptions) -> Outcome[T]:
    """Let those know who want to hear of it; what stands in the way becomes a warning."""
    if outcome.commit is None or not outcome.records:
        return outcome
    outcome = following.follow(project, outcome)
    if not project.policy.notifications:
        return outcome
    from swreg.operations.announcing import announced

    return announced(project, outcome, options.stop)


def _run_hooks_after(project: Project, options: WriteOptions) -> None:
    """Run post-commit, which may run swreg, without the lock."""
    if options.branch is None and not project.git.bare:
        hooks.run_after(project.git, hooks.folder(project.git))


def _write_locked(
    project: Project, command: str, decide: Callable[[Transaction], T], options: WriteOptions
) -> Outcome[T]:
    for attempt in range(_TRIES):
        target = target_of(project, options)
        tx = Transaction(project, target.base, in_step=_in_step(project.git, target))
        data = decide(tx)
        if not tx.changed:
            return outcome_of(command, tx, data, commit=None)
        following.begin(project, tx.policy, tx.base)
        try:
            commit = commit_draft(project.git, target, tx.draft(), tx.summary)
        except LostRace:
            import random

            time.sleep(random.uniform(0, 0.01) * (attempt + 1))
            continue
        project.forget()
        if target.checked_out and project.layout.policy not in tx.files:
            project.policy = tx.policy  # the commit has the same file
        return outcome_of(command, tx, data, commit=commit)
    raise Contention(f"{target.ref} moved {_TRIES} times under our hands", "try again")


def commit_draft(git: Git, target: Target, draft: Draft, summary: str) -> str:
    """Make the commit and move the branch to it; the new commit's id. Raises `LostRace`."""
    in_step = _in_step(git, target)
    if in_step:
        require_clean(git, draft.files)
    commit = prepare(git, draft)
    landing = Landing(
        ref=target.ref,
        old=target.held,
        new=commit,
        files=draft.files,
        before=_before(git, draft),
        summary=summary,
    )
    land(git, landing, in_step=in_step)
    return commit


def _in_step(git: Git, target: Target) -> bool:
    """Whether the work tree follows the branch that is written to."""
    return target.checked_out and not git.bare


def prepare(git: Git, draft: Draft) -> str:
    """Build the commit, with hooks and signature as the user configured; no branch moves."""
    commit = build(git, draft)
    signed = git.settings.get("commit.gpgsign", "").lower() in _YES
    before = draft.message.encode("utf-8", "surrogateescape")
    text = before
    folder = hooks.folder(git)
    if hooks.present(folder):
        hooks.clear_leftovers(git)
        text = hooks.run_before(git, draft, commit, folder)
    if not signed and text == before:
        return commit
    tree = git.ask("reading the commit", "rev-parse", f"{commit}^{{tree}}").text
    return sign(git, draft, tree, message=text, signed=signed)


def _before(git: Git, draft: Draft) -> dict[str, str]:
    if draft.base is None:
        return dict.fromkeys(draft.files, "")
    items = {item.path: item.oid for item in git.list_tree(draft.base, *draft.files)}
    return {path: items.get(path, "") for path in draft.files}


def outcome_of(
    command: str, tx: Transaction, data: Any, *, commit: str | None, dry_run: bool = False
) -> Outcome[Any]:
    return Outcome(
        command=command,
        data=data,
        records=tuple(Record(event, record_id(event)) for _, event in tx.events),
        commit=commit,
        warnings=tuple(tx.warnings),
        dry_run=dry_run,
        refusal=tx.refusal,
        exit_code=tx.refusal.exit_code if tx.refusal else 0,
    )


__all__ = [
    "Target",
    "Transaction",
    "WriteOptions",
    "commit_draft",
    "message",
    "require_idle",
    "target_of",
    "write",
]
