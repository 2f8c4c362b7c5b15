"""Any legal history passes the check; any single change of catalog, history or record is found."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swreg.domain.catalog import Catalog, Model
from swreg.domain.drift import differences, walk
from swreg.domain.drift_merge import merge_faults
from swreg.domain.entry import Approval
from swreg.domain.events import Event, fold
from swreg.domain.history_row import HEADER, row
from swreg.domain.record import render
from swreg.domain.stage import Stage
from swreg.errors import SwregError
from swreg.operations.checking import check
from swreg.operations.project import Project
from swreg.operations.transaction import message
from swreg.storage.catalog_yaml import dump
from swreg.storage.commit import Draft, NewFile, build
from tests.property.test_events import AT, VERSIONS, WHO, Wish, decided, wishes

HOME = ".specweave/increments/0042-x"
CATALOG, HISTORY = f"{HOME}/registry/model_catalog.yaml", f"{HOME}/registry/deployment_history.md"
POLICY = b"transitions: {skip_staging: true}\n"
# The versions of these histories have no files: what is under test here is the story alone.
FILES = {"SWR210", "SWR215"}

EMPTY = Model("m")

legal = st.lists(wishes, max_size=12)


def events_of(chosen: list[Wish], model: Model = EMPTY) -> list[Event]:
    """The events of the wishes that may come true, each told apart by its parent.

    The first versions are there from the start, so that most wishes mean something.
    """
    told: list[Event] = []
    for wish in [*(Wish("register", version, Stage.DEV) for version in VERSIONS[:3]), *chosen]:
        if wish.verb == "register" and wish.version in model.versions:
            continue
        try:
            event = replace(decided(model, wish), parent=f"{len(told):012x}")
            model = event.apply(model)
        except SwregError:
            continue
        told.append(event)
    return told


def nothing(model: Model, event: Event) -> tuple[()]:
    """A policy that lets everything through."""
    return ()


@given(legal)
def test_a_legal_history_has_no_fault(chosen: list[Wish]) -> None:
    events = events_of(chosen)
    model, faults = walk(Model("m"), events, nothing)
    assert faults == []
    assert model == fold(Model("m"), events)
    assert list(differences(model, fold(Model("m"), events))) == []


@given(legal, legal, legal)
def test_a_merge_is_one_side_where_only_one_side_moved(
    first: list[Wish], one: list[Wish], two: list[Wish]
) -> None:
    base = fold(Model("m"), events_of(first))
    ours, theirs = fold(base, events_of(one, base)), fold(base, events_of(two, base))
    assert list(merge_faults(base, (ours, base), ours)) == []
    assert list(merge_faults(base, (base, theirs), theirs)) == []
    if ours != base:
        assert list(merge_faults(base, (ours, base), base)) != []
    if theirs not in (base, ours):
        assert list(merge_faults(base, (ours, ours), theirs)) != []


@pytest.fixture(scope="module")
def project(_pinned_session: None, tmp_path_factory: pytest.TempPathFactory) -> Project:
    path = tmp_path_factory.mktemp("laws") / "repo"
    subprocess.run(["git", "init", "-q", "--initial-branch=main", str(path)], check=True)
    return Project.open(path)


class Story:
    """Commits on top of each other, made without a work tree."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.model, self.rows = Model("m"), HEADER
        self.base = self.tip = self.commit(
            "chore: rules", {".specweave/model-registry.yaml": POLICY}
        )

    def commit(self, text: str, files: dict[str, bytes]) -> str:
        held = {path: NewFile(data=data) for path, data in files.items()}
        base = getattr(self, "tip", None)
        draft = Draft(base=base, files=held, message=text, identity=WHO, date="1705759200 +0000")
        self.tip = build(self.project.git, draft)
        return self.tip

    def tell(self, event: Event, change: Callable[[str, str, str], tuple[str, str, str]]) -> None:
        """One event as one commit; `change` may bend catalog, history and message."""
        self.model = event.apply(self.model)
        self.rows += f"{row(event)}\n"
        catalog = dump(Catalog({"m": self.model})).decode()
        catalog, rows, text = change(catalog, self.rows, message([event]))
        self.commit(text, {CATALOG: catalog.encode(), HISTORY: rows.encode()})

    def found(self) -> set[str]:
        outcome = check(self.project, commit_range=f"{self.base}..{self.tip}")
        return {one.id for one in outcome.data.findings} - FILES


def as_it_is(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog, rows, text


REAL = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@REAL
@given(legal)
def test_a_legal_history_in_git_has_no_finding(project: Project, chosen: list[Wish]) -> None:
    story = Story(project)
    for event in events_of(chosen):
        story.tell(event, as_it_is)
    assert story.found() == set()


def _drop_last_row(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog, "".join(rows.splitlines(keepends=True)[:-1]), text


def _twice(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog, rows, f"{text}\n{text}"


def _no_record(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog, rows, text.splitlines()[0] + "\n"


def _other_actor(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog, rows, text.replace("Swreg-Actor: Ada", "Swreg-Actor: Eve")


def _other_row(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    head, _, last = rows.rstrip("\n").rpartition("\n")
    return catalog, f"{head}\n{last.replace('Ada', 'Eve')}\n", text


def _first_row(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog, rows.replace("Deployment history", "Deployment History"), text


def _other_tag(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog.replace('increment: "0042-x"', 'increment: "0043-x"', 1), rows, text


def _emptied(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return "schema: 1\nmodels: {}\n", rows, text


def _half(catalog: str, rows: str, text: str) -> tuple[str, str, str]:
    return catalog[: len(catalog) // 2], rows, text


MUTATIONS = [
    _drop_last_row, _twice, _no_record, _other_actor, _other_row, _first_row, _other_tag,
    _emptied, _half,
]  # fmt: skip


@REAL
@given(legal, st.data(), st.sampled_from(MUTATIONS))
def test_a_single_mutation_is_found(
    project: Project, chosen: list[Wish], data: st.DataObject,
    mutate: Callable[[str, str, str], tuple[str, str, str]],
) -> None:  # fmt: skip
    events = events_of(chosen)
    place = data.draw(st.integers(0, len(events) - 1), label="the commit that is bent")
    if mutate is _first_row:
        place = max(place, 1)
    story = Story(project)
    for number, event in enumerate(events):
        story.tell(event, mutate if number == place else as_it_is)
    assert story.found() != set()


@REAL
@given(legal, st.data())
def test_a_changed_fact_of_the_catalog_is_found(
    project: Project, chosen: list[Wish], data: st.DataObject
) -> None:
    events = events_of(chosen)
    model = fold(Model("m"), events)
    version = data.draw(st.sampled_from(sorted(model.versions)))
    entry = model.versions[version]
    yes = Approval(by=WHO, for_=Stage.PRODUCTION, at=AT, digest="d")
    bent = data.draw(
        st.sampled_from(
            [
                replace(entry, tags=(*entry.tags, "sly")),
                replace(entry, approvals=(*entry.approvals, yes)),
                replace(entry, artifact=replace(entry.artifact, digest="e")),
                replace(entry, registered=replace(entry.registered, by="Eve <eve@x.org>")),
                replace(entry, traffic=55),
            ]
        )
    )
    story = Story(project)
    for event in events:
        story.tell(event, as_it_is)
    story.commit("fix: typo", {CATALOG: dump(Catalog({"m": model.with_entry(version, bent)}))})
    assert "SWR201" in story.found()
    assert render(events[0])
