"""What Python can do, a command can do, and the other way round."""

from __future__ import annotations

from swreg.api.registry import ModelRegistry
from swreg.cli.commands_table import COMMANDS

# Each method of `ModelRegistry` and its command, by what somebody wants done.
PAIRS = {
    "register_model": "registry-register",
    "register": "registry-register",
    "version_model": "registry-version",
    "promote_model": "registry-promote",
    "promote_to_production": "registry-promote",
    "rollback": "registry-rollback",
    "rollback_to": "registry-rollback",
    "approve_model": "registry-approve",
    "reject_model": "registry-reject",
    "pending_requests": "registry-requests",
    "deprecate_model": "registry-deprecate",
    "archive_model": "registry-archive",
    "tag_model": "registry-tag",
    "get_version": "registry-info",
    "get_model": "registry-get",
    "get_model_by_date": "registry-get",
    "list_models": "registry-list",
    "history": "registry-history",
    "compare_models": "registry-compare",
    "get_lineage": "registry-lineage",
    "get_impact": "registry-lineage",
    "set_approval_required": "registry-policy",
    "set_auto_rollback_triggers": "monitor-trigger",
    "promote_to": "registry-copy",
    "set_model_signature": "registry-signature",
}
# Commands about the whole registry and its files, which are no questions to one model.
COMMAND_ONLY = {
    "registry-audit": "ModelGovernance.generate_audit_report",
    "registry-check": "it judges commits in hooks and pipelines",
    "registry-environments": "it shows how environments are set up",
    "registry-gc": "it frees what no version names",
    "registry-sync": "MLflowRegistry.sync",
    "registry-export": "it gives out whole registries",
    "registry-import": "it brings in whole registries of others",
    "registry-verify": "get_model verifies what it loads",
}


def test_every_method_has_its_command_and_every_command_its_method() -> None:
    methods = {name for name in dir(ModelRegistry) if not name.startswith("_")}
    assert methods == set(PAIRS)
    assert set(PAIRS.values()) <= set(COMMANDS)
    registry = {name for name in COMMANDS if name.startswith("registry-")}
    told = {name for name in PAIRS.values() if name.startswith("registry-")}
    assert registry == told | set(COMMAND_ONLY)
    assert told.isdisjoint(COMMAND_ONLY)
