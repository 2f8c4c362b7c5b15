"""Where our own templates lie: inside the wheel, or at the top of a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from swreg.errors import EnvironmentFault

_PACKAGE = Path(__file__).parents[1]
PLACES = (_PACKAGE / "templates", _PACKAGE.parent / "templates")
"""A wheel carries the templates inside the package; an editable install does not see them there."""


@cache
def packaged(name: str) -> str:
    """The text of a template of ours; `EnvironmentFault` where the installation lacks it."""
    for place in PLACES:
        path = place / name
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise EnvironmentFault(f"the installation lacks its template {name}", "install swreg again")
