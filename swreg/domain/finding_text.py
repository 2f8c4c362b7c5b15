"""Findings as text: for a terminal, as annotations of a GitHub workflow, and as SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from swreg.domain.finding import CHECKS, Finding
from swreg.domain.names import visible

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(findings: Iterable[Finding]) -> str:
    """One line per finding and one for what mends it; empty without any.

    >>> from swreg.domain.finding import Spot, finding
    >>> print(text([finding("SWR213", "m stands in two catalogs", Spot(path="a.yaml", line=3))]))
    a.yaml:3: error SWR213 m stands in two catalogs
        run: swreg resolve
    """
    lines = []
    for one in findings:
        place = f"{one.path}:{one.line}" if one.line else one.path
        commit = f" (in {one.commit[:12]})" if one.commit else ""
        head = f"{place}: " if place else ""
        lines.append(f"{visible(head)}{one.severity} {one.id} {visible(one.what)}{commit}")
        lines.append(f"    {visible(one.fix)}")
    return "\n".join(lines)


def github(findings: Iterable[Finding]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request.

    >>> from swreg.domain.finding import Spot, finding
    >>> print(github([finding("SWR216", "100% over", Spot(path="a,b.yaml", line=3))]))
    ... # doctest: +ELLIPSIS
    ::error file=a%2Cb.yaml,line=3,title=SWR216::100%25 over; promote a newer version...
    """
    return "\n".join(_annotation(one) for one in findings)


def _annotation(one: Finding) -> str:
    facts = {"file": one.path, "line": str(one.line or ""), "title": one.id}
    given = ",".join(f"{key}={_property(value)}" for key, value in facts.items() if value)
    return f"::{one.severity} {given}::{_data(f'{one.what}; {one.fix}')}"


def _data(value: str) -> str:
    """A message: line ends and the escape character itself are escaped, the rest made visible."""
    escaped = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped)


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def sarif(findings: Iterable[Finding], *, version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log with one run; `version` is that of swreg."""
    place = {check.id: number for number, check in enumerate(CHECKS)}
    rules = [
        {
            "id": check.id,
            "shortDescription": {"text": check.sentence},
            "help": {"text": check.fix},
            "defaultConfiguration": {"level": check.severity},
        }
        for check in CHECKS
    ]
    driver = {"name": "swreg", "version": version, "rules": rules}
    results = [_result(one, place[one.id]) for one in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(one: Finding, rule: int) -> dict[str, Any]:
    facts = {"model": one.model, "version": one.version, "commit": one.commit}
    return {
        "ruleId": one.id,
        "ruleIndex": rule,
        "level": one.severity,
        "message": {"text": f"{one.what}; {one.fix}"},
        "locations": [_location(one)] if one.path else [],
        "properties": {key: value for key, value in facts.items() if value},
    }


def _location(one: Finding) -> dict[str, Any]:
    from urllib.parse import quote

    uri = quote(one.path.encode("utf-8", "surrogateescape"))
    place: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if one.line:
        place["region"] = {"startLine": one.line}
    return {"physicalLocation": place}
