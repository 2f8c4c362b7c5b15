"""`registry-policy`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from swreg.cli import words
from swreg.cli.options import At, Writing
from swreg.cli.output import Block, Shown, landed
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.operations.outcome import Outcome
    from swreg.operations.policy_file import PolicyView

ACTIONS = ("show", "set", "unset")


def command(
    shared: Writing,
    action: Annotated[str, Argument(metavar="[show|set|unset]", help="What to do.")] = "show",
    key: Annotated[
        str | None,
        Argument(metavar="[KEY]", help="Like gates.metrics.accuracy.minimum.", show_default=False),
    ] = None,
    value: Annotated[
        str | None,
        Argument(metavar="[VALUE]", help="As in the file: 0.8, [a, b].", show_default=False),
    ] = None,
    at: At = None,
) -> Shown:
    """Comments and all other lines of the file are kept. Relaxing a rule is recorded as that."""
    from swreg.operations.policy_file import set_value, show_policy, unset_value

    action = words.choice(action, ACTIONS, kind="action")
    if action == "show":
        outcome = show_policy(shared.project(), at=at)
        return Shown(outcome, _text(outcome.data))
    if key is None or (value is None) == (action == "set"):
        raise UsageError(f"{action} needs a key", f"swreg registry-policy {action} KEY …")
    project, options = shared.project(), shared.options()
    if action == "set":
        return _changed(set_value(project, key, value or "", reason=shared.reason, options=options))
    return _changed(unset_value(project, key, reason=shared.reason, options=options))


def _text(view: PolicyView) -> Iterator[Block]:
    from swreg.domain.shape import write

    yield f"# {view.path}" + ("" if view.written else " (not written: all defaults)")
    yield json.dumps(write(view.policy), indent=2, ensure_ascii=False)


def _changed(outcome: Outcome[Any]) -> Shown:
    def blocks() -> Iterator[Block]:
        yield from outcome.data.changed or ("nothing to change",)
        yield from (f"relaxed: {rule}" for rule in outcome.data.relaxed)
        yield from landed(outcome)

    return Shown(outcome, blocks())
