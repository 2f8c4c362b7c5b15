"""`from specweave import ModelRegistry`: the public names of swreg under SpecWeave's name.

This is one module file and must stay one. The package index has an unrelated distribution called
`specweave`, a package folder. Python prefers a folder to a file of the same name, so where both
are installed that package works as ever, and neither installer overwrites a file of the other.
In that case write `from swreg import …`; `swreg doctor` says so.

>>> import specweave, swreg
>>> specweave.Stage is swreg.Stage
True
"""

from __future__ import annotations

import swreg

TYPE_CHECKING = False
if TYPE_CHECKING:  # the names below, said so that a type checker reads them
    from swreg import *  # noqa: F403

__all__ = list(swreg.__all__)


if not TYPE_CHECKING:  # to a type checker it would mean that every name is there

    def __getattr__(name):
        if name in __all__:
            return getattr(swreg, name)
        raise AttributeError(f"module 'specweave' (the face of swreg) has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
