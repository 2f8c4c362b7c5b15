"""The table of commands: help, dispatch, completion and the README's reference come from it.

A new command is one row here and one file in `commands/`, called like the command with `_` for
`-`. Nothing heavy is imported: completion reads this table before any framework is loaded.
"""

from __future__ import annotations

from typing import NamedTuple

READ = "Read the registry"
CHANGE = "Change the registry"
ORDER = "Keep it in order"
OPERATE = "Operate what is deployed"
GROUPS = (READ, CHANGE, OPERATE, ORDER)


class Command(NamedTuple):
    """One command: its name, one line of help without a full stop, and an example that works.

    `writes` says whether it may make a commit.
    """

    name: str
    group: str
    help: str
    example: str
    writes: bool = False

    @property
    def module(self) -> str:
        """The module that has its `command` function."""
        return f"swreg.cli.commands.{self.name.replace('-', '_')}"


_ROWS = (
    Command(
        "registry-list",
        READ,
        "List models and what is in which stage",
        "swreg registry-list --stage production",
    ),
    Command(
        "registry-info",
        READ,
        "Show everything about a model or one version",
        "swreg registry-info fraud-detection-model v3.1.0",
    ),
    Command(
        "registry-compare",
        READ,
        "Compare two versions of a model",
        "swreg registry-compare fraud-detection-model v3.0.0 v3.1.0",
    ),
    Command(
        "registry-lineage",
        READ,
        "Show where a version comes from, and what a change would touch",
        "swreg registry-lineage fraud-detection-model v3.1.0",
    ),
    Command(
        "registry-history",
        READ,
        "Show what happened, newest first",
        "swreg registry-history fraud-detection-model",
    ),
    Command(
        "registry-get",
        READ,
        "Copy the verified files of a version into a folder",
        "swreg registry-get fraud-detection-model --stage production --output served",
    ),
    Command(
        "registry-audit",
        READ,
        "Report deployments, decisions and their evidence",
        "swreg registry-audit fraud-detection-model --from 2024-01-01 --to 2024-01-31",
    ),
    Command(
        "registry-export",
        READ,
        "Give out the registry as JSON, a bill of materials, a model card, tags or to MLflow",
        "swreg registry-export json --output registry.json",
    ),
    Command(
        "registry-requests",
        READ,
        "List promotions that wait for approval",
        "swreg registry-requests",
    ),
    Command(
        "registry-register",
        CHANGE,
        "Register a file or folder as a new version",
        "swreg registry-register fraud-detection-model --artifact model.pkl "
        "--metadata accuracy=0.87",
        writes=True,
    ),
    Command(
        "registry-version",
        CHANGE,
        "Create the next major, minor or patch version",
        "swreg registry-version fraud-detection-model minor",
        writes=True,
    ),
    Command(
        "registry-promote",
        CHANGE,
        "Bring a version into a stage",
        "swreg registry-promote fraud-detection-model v3.1.0 --to production",
        writes=True,
    ),
    Command(
        "registry-rollback",
        CHANGE,
        "Bring production back to an older version",
        "swreg registry-rollback fraud-detection-model --to v3.0.0 "
        "--reason 'too many false positives'",
        writes=True,
    ),
    Command(
        "registry-approve",
        CHANGE,
        "Approve a version for a stage",
        "swreg registry-approve fraud-detection-model v3.1.0 --comment 'tested in staging'",
        writes=True,
    ),
    Command(
        "registry-reject",
        CHANGE,
        "Reject a requested promotion",
        "swreg registry-reject fraud-detection-model v3.1.0 --reason 'recall fell'",
        writes=True,
    ),
    Command(
        "registry-tag",
        CHANGE,
        "Put tags on a version or take them off",
        "swreg registry-tag fraud-detection-model v3.1.0 --add high-precision",
        writes=True,
    ),
    Command(
        "registry-deprecate",
        CHANGE,
        "Mark a version as one not to use any more",
        "swreg registry-deprecate fraud-detection-model v2.5.0 --end-of-life 2024-06-01 "
        "--reason 'superseded by v3'",
        writes=True,
    ),
    Command(
        "registry-archive",
        CHANGE,
        "Take a version out of the live stages",
        "swreg registry-archive fraud-detection-model v2.5.0",
        writes=True,
    ),
    Command(
        "registry-signature",
        CHANGE,
        "Declare what goes into a version and what comes out",
        "swreg registry-signature fraud-detection-model v3.1.0 --input amount=float "
        "--output risk_score=float",
        writes=True,
    ),
    Command(
        "reconcile",
        CHANGE,
        "Register the models that completed increments left behind",
        "swreg reconcile",
        writes=True,
    ),
    Command(
        "registry-sync",
        ORDER,
        "Put an MLflow server and git in step, in the direction you name",
        "swreg registry-sync mlflow --from git",
        writes=True,
    ),
    Command(
        "registry-copy",
        CHANGE,
        "Copy a version to another environment's registry",
        "swreg registry-copy fraud-detection-model v3.1.0 --to-env staging",
        writes=True,
    ),
    Command(
        "registry-import",
        CHANGE,
        "Bring in what another registry kept, with its history",
        "swreg registry-import flat old-models --dry-run",
        writes=True,
    ),
    Command(
        "registry-policy",
        CHANGE,
        "Show the rules in force, or change one",
        "swreg registry-policy set stages.production.approval.required true",
        writes=True,
    ),
    Command(
        "registry-environments",
        ORDER,
        "List the environments, or compare two of them",
        "swreg registry-environments dev staging",
    ),
    Command(
        "resolve",
        ORDER,
        "Merge catalogs that are in conflict by their meaning",
        "swreg resolve",
        writes=True,
    ),
    Command(
        "merge-driver",
        ORDER,
        "Merge a file of the registry; git runs this",
        "swreg merge-driver %O %A %B %P",
    ),
    Command(
        "registry-check",
        ORDER,
        "Hold history, catalogs and policy against each other",
        "swreg registry-check --range origin/main..HEAD",
    ),
    Command(
        "registry-verify",
        ORDER,
        "Hash the stored files of versions, and check signatures",
        "swreg registry-verify fraud-detection-model",
    ),
    Command(
        "store-check",
        ORDER,
        "Try out what the store of artifacts does and refuses",
        "swreg store-check s3://ml-models/registry",
    ),
    Command(
        "registry-gc",
        ORDER,
        "Free what lies in a store and no version names",
        "swreg registry-gc --dry-run",
        writes=True,
    ),
    Command(
        "monitor-status",
        OPERATE,
        "Show figures, their course, and how far triggers are",
        "swreg monitor-status --window 7d",
    ),
    Command(
        "monitor-check",
        OPERATE,
        "Judge what is in production once, and roll back where a trigger fires",
        "swreg monitor-check --dry-run",
        writes=True,
    ),
    Command(
        "monitor-watch",
        OPERATE,
        "Check again and again until stopped",
        "swreg monitor-watch --interval 30s",
        writes=True,
    ),
    Command(
        "monitor-record",
        OPERATE,
        "Record samples of how a model behaves",
        "swreg monitor-record fraud-detection-model latency 81.5",
    ),
    Command(
        "monitor-track",
        OPERATE,
        "Name the metrics of a model that are looked at",
        "swreg monitor-track fraud-detection-model error_rate latency",
        writes=True,
    ),
    Command(
        "monitor-trigger",
        OPERATE,
        "Set when production is rolled back by itself",
        "swreg monitor-trigger error_rate 0.05 --window 15m --min-samples 100",
        writes=True,
    ),
    Command(
        "monitor-snapshot",
        OPERATE,
        "Commit the figures of the last window",
        "swreg monitor-snapshot --window 24h",
        writes=True,
    ),
    Command(
        "monitor-export",
        OPERATE,
        "Write or serve the registry's state for Prometheus",
        "swreg monitor-export --output registry.prom",
    ),
    Command(
        "ab-start",
        OPERATE,
        "Start an A/B test of staging against production",
        "swreg ab-start fraud-detection-model --metric error_rate --split 0.1",
        writes=True,
    ),
    Command(
        "ab-assign",
        OPERATE,
        "Say which version a key gets",
        "swreg ab-assign fraud-detection-model user-17",
    ),
    Command(
        "ab-record",
        OPERATE,
        "Record the outcome of a key",
        "swreg ab-record fraud-detection-model user-17 0",
    ),
    Command(
        "ab-status",
        OPERATE,
        "Show what the running A/B test says",
        "swreg ab-status fraud-detection-model",
    ),
    Command(
        "ab-stop",
        OPERATE,
        "Decide the running A/B test",
        "swreg ab-stop fraud-detection-model --reason 'the week is over'",
        writes=True,
    ),
    Command(
        "init",
        ORDER,
        "Set a repository up for the registry",
        "swreg init --increment 0001-fraud-detection",
        writes=True,
    ),
    Command(
        "doctor",
        ORDER,
        "Look for what could make the registry fail",
        "swreg doctor --fix",
        writes=True,
    ),
    Command(
        "sync-docs",
        ORDER,
        "Write the living page of the models, or check that it is current",
        "swreg sync-docs update",
        writes=True,
    ),
    Command(
        "schema",
        ORDER,
        "Print the JSON Schema of a file format",
        "swreg schema catalog",
    ),
    Command(
        "install",
        ORDER,
        "Put commands, skill, hooks or completions where your tools look for them",
        "swreg install claude --dry-run",
    ),
    Command(
        "mcp",
        ORDER,
        "Serve the registry to agents over the Model Context Protocol",
        "swreg mcp",
    ),
    Command(
        "plugin",
        ORDER,
        "Print the folder of the Claude Code plugin that ships with swreg",
        "swreg plugin path",
    ),
    Command(
        "site",
        ORDER,
        "Build a static site of the registry",
        "swreg site build --out public",
    ),
    Command(
        "slash",
        ORDER,
        "Run a command whose arguments come as text on the input",
        "swreg slash registry-list",
    ),
)

COMMANDS: dict[str, Command] = {row.name: row for row in _ROWS}


def one_word(words: list[str]) -> list[str]:
    """The words with a command that was written as two in its one word.

    >>> one_word(["monitor", "check", "--dry-run"])
    ['monitor-check', '--dry-run']
    """
    if len(words) > 1 and words[0] not in COMMANDS and f"{words[0]}-{words[1]}" in COMMANDS:
        return [f"{words[0]}-{words[1]}", *words[2:]]
    return words


def family(word: str) -> list[Command]:
    """The commands whose name begins with the word: `monitor` has `monitor-check` and others."""
    return [row for row in COMMANDS.values() if row.name.startswith(f"{word}-")]
