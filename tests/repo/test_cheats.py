"""Ways to get round the registry's rules: each is refused, or reported by the id of a check.

A cheat is a function that does what somebody might do, on a registry that was in order; `base`
is its last good commit, as a pull request would be judged against it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from swreg.domain.entry import Approval, Deprecation
from swreg.domain.events import (
    ApprovedEvent,
    ArchivedEvent,
    Event,
    HoldLiftedEvent,
    PolicyChangedEvent,
    PromotedEvent,
    RegisteredEvent,
)
from swreg.domain.names import parse_reference
from swreg.domain.record import render
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import ApprovalPending, FactError, Held, PolicyRefused
from swreg.operations.approve import approve, reject
from swreg.operations.checking import check
from swreg.operations.promote import promote
from swreg.operations.register import register
from swreg.operations.retire import deprecate
from swreg.storage import catalog_yaml
from tests.repo.registry_world import (
    ADA,
    CATALOG,
    GRACE,
    HISTORY,
    HOME,
    LINEAGE,
    MODEL,
    POLICY_PATH,
    World,
    acting,
    build,
    environment,
)

V11, V12 = Version.parse("v1.1.0"), Version.parse("v1.2.0")
V10, V09, V08 = (Version.parse(text) for text in ("v1.0.0", "v0.9.0", "v0.8.0"))
LATER = Timestamp("2031-01-01T00:00:00Z")
CHEATS: list[Cheat] = []


@dataclass(frozen=True, kw_only=True)
class Cheat:
    """What somebody does, and the ids that give it away."""

    name: str
    act: Callable[[World], None]
    ids: frozenset[str]
    how: str = "range"


def cheat(
    *ids: str, how: str = "range"
) -> Callable[[Callable[[World], None]], Callable[..., None]]:
    """A line of the table: `how` is range, whole or staged."""

    def note(act: Callable[[World], None]) -> Callable[[World], None]:
        CHEATS.append(Cheat(name=act.__name__, act=act, ids=frozenset(ids), how=how))
        return act

    return note


def promoted(version: Version = V11, **facts: object) -> Event:
    """A promotion as swreg would tell it."""
    given = {
        "model": MODEL, "version": version, "from_": Stage.STAGING, "to": Stage.PRODUCTION,
        "replaces": V10, "traffic": 100, "actor": ADA, "at": LATER,
    }  # fmt: skip
    return PromotedEvent(**(given | facts))  # type: ignore[arg-type]


def approved(world: World, version: Version = V11, **facts: object) -> Event:
    """An approval as swreg would tell it."""
    given = {
        "model": MODEL, "version": version, "for_": Stage.PRODUCTION,
        "digest": world.model.versions[version].artifact.digest, "actor": GRACE, "at": LATER,
    }  # fmt: skip
    return ApprovedEvent(**(given | facts))  # type: ignore[arg-type]


# hand edits


@cheat("SWR201")
def edit_the_production_pointer(world: World) -> None:
    model = world.model
    world.put(replace(model, stages={Stage.PRODUCTION: V11}))
    world.commit()


@cheat("SWR201")
def add_an_approval_by_hand(world: World) -> None:
    digest = world.model.versions[V11].artifact.digest
    yes = Approval(by=GRACE, for_=Stage.PRODUCTION, at=LATER, digest=digest)
    world.put_entry("v1.1.0", approvals=(yes,))
    world.commit()


@cheat("SWR201")
def believe_a_git_trailer(world: World) -> None:
    world.put(replace(world.model, stages={Stage.PRODUCTION: V11}))
    world.commit(f"feat: ship it\n\nApproved-by: {GRACE}\nSwreg-Approved: yes\n")


@cheat("SWR201")
def take_a_hold_away(world: World) -> None:
    world.put_entry("v0.8.0", hold=None)
    world.commit()


@cheat("SWR201")
def take_a_version_out(world: World) -> None:
    versions = {key: one for key, one in world.model.versions.items() if key != V09}
    world.put(replace(world.model, versions=versions))
    world.commit()


@cheat("SWR201")
def delete_the_catalog(world: World) -> None:
    (world.path / CATALOG).unlink()
    world.commit()


@cheat("SWR201")
def rename_the_increment(world: World) -> None:
    world.git("mv", HOME, HOME.replace("0042-fraud-detection", "0043-better-name"))
    world.commit("chore: rename")


@cheat("SWR201", "SWR207")
def revert_the_promotion(world: World) -> None:
    world.git("revert", "--no-edit", world.head)


@cheat("SWR201", how="staged")
def edit_and_stage(world: World) -> None:
    world.put(replace(world.model, stages={Stage.PRODUCTION: V11}))
    world.git("add", "--all")


@cheat("SWR201", how="staged")
def switch_the_check_off_by_environment(world: World) -> None:
    for name in ("SWREG_SKIP", "SWREG_DISABLE", "SKIP", "SWREG_DRAFT", "SWREG_POLICY"):
        os.environ[name] = "swreg-check"
    edit_and_stage(world)


# forged records


@cheat("SWR204", "SWR201")
def forge_a_record_without_its_end(world: World) -> None:
    event = promoted()
    world.put(event.apply(world.model))
    world.commit(f"chore: ship\n\n{render(event).replace('Swreg-End', 'Swreg-Ende')}\n")


@cheat("SWR204")
def edit_a_record(world: World) -> None:
    world.git("commit", "--amend", "--quiet", "-m", world.git("log", "-1", "--format=%B").replace(
        "v1.1.0", "v1.2.0"))  # fmt: skip


@cheat("SWR203")
def forge_a_promotion_nobody_approved(world: World) -> None:
    world.forge(promoted())


@cheat("SWR205")
def forge_the_approval_of_somebody_else(world: World) -> None:
    world.forge(approved(world), promoted())


@cheat("SWR205")
def commit_with_the_approver_as_author(world: World) -> None:
    message = world.forge(approved(world), commit=False)
    world.git("add", "--all")
    world.git("commit", "--quiet", f"--author={GRACE}", "-m", message)


@cheat("SWR202")
def approve_other_bytes(world: World) -> None:
    with acting(GRACE):
        world.forge(approved(world, digest="sha256:" + "0" * 64))


@cheat("SWR203")
def move_an_approval_to_another_version(world: World) -> None:
    with acting(GRACE):
        approve(world.project, parse_reference(MODEL, "v1.1.0"), stage=Stage.PRODUCTION)
    promote(world.project, parse_reference(MODEL, "v1.2.0"), to=Stage.STAGING)
    world.forge(promoted(V12))


@cheat("SWR209")
def replay_an_old_record(world: World) -> None:
    old = world.git("log", "--format=%B", "--grep=Swreg-Event: approved", "-1")
    block = old[old.index("Swreg-Event") :]
    row = next(
        line for line in (world.path / HISTORY).read_text().splitlines() if "approved" in line
    )
    world.write(HISTORY, (world.path / HISTORY).read_text() + row + "\n")
    with acting(GRACE):
        world.commit(f"chore(registry): approve\n\n{block}\n")


@cheat("SWR209")
def use_a_signature_again(world: World) -> None:
    first = approved(world, signature="ssh:0123456789abcdef:AAAA")
    with acting(GRACE):
        world.forge(first)
        world.forge(replace(first, at=Timestamp("2031-01-02T00:00:00Z")))


@cheat("SWR206")
def tell_what_did_not_happen(world: World) -> None:
    world.commit(f"docs: words\n\n{render(promoted())}\n")


@cheat("SWR206")
def add_a_history_line(world: World) -> None:
    world.forge(approved(world), told=False)


@cheat("SWR202")
def promote_what_is_archived(world: World) -> None:
    world.forge(promoted(V09, from_=Stage.ARCHIVED))


@cheat("SWR202")
def promote_what_is_held(world: World) -> None:
    world.forge(promoted(V08, from_=Stage.ARCHIVED))


@cheat("SWR203")
def skip_staging(world: World) -> None:
    with acting(GRACE):
        world.forge(approved(world, V12))
    world.forge(promoted(V12, from_=Stage.DEV))


@cheat("SWR203")
def force_without_a_reason(world: World) -> None:
    with acting(GRACE):
        world.forge(approved(world, V12))
    world.forge(promoted(V12, from_=Stage.DEV, forced=True))


@cheat("SWR203")
def force_an_approval(world: World) -> None:
    world.forge(promoted(forced=True, reason="I am sure"))


@cheat("SWR202")
def archive_production_quietly(world: World) -> None:
    world.forge(
        ArchivedEvent(model=MODEL, version=V10, from_=Stage.PRODUCTION, actor=ADA, at=LATER)
    )


@cheat("SWR202")
def lift_no_hold(world: World) -> None:
    world.forge(HoldLiftedEvent(model=MODEL, version=V11, actor=ADA, at=LATER, reason="x"))


@cheat("SWR202")
def register_over_a_version(world: World) -> None:
    old = world.model.versions[V10]
    world.forge(
        RegisteredEvent(
            model=MODEL, version=V10, increment=old.registered.increment, actor=ADA, at=LATER,
            path=old.artifact.path, digest="sha256:0", content="sha256:0", size=1,
        )
    )  # fmt: skip


@cheat("SWR210")
def register_without_files(world: World) -> None:
    world.forge(
        RegisteredEvent(
            model=MODEL, version=Version.parse("v2.0.0"), increment="0042-fraud-detection",
            path="models/fraud-detection-v2.0.0", digest="sha256:0", content="sha256:0", size=1,
            actor=ADA, at=LATER,
        )
    )  # fmt: skip


@cheat("SWR224")
def date_back_by_environment(world: World) -> None:
    with environment(GIT_COMMITTER_DATE="2019-01-01T00:00:00Z"):
        promote(world.project, parse_reference(MODEL, "v1.2.0"), to=Stage.STAGING)


@cheat("SWR223")
def name_somebody_else(world: World) -> None:
    world.forge(promoted(V12, from_=Stage.DEV, to=Stage.STAGING, replaces=V11, traffic=10,
                         actor="Linus <linus@example.org>"))  # fmt: skip


@cheat("SWR203", how="staged")
def point_the_draft_at_a_forgery(world: World) -> None:
    base = world.head
    forged = world.forge(promoted())
    world.git("update-ref", "SWREG_DRAFT", forged)
    world.git("reset", "--quiet", "--soft", base)


# bytes


@cheat("SWR210")
def swap_the_model(world: World) -> None:
    world.write(f"{HOME}/models/fraud-detection-v1.1.0/model.bin", "another model")
    world.commit()


@cheat("SWR210")
def polish_a_metric(world: World) -> None:
    path = f"{HOME}/models/fraud-detection-v1.1.0/metadata.json"
    world.edit(path, '"accuracy": 0.8', '"accuracy": 0.99')
    world.commit()


@cheat("SWR201")
def swap_bytes_and_digest_after_approval(world: World) -> None:
    with acting(GRACE):
        approve(world.project, parse_reference(MODEL, "v1.1.0"), stage=Stage.PRODUCTION)
    artifact = world.model.versions[V11].artifact
    world.put_entry("v1.1.0", artifact=replace(artifact, digest="sha256:" + "1" * 64))
    world.commit()


@cheat("SWR211")
def leave_a_pointer(world: World) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n"
    world.write(f"{HOME}/models/fraud-detection-v1.1.0/model.bin", pointer)
    world.commit()


@cheat("SWR212", "SWR210")
def link_the_model_folder(world: World) -> None:
    folder = world.path / HOME / "models/fraud-detection-v1.1.0"
    shutil.rmtree(folder)
    folder.symlink_to("fraud-detection-v1.0.0")
    world.commit()


@cheat("SWR212")
def link_the_catalog(world: World) -> None:
    shutil.move(world.path / CATALOG, world.path / "elsewhere.yaml")
    (world.path / CATALOG).symlink_to("../../../../elsewhere.yaml")
    world.commit()


@cheat("SWR201")
def declare_another_signature(world: World) -> None:
    world.write(f"{HOME}/models/fraud-detection-v1.1.0/signature.json", '{"schema": 1}\n')
    world.commit()


@cheat("SWR215")
def rewrite_the_origin(world: World) -> None:
    world.edit(LINEAGE, "data:d1", "data:d2")
    world.commit()


# history


@cheat("SWR207")
def take_a_history_line_out(world: World) -> None:
    lines = (world.path / HISTORY).read_text().splitlines(keepends=True)
    world.write(HISTORY, "".join(lines[:-2] + lines[-1:]))
    world.commit()


@cheat("SWR207", "SWR204")
def edit_a_history_line(world: World) -> None:
    world.edit(HISTORY, "too many alarms", "planned")
    world.commit()


@cheat("SWR201", "SWR206")
def amend_the_record_away(world: World) -> None:
    promote(world.project, parse_reference(MODEL, "v1.2.0"), to=Stage.STAGING)
    world.git("commit", "--amend", "--quiet", "-m", "feat: ship it")
    world.edit(CATALOG, 'staging: "v1.2.0"', 'staging: "v1.1.0"')
    world.commit()


@cheat("SWR206")
def squash_a_rejection_away(world: World) -> None:
    base = world.head
    reference = parse_reference(MODEL, "v1.1.0")
    with acting(GRACE):
        approve(world.project, reference, stage=Stage.PRODUCTION)
        message = world.git("log", "-1", "--format=%B")
        reject(world.project, reference, stage=Stage.PRODUCTION, reason="leaks")
        world.git("reset", "--quiet", "--soft", base)
        world.git("commit", "--quiet", "-m", message)


@cheat("SWR219")
def force_the_branch_back(world: World) -> None:
    check(world.project)
    world.git("reset", "--quiet", "--hard", "HEAD~1")


@cheat("SWR219", how="whole")
def rewrite_and_go_on(world: World) -> None:
    check(world.project)
    world.git("reset", "--quiet", "--hard", "HEAD~2")
    promote(world.project, parse_reference(MODEL, "v1.2.0"), to=Stage.STAGING)


# merges


@cheat("SWR220")
def slip_a_change_into_a_merge(world: World) -> None:
    _side_branch(world)
    world.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    world.put(replace(world.model, stages={Stage.PRODUCTION: V12}))
    world.commit("Merge branch 'side'")


@cheat("SWR220", "SWR207")
def merge_and_keep_only_ours(world: World) -> None:
    _side_branch(world)
    world.git("merge", "--quiet", "--no-ff", "-s", "ours", "-m", "Merge branch 'side'", "side")


def _side_branch(world: World) -> None:
    """A deprecation on a side branch, and a change of another kind on main."""
    world.git("switch", "--quiet", "-c", "side")
    deprecate(world.project, parse_reference(MODEL, "v1.1.0"), reason="leaks")
    world.git("switch", "--quiet", "main")
    world.write("notes.md", "words\n")
    world.commit("docs: words")


@cheat("SWR203")
def promote_on_an_older_checkout(world: World) -> None:
    world.git("switch", "--quiet", "-c", "old", "HEAD~1")
    (world.path / POLICY_PATH).unlink()
    world.commit("chore: as it was before the rules")
    reference = parse_reference(MODEL, "v1.1.0")
    promote(world.project, reference, to=Stage.STAGING)
    promote(world.project, reference, to=Stage.PRODUCTION)
    world.git("switch", "--quiet", "main")
    world.git("merge", "--quiet", "-X", "theirs", "--no-ff", "-m", "Merge", "old", ok=False)


# policy


@cheat("SWR203", "SWR217")
def relax_the_policy_in_the_same_pull_request(world: World) -> None:
    world.edit(POLICY_PATH, "required: true", "required: false")
    world.commit("chore: simplify")
    promote(world.project, parse_reference(MODEL, "v1.1.0"), to=Stage.PRODUCTION)


@cheat("SWR203", "SWR218")
def relax_the_policy_with_a_record(world: World) -> None:
    world.edit(POLICY_PATH, "required: true", "required: false")
    _policy_record(world)
    promote(world.project, parse_reference(MODEL, "v1.1.0"), to=Stage.PRODUCTION)


@cheat("SWR203", "SWR217")
def lower_the_floor(world: World) -> None:
    world.edit(POLICY_PATH, "minimum: 0.5", "minimum: 0.1")
    world.commit()
    artifact = world.path.parent / "worse.bin"
    artifact.write_bytes(b"worse")
    register(world.project, MODEL, artifact=artifact, version="v1.3.0", increment="0042",
             metadata={"accuracy": 0.2})  # fmt: skip
    reference = parse_reference(MODEL, "v1.3.0")
    promote(world.project, reference, to=Stage.STAGING)
    with acting(GRACE):
        approve(world.project, reference)
    promote(world.project, reference, to=Stage.PRODUCTION)


@cheat("SWR217")
def delete_the_policy(world: World) -> None:
    (world.path / POLICY_PATH).unlink()
    world.commit()


@cheat("SWR217", "SWR203")
def make_oneself_an_approver(world: World) -> None:
    world.edit(POLICY_PATH, '["grace@example.org"]', '["grace@example.org", "eve@example.org"]')
    world.commit()
    with acting("Eve <eve@example.org>"):
        approve(world.project, parse_reference(MODEL, "v1.1.0"), stage=Stage.PRODUCTION)
    promote(world.project, parse_reference(MODEL, "v1.1.0"), to=Stage.PRODUCTION)


@cheat("SWR221")
def break_the_policy(world: World) -> None:
    world.write(POLICY_PATH, "stages: {production: {aproval: {}}}\n")
    world.commit()


@cheat("SWR221")
def break_the_catalog(world: World) -> None:
    world.edit(CATALOG, "models:\n", "models: &all\n")
    world.commit()


@cheat("SWR218")
def change_the_allowed_signers(world: World) -> None:
    world.write("signers", "eve@example.org ssh-ed25519 AAAA\n")
    world.commit()


def _policy_record(world: World) -> None:
    event = PolicyChangedEvent(what="no approvals", relaxes=True, actor=ADA, at=LATER)
    from swreg.domain.history_row import HEADER, row

    world.write(".specweave/model-registry.history.md", f"{HEADER}{row(event)}\n")
    world.commit(f"chore(registry): {event.summary()}\n\n{render(event)}\n")


# names and dates


@cheat("SWR213")
def copy_the_model_to_another_increment(world: World) -> None:
    other = HOME.replace("0042-fraud-detection", "0043-second")
    shutil.copytree(world.path / HOME / "registry", world.path / other / "registry")
    world.commit()


@cheat("SWR214")
def take_the_folders_of_another_model(world: World) -> None:
    catalog = world.catalog()
    twin = replace(world.model, name="fraud-detection", stages={}, versions={})
    world.write(CATALOG, catalog_yaml.dump(catalog.with_model(twin)))
    world.commit()


@cheat("SWR216")
def stay_in_production_after_the_end(world: World) -> None:
    deprecate(world.project, parse_reference(MODEL, "v1.0.0"), reason="old",
              end_of_life=date(2020, 1, 1))  # fmt: skip


@cheat("SWR201")
def give_it_a_longer_life_by_hand(world: World) -> None:
    stay_in_production_after_the_end(world)
    notice = world.model.versions[V10].deprecated
    assert isinstance(notice, Deprecation)
    world.put_entry("v1.0.0", deprecated=replace(notice, end_of_life=date(2099, 1, 1)))
    world.commit()


@pytest.fixture(scope="session")
def world_once(_pinned_session: None, tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("world") / "repo")


@pytest.fixture
def world(world_once: World, tmp_path: Path) -> World:
    shutil.copytree(world_once.path, tmp_path / "repo", symlinks=True)
    copy = World(tmp_path / "repo")
    copy.git("update-index", "-q", "--refresh")
    return copy


def test_a_registry_in_order_has_no_finding(world: World) -> None:
    outcome = check(world.project)
    assert (outcome.data.findings, outcome.exit_code) == ((), 0)


@pytest.mark.parametrize("one", CHEATS, ids=lambda one: one.name)
def test_a_cheat_is_found(one: Cheat, world: World) -> None:
    base, before = world.head, dict(os.environ)
    try:
        one.act(world)
        if one.how == "staged":
            outcome = check(world.project, staged=True)
        elif one.how == "whole":
            outcome = check(world.project)
        else:
            outcome = check(world.project, commit_range=f"{base}..HEAD")
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
    found = {finding.id for finding in outcome.data.findings}
    assert one.ids <= found, outcome.data.findings
    errors = [finding for finding in outcome.data.findings if finding.severity == "error"]
    assert outcome.exit_code == (4 if errors else 0)


def test_an_act_in_another_name_is_an_error_where_it_is_proposed(world: World) -> None:
    base = world.head
    name_somebody_else(world)
    ranged, whole = (
        next(one for one in outcome.data.findings if one.id == "SWR223")
        for outcome in (check(world.project, commit_range=f"{base}..HEAD"), check(world.project))
    )
    assert (ranged.severity, whole.severity) == ("error", "warning")


def test_there_are_enough_cheats() -> None:
    assert len(CHEATS) >= 30


# what the commands themselves refuse


def test_the_requester_does_not_approve_under_a_second_e_mail(world: World) -> None:
    world.edit(POLICY_PATH, 'required: true, approvers: ["grace@example.org"]', "required: true")
    world.commit()
    reference = parse_reference(MODEL, "v1.1.0")
    promote(world.project, reference, to=Stage.PRODUCTION)
    with acting("Ada Lovelace <ada@home.example>"), pytest.raises(PolicyRefused):
        approve(world.project, reference)


def test_the_requester_does_not_approve_on_behalf_of_an_approver(world: World) -> None:
    reference = parse_reference(MODEL, "v1.1.0")
    promote(world.project, reference, to=Stage.PRODUCTION)
    with pytest.raises(PolicyRefused):
        approve(world.project, reference, approver=GRACE)


def test_force_does_not_stand_for_an_approval(world: World) -> None:
    outcome = promote(
        world.project, parse_reference(MODEL, "v1.1.0"), to=Stage.PRODUCTION, force=True, reason="x"
    )
    assert isinstance(outcome.refusal, ApprovalPending)
    assert world.model.production == V10


def test_what_is_held_is_not_promoted(world: World) -> None:
    with pytest.raises(Held):
        promote(world.project, parse_reference(MODEL, "v0.8.0"), to=Stage.STAGING)


def test_a_rejection_takes_no_approval_from_what_is_live(world: World) -> None:
    with acting(GRACE), pytest.raises(FactError, match="is in production already"):
        reject(world.project, parse_reference(MODEL, "v1.0.0"), reason="too late")
