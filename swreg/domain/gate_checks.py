"""What each gate looks at. A check yields one sentence per thing that is wrong, and no fix.

All but the first three concern production only: staging is where a version is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from swreg.domain.approving import missing
from swreg.domain.measures import direction
from swreg.domain.policy import Policy
from swreg.domain.promotion import Promotion
from swreg.domain.quantity import parse_quantity
from swreg.domain.stage import Stage

FILES = {
    "signature": "signature.json",
    "features": "features.yaml",
    "requirements": "requirements.txt",
    "metadata": "metadata.json",
    "model card": "model_card.md",
    "model_card": "model_card.md",
    "model-card": "model_card.md",
}
"""Short words for files in `gates.required_files`; any other text is a file name itself."""

_ROUNDING = 1e-9


def skips_staging(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Straight from dev to production, where the policy does not open that arrow."""
    skips = (promotion.from_, promotion.to) == (Stage.DEV, Stage.PRODUCTION)
    if skips and not policy.transitions.skip_staging:
        yield f"{promotion.version} has not been in staging"


def is_deprecated(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """A live stage for what should no longer be used."""
    notice = promotion.entry.deprecated
    if notice and promotion.to in (Stage.STAGING, Stage.PRODUCTION):
        yield f"{promotion.version} is deprecated: {notice.reason}"


def lacks_approvals(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Fewer people than the rule wants have said yes, and proven it where they must."""
    rule = policy.rule(promotion.to).approval
    if not rule.required or promotion.was_live:
        return
    lacking = missing(
        promotion.entry,
        promotion.to,
        rule,
        requester=promotion.requester,
        verified=promotion.verified,
    )
    if lacking:
        signed = "signed " if rule.require_signed else ""
        who = f" of {', '.join(rule.approvers)}" if rule.approvers else ""
        plural = "s" if lacking > 1 else ""
        yield f"{promotion.to} needs {lacking} more {signed}approval{plural}{who}"


def below_floor(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Metrics under `minimum`, or not recorded at all."""
    for name, gate in _metric_gates(promotion, policy):
        value = measured(promotion.metadata, name)
        bounded = gate.minimum is not None or gate.maximum is not None
        if value is None and bounded:
            yield f"{promotion.version} has no {name}"
        elif value is not None and gate.minimum is not None and value < gate.minimum:
            yield f"{name} of {promotion.version} is {value:g}, the floor is {gate.minimum:g}"


def above_ceiling(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Metrics over `maximum`."""
    for name, gate in _metric_gates(promotion, policy):
        value = measured(promotion.metadata, name)
        if value is not None and gate.maximum is not None and value > gate.maximum:
            yield f"{name} of {promotion.version} is {value:g}, the ceiling is {gate.maximum:g}"


def worse_than_production(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Metrics that fall behind production's by more than `no_worse_than_production_by`."""
    if promotion.production_metadata is None or promotion.model.production == promotion.version:
        return
    for name, gate in _metric_gates(promotion, policy):
        bound = gate.no_worse_than_production_by
        live = measured(promotion.production_metadata, name)
        if bound is None or live is None:
            continue
        value = measured(promotion.metadata, name)
        way = direction(name, policy.metrics.directions)
        if value is None:
            yield f"{promotion.version} has no {name} to hold against production's {live:g}"
        elif way is None:
            yield f"nobody says whether a higher {name} is better; set metrics.directions.{name}"
        else:
            loss = live - value if way == "higher" else value - live
            if loss > bound + _ROUNDING:
                yield f"{name} {value:g} is {loss:g} worse than production's {live:g}"


def lacks_files(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Files of `gates.required_files` that the version's folder has not."""
    if promotion.to is not Stage.PRODUCTION or promotion.was_live:
        return
    for word in policy.gates.required_files:
        name = FILES.get(word.casefold(), word)
        if name not in promotion.files:
            yield f"{promotion.version} has no {name}"


def too_old(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """More days than `gates.max_age_days` since the version was registered."""
    limit = policy.gates.max_age_days
    if limit is None or promotion.to is not Stage.PRODUCTION or promotion.was_live:
        return
    start = datetime.fromisoformat(promotion.entry.registered.at)
    days = (datetime.fromisoformat(promotion.at) - start).days
    if days > limit:
        yield f"{promotion.version} was registered {days} days ago, the limit is {limit}"


def lacks_model_signature(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """No signature of the model that one of the policy's keys made, over these files."""
    wanted = policy.gates.model_signature and promotion.to is Stage.PRODUCTION
    if wanted and promotion.unsealed and not promotion.was_live:
        yield f"{promotion.version} {promotion.unsealed}"


def lacks_tags(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Tags of `gates.required_tags` that the version does not bear."""
    if promotion.to is not Stage.PRODUCTION or promotion.was_live:
        return
    absent = [tag for tag in policy.gates.required_tags if tag not in promotion.entry.tags]
    if absent:
        yield f"{promotion.version} is not tagged {', '.join(absent)}"


def removes_features(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """Features of the version in production that this one does not know any more."""
    live = promotion.production_metadata
    refused = policy.gates.removed_features == "refuse" and promotion.to is Stage.PRODUCTION
    if not refused or live is None or promotion.was_live:
        return
    own = set(_names(promotion.metadata))
    gone = [name for name in _names(live) if name not in own]
    if gone:
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        yield f"{promotion.version} drops {', '.join(gone[:5])}{more}, which production uses"


def has_not_won(promotion: Promotion, policy: Policy) -> Iterator[str]:
    """No A/B test decided for this version against the one that it would replace."""
    live = promotion.model.production
    wanted = policy.gates.ab_test and promotion.to is Stage.PRODUCTION
    if not wanted or promotion.was_live or live in (None, promotion.version):
        return
    test = promotion.entry.ab_test
    if test is None or test.control != live:
        yield f"no A/B test of {promotion.version} against {live} is decided"
    elif not test.better:
        yield f"{promotion.version} did not win its A/B test against {live}"


def measured(metadata: Mapping[str, Any], name: str) -> float | None:
    """A metric or quantity of a `metadata.json`, in its canonical unit; None where there is none.

    >>> measured({"metrics": {"rmse": 0.2}, "inference_latency_p95": "80ms"}, "rmse")
    0.2
    """
    nested = metadata.get("metrics")
    places = [metadata, nested if isinstance(nested, Mapping) else {}]
    found = next((place[name] for place in places if place.get(name) is not None), None)
    if isinstance(found, bool) or not isinstance(found, (int, float, str)):
        return None
    return parse_quantity(found).value


def _metric_gates(promotion: Promotion, policy: Policy) -> Iterator[tuple[str, Any]]:
    if promotion.to is Stage.PRODUCTION and not promotion.was_live:
        yield from policy.gates.metrics.items()


def _names(metadata: Mapping[str, Any]) -> list[str]:
    given = metadata.get("features")
    return [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
