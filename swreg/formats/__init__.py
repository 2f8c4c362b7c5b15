"""How a model object becomes files, and how files become a model again, safely.

`save_model` and `load_model` are the two ways; `list_globals` says what a pickle would look up,
without running it; `requirements`, `features_from` and the signatures describe a model object.
"""

from swreg.formats.imported import Requirements, modules_of, requirements
from swreg.formats.loading import load_model
from swreg.formats.pickled import Globals, list_globals
from swreg.formats.samples import features_from
from swreg.formats.saving import Saved, save_model
from swreg.formats.signatures import (
    signature_from_fitted,
    signature_from_hints,
    signature_from_sample,
)

__all__ = [
    "Globals",
    "Requirements",
    "Saved",
    "features_from",
    "list_globals",
    "load_model",
    "modules_of",
    "requirements",
    "save_model",
    "signature_from_fitted",
    "signature_from_hints",
    "signature_from_sample",
]
