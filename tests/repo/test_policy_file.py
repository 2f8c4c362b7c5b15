"""The policy changed by calls: one commit, one event, and the team's comments where they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swreg.domain.events import PolicyChangedEvent
from swreg.domain.policy import TriggerRule
from swreg.domain.stage import Stage
from swreg.errors import NotFound, NotReady, SwregError, UsageError
from swreg.operations.policy_file import set_value, show_policy, unset_value
from swreg.operations.policy_rules import (
    drop_trigger,
    set_approval,
    set_tracked,
    set_transitions,
    set_triggers,
)
from swreg.operations.project import Project, reference
from swreg.operations.retire import tag
from swreg.operations.transaction import WriteOptions
from tests.conftest import Repo
from tests.registered import NAME, add

PATH = ".specweave/model-registry.yaml"
WRITTEN = """\
# What our team agreed on.
stages:
  production:   # the board decides
    approval:
      required: false # for now
gates: {max_age_days: 90} # days
"""


def project(repo: Repo) -> Project:
    return Project.open(repo.path)


def test_a_missing_file_is_made(repo: Repo) -> None:
    outcome = set_approval(project(repo), approvers=["ada@example.org", "Grace"])
    assert repo.status() == ""
    assert (repo.path / PATH).read_text(encoding="utf-8") == (
        "schema: 1\nstages:\n  production:\n    approval:\n      required: true\n"
        '      approvers: ["ada@example.org", "Grace"]\n'
    )
    (record,) = outcome.records
    assert isinstance(record.event, PolicyChangedEvent)
    assert not record.event.relaxes
    assert record.event.what == (
        'stages.production.approval.required = true; '
        'stages.production.approval.approvers = ["ada@example.org", "Grace"]'
    )  # fmt: skip
    history = (repo.path / ".specweave/model-registry.history.md").read_text(encoding="utf-8")
    assert "| policy-changed |" in history
    assert repo.git("log", "-1", "--format=%s").startswith("chore(registry): change the policy")


def test_every_other_byte_stays(repo: Repo) -> None:
    repo.write(PATH, WRITTEN)
    repo.commit("docs: policy", PATH)
    set_approval(project(repo), Stage.PRODUCTION, approvers=["ada@example.org"])
    set_transitions(project(repo), skip_staging=True, reason="a trial")
    set_value(project(repo), "gates.metrics.accuracy.minimum", "0.8")
    assert (repo.path / PATH).read_text(encoding="utf-8") == (
        "# What our team agreed on.\nstages:\n  production:   # the board decides\n"
        '    approval:\n      required: true # for now\n      approvers: ["ada@example.org"]\n'
        "gates: {max_age_days: 90, metrics: {accuracy: {minimum: 0.8}}} # days\n"
        "transitions:\n  skip_staging: true\n"
    )
    policy = show_policy(project(repo)).data
    assert policy.written
    assert policy.policy.transitions.skip_staging
    assert show_policy(project(repo), at="HEAD~3").data.policy.gates.max_age_days == 90
    assert show_policy(project(repo), at="HEAD~4").data.written is False


def test_relaxing_is_said_and_recorded(repo: Repo) -> None:
    set_approval(project(repo), approvers=["a@x.org", "b@x.org"], min_approvals=2)
    outcome = set_approval(project(repo), approvers=["a@x.org", "b@x.org"], min_approvals=1)
    (record,) = outcome.records
    assert isinstance(record.event, PolicyChangedEvent)
    assert record.event.relaxes
    assert outcome.data.relaxed == ("stages.production.approval: 1 instead of 2 are enough",)
    assert "relaxes the policy" in outcome.warnings[0]
    outcome = unset_value(project(repo), "stages.production", reason="nobody has time")
    assert outcome.data.relaxed == ("stages.production.approval: no longer required",)
    assert (repo.path / PATH).read_text(encoding="utf-8") == "schema: 1\n"


def test_what_says_so_already_makes_no_commit(repo: Repo) -> None:
    set_approval(project(repo), approvers=["a@x.org"])
    before = repo.head
    outcome = set_approval(project(repo), approvers=["a@x.org"])
    assert (outcome.commit, repo.head) == (None, before)
    assert outcome.warnings == ("the policy says so already",)
    assert unset_value(project(repo), "gates.ab_test").commit is None


def test_triggers_and_tracked_metrics(repo: Repo) -> None:
    rules = [
        TriggerRule(metric="error_rate", threshold=0.05, direction="above"),
        TriggerRule(metric="latency", threshold=200, direction="above"),
    ]
    set_triggers(project(repo), rules)
    looser = TriggerRule(metric="latency", threshold=300, direction="above")
    outcome = set_triggers(project(repo), [looser])
    assert outcome.data.relaxed == ("monitoring.triggers: the one on latency is gone or weaker",)
    assert project(repo).policy.monitoring.triggers == (rules[0], looser)
    set_tracked(project(repo), "fraud-detection-model", ["accuracy", "latency", "accuracy"])
    tracked = project(repo).policy.monitoring.tracked
    assert tracked == {"fraud-detection-model": ("accuracy", "latency")}
    outcome = set_triggers(project(repo), [looser], only=True)
    assert project(repo).policy.monitoring.triggers == (looser,)


def test_an_alert_and_a_rollback_on_one_metric_stand_side_by_side(repo: Repo) -> None:
    rolls = TriggerRule(metric="latency", threshold=300)
    tells = replace(rolls, threshold=200, mode="alert")
    middle = replace(rolls, threshold=100, aggregate="p50")
    for rule in (rolls, tells, middle):
        set_triggers(project(repo), [rule])
    assert project(repo).policy.monitoring.triggers == (rolls, tells, middle)
    # The usual aggregate of a latency is its p95, said or not.
    later = replace(rolls, threshold=250, aggregate="p95")
    set_triggers(project(repo), [later])
    assert project(repo).policy.monitoring.triggers == (later, tells, middle)
    outcome = drop_trigger(project(repo), replace(rolls, threshold=0))
    assert outcome.data.relaxed == ("monitoring.triggers: the one on latency is gone or weaker",)
    assert project(repo).policy.monitoring.triggers == (tells, middle)
    with pytest.raises(NotFound, match="no trigger of every model for latency"):
        drop_trigger(project(repo), rolls)


def test_a_dry_run_changes_nothing(repo: Repo) -> None:
    outcome = set_value(project(repo), "gates.ab_test", "true", options=WriteOptions(dry_run=True))
    assert outcome.data.changed == ("gates.ab_test = true",)
    assert not (repo.path / PATH).exists()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("gates.metrics.accuracy.minimum", "high", "must be a finite number"),
        ("gates.metric.accuracy", "1", "gates.metric: unknown key"),
        ("stages.prod.traffic", "1", "stages.prod: must be one of"),
        ("stages.production.approval.min_approvals", "0", "min_approvals must be at least 1"),
        ("stages.production.approval.approvers", "['']", "an approver is empty"),
        ("gates.max_age_days.x", "1", "must be a whole number"),
        ("schema", "2", "edit it by hand"),
        ("", "1", "is no key"),
        ('a."b', "1", "is no key"),
        ("gates.ab_test", "", "is empty"),
        ("gates.ab_test", "&x true", "anchors are not allowed"),
        ("gates.ab_test", "\x1b[31m", "special characters are not allowed"),
    ],
)
def test_what_is_no_policy_is_refused(repo: Repo, key: str, value: str, words: str) -> None:
    before = repo.head
    with pytest.raises(SwregError, match=words.replace("(", r"\(")):
        set_value(project(repo), key, value)
    assert (repo.head, repo.status()) == (before, "")


def test_rules_that_cannot_be_met_are_refused(repo: Repo) -> None:
    with pytest.raises(UsageError, match="dev needs no approval"):
        set_approval(project(repo), Stage.DEV, approvers=["a@x.org"])
    with pytest.raises(UsageError, match="only 1 distinct approvers"):
        set_approval(project(repo), approvers=["a@x.org", "A@X.org"], min_approvals=2)
    with pytest.raises(UsageError, match="no metrics"):
        set_tracked(project(repo), "fraud-detection-model", [])
    assert not (repo.path / PATH).exists()


def test_an_edit_under_way_is_not_swept_in(repo: Repo) -> None:
    repo.write(PATH, WRITTEN)
    with pytest.raises(NotReady, match="uncommitted edits"):
        set_transitions(project(repo), skip_staging=True)
    assert (repo.path / PATH).read_text(encoding="utf-8") == WRITTEN


def test_a_write_says_that_uncommitted_rules_do_not_hold(repo: Repo) -> None:
    add(repo.path, "v1.0.0")
    set_transitions(project(repo), skip_staging=True)
    said = (f"{PATH} has uncommitted edits; the committed policy is in force",)

    def warnings(*, dry_run: bool) -> tuple[str, ...]:
        options = WriteOptions(dry_run=dry_run)
        word = f"t{len(repo.head)}-{'dry' if dry_run else repo.head[:6]}"
        return tag(project(repo), reference(NAME, "v1.0.0"), add=(word,), options=options).warnings

    assert (warnings(dry_run=True), warnings(dry_run=False)) == ((), ())
    text = (repo.path / PATH).read_text(encoding="utf-8")
    repo.write(PATH, text.replace("\n", "\r\n"))
    assert warnings(dry_run=False) == ()
    repo.write(PATH, text.replace("true", "false"))
    assert (warnings(dry_run=True), warnings(dry_run=False)) == (said, said)
    (repo.path / PATH).unlink()
    assert warnings(dry_run=False) == said


def test_without_approvers_anybody_but_the_requester_may_approve(repo: Repo) -> None:
    set_approval(project(repo), approvers=[])
    rule = project(repo).policy.rule(Stage.PRODUCTION).approval
    assert (rule.required, rule.approvers) == (True, ())


def test_signers_that_are_not_committed_are_refused(repo: Repo) -> None:
    repo.write("signers", "grace@example.org ssh-ed25519 AAAA\n")
    before = repo.head
    with pytest.raises(UsageError, match="signers is not committed"):
        set_value(project(repo), "signing.allowed_signers", "signers")
    assert repo.head == before
    repo.commit("chore: signers", "signers")
    set_value(project(repo), "signing.allowed_signers", "signers")
    assert project(repo).policy.signing.allowed_signers == "signers"
