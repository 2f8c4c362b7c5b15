"""The MCP server, through the SDK's own client over standard input and output."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from swreg.integrations.mcp_answers import output_schema
from swreg.integrations.mcp_tools import WRITES, tools
from tests.cli.conftest import MODEL, Call
from tests.conftest import ROOT, Repo

mcp = pytest.importorskip("mcp", reason="the package mcp is not installed")
jsonschema = pytest.importorskip("jsonschema")
pytestmark = pytest.mark.real


@pytest.fixture
def call_command(call: Call) -> Call:
    """The command line, under a name that leaves `call` to the tools."""
    return call


def talk(repo: Repo, *words: str, talking: Callable[[Any], Awaitable[Any]]) -> Any:
    """Start the server in a process of its own, and talk to it."""
    import os

    import anyio

    server = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "swreg", "mcp", "--repo", str(repo.path), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=repo.path,
    )

    async def run() -> Any:
        with anyio.fail_after(60):
            async with mcp.Client(server) as client:
                return await talking(client)

    return anyio.run(run)


def call(repo: Repo, wanted: str, /, *words: str, **arguments: Any) -> Any:
    """The result of one tool call, its structure held against the published schema."""

    async def talking(client: Any) -> Any:
        (tool,) = [one for one in (await client.list_tools()).tools if one.name == wanted] or [None]
        result = await client.call_tool(wanted, arguments)
        if tool is not None:
            jsonschema.validate(arguments, tool.input_schema)
            jsonschema.validate(result.structured_content, tool.output_schema)
        assert json.loads(result.content[0].text) == result.structured_content
        assert result.is_error == (not result.structured_content["ok"])
        return result.structured_content

    return talk(repo, *words, talking=talking)


def test_without_leave_there_are_only_reads(registry: Repo) -> None:
    async def talking(client: Any) -> Any:
        return (await client.list_tools()).tools

    found = talk(registry, talking=talking)
    assert {one.name for one in found} == set(tools(allow_writes=False))
    assert all(one.annotations.read_only_hint for one in found)
    assert {"registry_list", "registry_info", "registry_compare", "registry_history"} <= {
        one.name for one in found
    }
    before = registry.head
    said = call(registry, "registry_tag", name=MODEL, version="v3.0.0", add=["x"])
    assert (said["error"]["code"], registry.head) == ("not-found", before)


def test_reads_answer_with_the_envelope(registry: Repo) -> None:
    said = call(registry, "registry_info", name=MODEL)
    assert said["data"]["version"]["version"] == "v3.0.0"
    rows = call(registry, "registry_list", stage="production")["data"]
    assert [one["model"] for one in rows] == [MODEL]


READS: dict[str, dict[str, Any]] = {
    "registry_list": {"fields": "model,stage", "limit": 5},
    "registry_info": {"name": MODEL},
    "registry_compare": {"name": MODEL, "a": "v3.0.0", "b": "v3.1.0"},
    "registry_lineage": {"name": MODEL},
    "registry_history": {"name": MODEL},
    "registry_audit": {"name": MODEL},
    "registry_requests": {},
    "registry_environments": {},
    "registry_policy": {},
    "registry_check": {},
    "registry_verify": {},
    "monitor_status": {"window": "1h"},
    "ab_status": {"name": MODEL},
    "doctor": {},
    "schema": {"format_name": "catalog"},
}


def test_every_read_is_a_tool_that_keeps_its_schema_and_changes_nothing(
    registry: Repo, call_command: Call
) -> None:
    """The schemas are held against real answers: a test under way, samples, a request."""
    for words in (
        ["registry-promote", MODEL, "v3.1.0", "--to", "staging"],
        ["monitor-track", MODEL, "error_rate"],
        ["monitor-trigger", "error_rate", "0.05", "--window", "15m", "--min-samples", "1"],
        ["monitor-record", MODEL, "error_rate", "0.01"],
        ["ab-start", MODEL, "--metric", "error_rate", "--split", "0.5"],
    ):
        assert call_command(registry, *words).code == 0, words
    assert call_command(registry, "registry-promote", MODEL, "v3.1.0", "--to", "production",
                        "--approval-required").code == 3  # fmt: skip
    before = registry.head, registry.status()

    async def talking(client: Any) -> Any:
        listed = {one.name: one for one in (await client.list_tools()).tools}
        return listed, {name: await client.call_tool(name, words) for name, words in READS.items()}

    listed, answers = talk(registry, talking=talking)
    assert set(listed) == set(READS)
    for name, result in answers.items():
        jsonschema.validate(READS[name], listed[name].input_schema)
        jsonschema.validate(result.structured_content, listed[name].output_schema)
        assert result.structured_content["data"] or name == "registry_environments", name
        error = result.structured_content["error"]
        assert error is None, (name, error)
    data = {name: result.structured_content["data"] for name, result in answers.items()}
    assert data["registry_list"][0].keys() == {"model", "stage"}
    assert data["monitor_status"]["figures"]
    assert data["ab_status"]["test"]["model"] == MODEL
    assert data["registry_policy"]["policy"]
    assert (registry.head, registry.status()) == before


def test_no_read_takes_a_file_to_write_or_a_change_to_make() -> None:
    for one in tools(allow_writes=False).values():
        known = set(one.input_schema()["properties"])
        assert not {"output", "plot", "out", "fix", "action", "value", "reason"} & known, one.name


def test_every_kind_of_value_has_its_json_type() -> None:
    every = tools(allow_writes=True)
    kinds = {key: value.get("type") for one in every.values()
             for key, value in one.input_schema()["properties"].items()}  # fmt: skip
    assert (kinds["limit"], kinds["all_versions"], kinds["name"], kinds["add"]) == (
        "integer", "boolean", "string", "array",
    )  # fmt: skip


def test_a_wrong_answer_breaks_the_schema() -> None:
    schema = output_schema("registry-list")
    good = {"schema": 1, "command": "registry-list", "ok": True, "truncated": False, "events": [],
            "commit": None, "warnings": [], "error": None}  # fmt: skip
    jsonschema.validate({**good, "data": [{"model": "m", "size": 1}]}, schema)
    for data in ([{"modle": "m"}], [{"size": "1"}], {"model": "m"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**good, "data": data}, schema)


BAD: list[dict[str, Any]] = [
    {"name": "nobody"}, {"name": "--help"}, {"name": ["a"]}, {"nmae": "x"}, {},
    {"name": MODEL, "json": True}, {"name": MODEL, "repo": "/"}, {"name": '{"a": 1}'},
]  # fmt: skip


def test_a_failure_is_an_answer_with_a_code_and_a_hint(registry: Repo) -> None:
    async def talking(client: Any) -> Any:
        return [await client.call_tool("registry_info", arguments) for arguments in BAD]

    for arguments, result in zip(BAD, talk(registry, talking=talking), strict=True):
        assert result.is_error, arguments
        error = result.structured_content["error"]
        assert error["code"] in ("not-found", "usage"), arguments
        assert error["hint"]


def test_writes_follow_the_same_policy(registry: Repo) -> None:
    before = registry.head
    said = call(registry, "registry_promote", "--allow-writes", name=MODEL, version="v3.1.0",
                to="staging", dry_run=True)  # fmt: skip
    assert (said["ok"], registry.head) == (True, before)
    said = call(registry, "registry_promote", "--allow-writes", name=MODEL, version="v3.1.0",
                to="staging", approval_required=True)  # fmt: skip
    assert said["error"]["code"] == "approval-pending"
    assert said["commit"] == registry.head != before
    said = call(registry, "registry_rollback", "--allow-writes", name=MODEL, to="v9.0.0",
                reason="no such version")  # fmt: skip
    assert said["ok"] is False


def test_nobody_approves_or_forces_through_it() -> None:
    for one in tools(allow_writes=True).values():
        assert not {"force", "lift_hold", "approver", "repo"} & set(
            one.input_schema()["properties"]
        )
    assert not {"registry-approve", "registry-reject"} & set(WRITES)


def test_cards_and_audits_are_resources(registry: Repo) -> None:
    async def talking(client: Any) -> Any:
        listed = (await client.list_resources()).resources
        texts = [(await client.read_resource(one.uri)).contents[0] for one in listed]
        missing = None
        try:
            await client.read_resource("swreg://card/nobody")
        except mcp.MCPError as error:
            missing = str(error)
        return [str(one.uri) for one in listed], texts, missing

    uris, texts, missing = talk(registry, talking=talking)
    assert uris == [f"swreg://card/{MODEL}", f"swreg://audit/{MODEL}"]
    assert texts[0].mime_type == "text/markdown"
    assert "v3.0.0" in texts[0].text
    assert "v3.0.0" in texts[1].text
    assert "no model called 'nobody'" in missing
