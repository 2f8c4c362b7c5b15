"""Change `.specweave/model-registry.yaml` by a call: the key and nothing else of the file.

Every change is one commit with an event that says what changed and whether it relaxes the policy.
A change that would not read back as what was meant is refused, and the file stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from swreg.domain import shape
from swreg.domain.events import PolicyChangedEvent
from swreg.domain.names import plain_text, visible
from swreg.domain.policy import Policy
from swreg.domain.policy_change import relaxations
from swreg.errors import BrokenFile, FactError, UsageError
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.commit import NewFile
from swreg.storage.source import Revision, load_policy, parse_policy
from swreg.storage.yaml_nodes import Keys
from swreg.storage.yaml_splice import drop, put
from swreg.storage.yaml_text import flow, key_text, parse_yaml

_EXACT = 10**15

UNSET = object()
"""Instead of a value: take the key out of the file, so that its default holds."""

Edits = Mapping[Keys, object]
Editing = Callable[[Policy], Edits]
"""The edits to make, given the policy at the branch's tip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """The policy in force: where it stands, whether there is such a file, and all it says."""

    path: str
    written: bool
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """What a call changed: each key in a few words, and every rule that now allows more."""

    path: str
    changed: tuple[str, ...]
    relaxed: tuple[str, ...]


def show_policy(project: Project, *, at: str | None = None) -> Outcome[PolicyView]:
    """The policy at HEAD, or at a revision or date."""
    project.require_layout()
    source = Revision(project.git, project.commit_at(at))
    path = project.layout.policy
    data = PolicyView(
        path=path,
        written=source.read(path) is not None,
        policy=load_policy(source, project.layout),
    )
    return read_outcome("registry-policy", data)


def set_value(
    project: Project,
    key: str,
    value: str,
    *,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Set one key, like `gates.metrics.accuracy.minimum`, to a value as the file would have it.

    Lists and mappings are written as in the file: `[a, b]`. Raises `UsageError` for a key that
    there is not, and for a value that does not fit.
    """
    parsed = parse_yaml(value.encode("utf-8", "replace"), name=f"the value of {visible(key)}")
    if parsed is None:
        raise UsageError(
            f"the value of {visible(key)} is empty", "registry-policy unset takes it out"
        )
    edits = {parse_keys(key): parsed}
    return change(project, lambda policy: edits, reason=reason, options=options)


def unset_value(
    project: Project, key: str, *, reason: str = "", options: WriteOptions = WriteOptions()
) -> Outcome[PolicyChange]:
    """Take one key, with all below it, out of the file."""
    edits = {parse_keys(key): UNSET}
    return change(project, lambda policy: edits, reason=reason, options=options)


def parse_keys(text: str) -> Keys:
    """The keys of a dotted path; one with a dot in it stands in double quotes.

    >>> parse_keys('gates.metrics."p95.ms".maximum')
    ('gates', 'metrics', 'p95.ms', 'maximum')
    """
    parts = text.split('"')
    keys: list[str] = []
    for number, part in enumerate(parts):
        keys += [part] if number % 2 else [one for one in part.split(".") if one]
    if not keys or len(parts) % 2 == 0:
        raise UsageError(f"{text!r} is no key", "write it like gates.max_age_days")
    return tuple(keys)


def change(
    project: Project, editing: Editing, *, reason: str = "", options: WriteOptions = WriteOptions()
) -> Outcome[PolicyChange]:
    """Make some edits to the file in one commit; what says so already is left alone."""
    path = project.layout.policy
    reason = plain_text(reason, kind="reason") if reason else ""

    def decide(tx: Transaction) -> PolicyChange:
        old_data = tx.source.read(path)
        data, new, words = edited(old_data or b"", editing(tx.policy), name=path)
        signers = new.signing.allowed_signers
        if signers != tx.policy.signing.allowed_signers:
            _require_committed(tx, signers)
        for key in new.signing.model_keys:
            if key not in tx.policy.signing.model_keys:
                _require_committed(tx, key)
        relaxed = tuple(relaxations(tx.policy, new))
        if data == (old_data or b""):
            tx.warnings.append("the policy says so already")
            return PolicyChange(path=path, changed=(), relaxed=())
        event = PolicyChangedEvent(
            what="; ".join(words), relaxes=bool(relaxed), actor=tx.actor, at=tx.now, reason=reason
        )
        tx.files[path] = NewFile(data=data)
        tx.apply(None, None, event)
        tx.warnings += [f"this relaxes the policy: {one}" for one in relaxed]
        return PolicyChange(path=path, changed=words, relaxed=relaxed)

    project.require_layout()
    return write(project, "registry-policy", decide, options)


def _require_committed(tx: Transaction, name: str | None) -> None:
    """No file of signers that is not there: nobody's approval could count."""
    if name is not None and tx.source.read(f"{tx.project.layout.prefix}{name}") is None:
        raise UsageError(f"{visible(name)} is not committed", "commit the file first")


def edited(data: bytes, edits: Edits, *, name: str) -> tuple[bytes, Policy, tuple[str, ...]]:
    """The file after the edits, the policy it then holds, and what changed in words.

    An empty file begins with `schema: 1`, and a default is only written where the file has the
    key. Raises `UsageError` where the edits make no policy, and
    `BrokenFile` where the file is none.
    """
    parse_policy(data, name=name)
    raw: dict[str, Any] = parse_yaml(data, name=name) or {}
    told = shape.write(_policy(_with(raw, edits)))
    telling = {
        keys: value
        for keys, value in edits.items()
        if value is UNSET or _there(raw, keys) or _there(told, keys)
    }
    new = _policy(_with(raw, telling))
    text = data.decode("utf-8")
    words = []
    for keys, value in telling.items():
        before = text
        if value is UNSET:
            text = drop(text, keys)
        else:
            text = put(text or "schema: 1\n", keys, _typed(new, keys))
        if text != before:
            words.append(_words(keys, value, new))
    result = text.encode("utf-8")
    _require_meant(result, new, name)
    return result, new, tuple(words)


def _with(raw: dict[str, Any], edits: Edits) -> dict[str, Any]:
    """Plain data after the edits."""
    changed = deepcopy(raw)
    for keys, value in edits.items():
        _edit(changed, keys, value)
    return changed


def _edit(raw: dict[str, Any], keys: Keys, value: object) -> None:
    """The same edit on plain data."""
    if value is UNSET and not _there(raw, keys):
        return
    way = [raw]
    for key in keys[:-1]:
        below = way[-1].setdefault(key, {})
        if not isinstance(below, dict):
            raise UsageError(
                f"{_dotted(keys)} is no key of the policy", "see the README's reference"
            )
        way.append(below)
    if value is not UNSET:
        way[-1][keys[-1]] = value
        return
    del way[-1][keys[-1]]
    for holder, key in reversed(list(zip(way, keys, strict=False))):
        if holder.get(key) == {}:
            del holder[key]


def _there(raw: object, keys: Keys) -> bool:
    for key in keys:
        if not isinstance(raw, dict) or key not in raw:
            return False
        raw = raw[key]
    return True


def _policy(raw: dict[str, Any]) -> Policy:
    try:
        return shape.read(Policy, raw)
    except shape.ShapeError as error:
        raise UsageError("; ".join(error.faults[:3]), "see the README's reference") from None


def value_at(value: Any, keys: Keys) -> Any:
    """What a frozen value holds at some keys, defaults included; None where there is nothing."""
    for key in keys:
        if is_dataclass(value):
            names = {field.name.rstrip("_"): field.name for field in fields(value)}
            value = getattr(value, names[key]) if key in names else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _typed(policy: Policy, keys: Keys) -> Any:
    return _short(shape.write(value_at(policy, keys)))


def _short(value: Any) -> Any:
    """Whole numbers without a fraction, as people write them."""
    if isinstance(value, dict):
        return {key: _short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_short(part) for part in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXACT
    return int(value) if whole else value


def _require_meant(data: bytes, policy: Policy, name: str) -> None:
    try:
        same = parse_policy(data, name=name) == policy
    except BrokenFile:
        same = False
    if not same:
        raise FactError(f"{name} is written in a way that a call cannot change", "edit it by hand")


def _words(keys: Keys, value: object, policy: Policy) -> str:
    said = "unset" if value is UNSET else f"= {flow(_typed(policy, keys))}"
    return f"{_dotted(keys)} {said}"


def _dotted(keys: Keys) -> str:
    return ".".join(key_text(key) for key in keys)
