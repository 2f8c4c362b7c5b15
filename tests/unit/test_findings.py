"""The table of checks, and findings as text, workflow annotations and SARIF."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from swreg.domain import finding_text
from swreg.domain.finding import CHECKS, Spot, failing, finding
from swreg.domain.gates import GATES

ROOT = Path(__file__).parents[2]
HOSTILE = "a\x1b[31m\nb: c, d% ::error::"
SOME = [
    finding("SWR201", HOSTILE, Spot(path="a b,c:%.yaml", line=7, model="m", version="v1.0.0")),
    finding("SWR218", "looser", Spot(path="p.yaml", commit="a" * 40)),
    finding("SWR222", "shallow"),
]


def test_ids_are_unique_and_every_check_can_speak() -> None:
    ids = [one.id for one in CHECKS] + [one.id for one in GATES]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"SWR2\d\d", one.id) for one in CHECKS)
    assert all(one.sentence.endswith(".") and not one.fix.endswith(".") for one in CHECKS)


def test_every_check_is_raised_and_tested_somewhere() -> None:
    source = "".join(
        p.read_text() for p in (ROOT / "swreg").rglob("*.py") if p.name != "finding.py"
    )
    tests = "".join(
        p.read_text()
        for d in ("repo", "mlflow", "stores")
        for p in (ROOT / "tests" / d).glob("*.py")
    )
    for check in CHECKS:
        assert f'"{check.id}"' in source, f"{check.id} is never found"
        assert f'"{check.id}"' in tests, f"{check.id} has no test"


def test_only_errors_fail() -> None:
    assert failing(SOME)
    assert not failing(SOME[1:])


def test_text_shows_what_it_cannot_print() -> None:
    said = finding_text.text(SOME)
    assert "\x1b" not in said
    assert said.splitlines()[0].startswith("a b,c:%.yaml:7: error SWR201 a\\x1b")
    assert "(in aaaaaaaaaaaa)" in said


def test_an_annotation_is_one_command_each() -> None:
    lines = finding_text.github(SOME).split("\n")
    assert len(lines) == len(SOME)
    assert lines[0].startswith("::error file=a b%2Cc%3A%25.yaml,line=7,title=SWR201::a")
    assert "%0A" in lines[0]
    assert lines[1].startswith("::warning file=p.yaml,title=SWR218::")
    assert lines[2].startswith("::warning title=SWR222::")


def test_sarif_has_the_structure_of_2_1_0() -> None:
    log = finding_text.sarif(SOME, version="1.2.3")
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("swreg", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == [check.id for check in CHECKS]
    for rule in driver["rules"]:
        assert set(rule) == {"id", "shortDescription", "help", "defaultConfiguration"}
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
    assert len(run["results"]) == len(SOME)
    for result in run["results"]:
        _require_result(result, driver["rules"])


def _require_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("none", "note", "warning", "error")
    assert isinstance(result["message"]["text"], str)
    for location in result["locations"]:
        place = location["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9%./_~-]+", place["artifactLocation"]["uri"])
        assert place.get("region", {}).get("startLine", 1) >= 1
