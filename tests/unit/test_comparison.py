import json
from typing import Any

import pytest
from markdown_it import MarkdownIt

from swreg.domain.comparison import Comparison, compare
from swreg.domain.facts import Facts
from swreg.domain.features import Feature, Features, make_features
from swreg.domain.metadata import make_metadata
from swreg.domain.signature import Signature

SPECIFICATION = """\
Comparison: v3.0.0 vs v3.1.0
============================

Metrics:
- Accuracy:  0.85 → 0.87 (+2.4%) ✅
- Precision: 0.83 → 0.85 (+2.4%) ✅
- Recall:    0.60 → 0.62 (+3.3%) ✅

Performance:
- Latency:   40ms → 35ms (-12.5%) ✅
- Size:      15MB → 12MB (-20.0%) ✅

Features:
- Added: merchant_reputation_score
- Removed: obsolete_feature_x
- Modified: 3 features rescaled

Recommendation: ✅ v3.1.0 is better (improvement in all metrics)"""


NOBODY_SAID = Features(())


def facts(version: str, *, features: Features = NOBODY_SAID, **metadata: Any) -> Facts:
    return Facts(version, make_metadata(metadata), features)


def both(old: dict[str, Any], new: dict[str, Any], **directions: Any) -> Comparison:
    return compare(facts("v1.0.0", **old), facts("v1.1.0", **new), directions=directions)


def metric_line(old: dict[str, Any], new: dict[str, Any]) -> str:
    (line,) = [one for one in str(both(old, new)).splitlines() if "→" in one]
    return line


def specified() -> Comparison:
    ranges = [Feature(name, "float", 0, 1) for name in "abc"]
    wider = [Feature(name, "float", 0, 2) for name in "abc"]
    return compare(
        facts(
            "v3.0.0", features=make_features([*ranges, "obsolete_feature_x"]),
            accuracy=0.85, precision=0.83, recall=0.6,
            inference_latency_p50="40ms", model_size="15MB",
        ),
        facts(
            "v3.1.0", features=make_features([*wider, "merchant_reputation_score"]),
            accuracy=0.87, precision=0.85, recall=0.62,
            inference_latency_p50="35ms", model_size="12MB",
        ),
    )  # fmt: skip


def test_the_specification_s_block_byte_for_byte() -> None:
    assert str(specified()) == SPECIFICATION
    assert specified().verdict == "better"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ({"accuracy": 0.87}, {"accuracy": 0.85}, "- Accuracy: 0.87 → 0.85 (-2.3%) ❌"),
        ({"accuracy": 0.87}, {"accuracy": 0.87}, "- Accuracy: 0.87 → 0.87 ="),
        ({}, {"accuracy": 0.87}, "- Accuracy: absent → 0.87 ?"),
        ({"accuracy": 0.87}, {}, "- Accuracy: 0.87 → absent ?"),
        ({"accuracy": 0}, {"accuracy": 0.1}, "- Accuracy: 0.00 → 0.10 (no ratio) ✅"),
        ({"accuracy": 0.1}, {"accuracy": 0}, "- Accuracy: 0.10 → 0.00 (-100.0%) ❌"),
        ({"loss": 2}, {"loss": 1}, "- Loss: 2.00 → 1.00 (-50.0%) ✅"),
        ({"r2": -2}, {"r2": -1}, "- R²: -2.00 → -1.00 (+50.0%) ✅"),
        ({"accuracy": 0.87}, {"accuracy": 0.87001}, "- Accuracy: 0.87 → 0.87001 (+0.001%) ✅"),
        ({"loss": 1e-5}, {"loss": 1e9}, "- Loss: 1e-05 → 1e+09 (+1e+16%) ❌"),
        ({"loss": 1e-300}, {"loss": 1e300}, "- Loss: 1e-300 → 1e+300 (no ratio) ❌"),
        ({"metrics": {"uplift": 1}}, {"metrics": {"uplift": 2}},
         "- uplift: 1.00 → 2.00 (+100.0%) ?"),
        ({"inference_latency_p50": "35ms"}, {"inference_latency_p50": "0.035s"},
         "- Latency: 35ms → 0.035s ="),
        ({"inference_latency_p50": "1.1h"}, {"inference_latency_p50": "66min"},
         "- Latency: 1.1h → 66min ="),
        ({"inference_latency_p50": "35ms"}, {"inference_latency_p50": "35MB"},
         "- Latency: 35ms → 35MB ?"),
        ({"model_size": "big"}, {"model_size": "bigger"}, "- Size: big → bigger ?"),
        ({"model_size": "big"}, {"model_size": "big"}, "- Size: big → big ="),
        ({"cpu_usage": 0.2}, {"cpu_usage": 0.1}, "- CPU: 0.2 → 0.1 (-50.0%) ✅"),
        ({"throughput": "10 req/s"}, {}, "- Throughput: 10 req/s → absent ?"),
    ],
)  # fmt: skip
def test_one_measure(old: dict[str, Any], new: dict[str, Any], line: str) -> None:
    assert metric_line(old, new) == line


@pytest.mark.parametrize(
    ("old", "new", "verdict", "recommendation"),
    [
        ({"accuracy": 0.8, "loss": 2}, {"accuracy": 0.9, "loss": 1}, "better",
         "✅ v1.1.0 is better (improvement in all metrics)"),
        ({"accuracy": 0.8, "loss": 2}, {"accuracy": 0.9, "loss": 2}, "better",
         "✅ v1.1.0 is better (improvement in 1 of 2 metrics)"),
        ({"accuracy": 0.8}, {"accuracy": 0.9, "loss": 2}, "better",
         "✅ v1.1.0 is better (improvement in 1 of 2 metrics)"),
        ({"accuracy": 0.8, "recall": 0.5}, {"accuracy": 0.7, "recall": 0.5}, "worse",
         "❌ v1.1.0 is worse (Accuracy)"),
        ({"accuracy": 0.8, "loss": 2}, {"accuracy": 0.9, "loss": 3}, "mixed",
         "? v1.1.0 is better in Accuracy; worse in Loss"),
        ({"accuracy": 0.8}, {"accuracy": 0.8}, "equal",
         "= v1.1.0 equals v1.0.0 in every metric that can be compared"),
        ({}, {"accuracy": 0.8}, "equal", "? no metric of both versions can be judged"),
        ({"metrics": {"a": 1}}, {"metrics": {"a": 2}}, "equal",
         "? no metric of both versions can be judged"),
    ],
)  # fmt: skip
def test_verdicts(
    old: dict[str, Any], new: dict[str, Any], verdict: str, recommendation: str
) -> None:
    found = both(old, new)
    assert (found.verdict, found.recommendation) == (verdict, recommendation)


def test_directions_are_overridden_by_the_caller() -> None:
    assert both({"accuracy": 1}, {"accuracy": 2}, accuracy="lower").verdict == "worse"
    nested = {"metrics": {"a": 1}}, {"metrics": {"a": 2}}
    assert both(*nested, a="higher").verdict == "better"


def test_where_nothing_was_recorded_it_says_so() -> None:
    text = str(compare(Facts("v1.0.0"), Facts("v2.0.0")))
    assert "Metrics:\n- none to compare\n" in text
    assert "Performance:\n- none to compare\n" in text
    assert "Features:\n- no change recorded\n" in text


def test_retyped_and_rescaled_are_counted() -> None:
    old = make_features([Feature("a", "int"), Feature("b", "int", 0, 1)])
    new = make_features([Feature("a", "str"), Feature("b", "int", 0, 2)])
    text = str(compare(facts("v1.0.0", features=old), facts("v1.1.0", features=new)))
    assert "- Modified: 1 feature retyped, 1 feature rescaled\n" in text


def test_many_names_are_cut_and_counted() -> None:
    old, new = make_features(["x"]), make_features(["x", *(f"f{n}" for n in range(25))])
    found = compare(facts("v1.0.0", features=old), facts("v1.1.0", features=new))
    assert "f19, and 5 more\n" in str(found)
    assert "`f19`, and 5 more |" in found.to_markdown()
    assert len(found.as_data()["features"]["added"]) == 25


def test_a_broken_signature_is_shown_and_spoils_the_recommendation() -> None:
    old = Facts("v1.0.0", signature=Signature({}, {"y": "float"}, "declared"))
    new = Facts("v1.1.0", signature=Signature({}, {"y": "str"}, "declared"))
    found = compare(old, new)
    assert found.signature == ("output 'y' changed from float to str",)
    assert "\n\nSignature:\n- incompatible: output 'y' changed from float to str\n" in str(found)
    assert found.recommendation.endswith("; it breaks the callers of v1.0.0")
    assert "| Incompatible | `output 'y' changed from float to str` |" in found.to_markdown()


def test_the_data_can_be_written_as_json() -> None:
    data = json.loads(json.dumps(specified().as_data(), allow_nan=False))
    assert data["verdict"] == "better"
    assert data["metrics"]["accuracy"]["old"] == "0.85"
    assert data["performance"]["model_size"] == {
        "label": "Size", "old": "15MB", "new": "12MB", "change": -0.2, "result": "better",
    }  # fmt: skip
    assert data["features"]["rescaled"] == ["a", "b", "c"]
    assert data["signature"] == []


def test_markdown_of_the_specification_s_example() -> None:
    lines = specified().to_markdown().splitlines()
    assert lines[0] == "### Comparison: `v3.0.0` vs `v3.1.0`"
    assert "| `Accuracy` | `0.85` | `0.87` | +2.4% | ✅ |" in lines
    assert "| Added | `merchant_reputation_score` |" in lines
    assert "| Rescaled | `a`, `b`, `c` |" in lines
    assert lines[-1] == ("**Recommendation:** ✅ `v3.1.0` is better (improvement in all metrics)")


HOSTILE = [
    "<img src=https://evil.example/x>", "a|b", "a\\|b", "`code`", "```", "\n# title", "-->",
    "[link](https://evil.example)", "![x](y)", "www.evil.example", "@team", "*bold*", "\u202e",
    "<script>alert(1)</script>", " ", "<!-- swreg:end -->", "| --- |", "\\", "&lt;b&gt;",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_acts_in_markdown_or_on_a_terminal(text: str) -> None:
    found = compare(
        Facts(
            text,
            make_metadata({"model_size": text, "metrics": {"up": 1}}),
            Features((Feature("x"),)),
        ),
        Facts(
            text, make_metadata({"model_size": f"{text}2"}), Features((Feature("x"), Feature(text)))
        ),
    )
    assert all(line.isprintable() for line in str(found).splitlines())
    tokens = MarkdownIt("commonmark").enable("table").parse(found.to_markdown())
    inside = {child.type for token in tokens for child in token.children or ()}
    assert inside <= {"text", "code_inline", "strong_open", "strong_close"}
    assert sum(token.type == "tr_open" for token in tokens) == 1 + 2 + 1 + 1
    assert sum(token.type == "td_open" for token in tokens) == 2 * 5 + 1 * 2
    assert sum(token.type == "table_open" for token in tokens) == 2


def test_a_hostile_metric_name_stays_a_name() -> None:
    found = both({"metrics": {"<b>|x": 1}}, {"metrics": {"<b>|x": 2}}, **{"<b>|x": "higher"})
    assert "| `<b>\\|x` |" in found.to_markdown()
    assert found.verdict == "better"


def test_a_byte_more_is_no_reason_against_a_version() -> None:
    def facts(version: str, accuracy: float, size: str) -> Facts:
        return Facts(version, make_metadata({"accuracy": accuracy, "model_size": size}))

    old = facts("v1.0.0", 0.85, "12000000B")
    assert compare(old, facts("v1.1.0", 0.87, "12000001B")).verdict == "better"
    assert compare(old, facts("v1.1.0", 0.87, "12500000B")).verdict == "mixed"
