"""swreg: a model registry that lives in a git repository.

The names below are the public face. Each is loaded when it is first asked for (PEP 562), so that
`import swreg` costs hardly more than a bare interpreter: commands, hooks and completion start
through this file.

>>> import swreg
>>> swreg.Stage.PRODUCTION.value
'production'
>>> "Version" in dir(swreg)
True
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing typing would treble our cost
if TYPE_CHECKING:  # what the table below says
    from swreg.api.ab import run_ab_test
    from swreg.api.compared_experiments import compare_experiments
    from swreg.api.custom import CustomRegistry
    from swreg.api.experiments import track_experiment
    from swreg.api.governance import ModelGovernance
    from swreg.api.mlflow_registry import MLflowRegistry
    from swreg.api.monitor import ModelMonitor
    from swreg.api.registry import ModelRegistry
    from swreg.api.version import ModelVersion
    from swreg.domain.experiment import ExperimentMetadata
    from swreg.domain.stage import Stage
    from swreg.domain.version import Version
    from swreg.errors import (
        AlreadyExists,
        Ambiguous,
        ApprovalPending,
        BrokenFile,
        Contention,
        EnvironmentFault,
        FactError,
        FollowUpIncomplete,
        Held,
        IllegalTransition,
        IntegrityError,
        MissingExtra,
        NotFound,
        NotReady,
        PolicyRefused,
        SwregError,
        Unsafe,
        UsageError,
    )

__version__ = "0.1.0"

__all__ = [
    "AlreadyExists",
    "Ambiguous",
    "ApprovalPending",
    "BrokenFile",
    "Contention",
    "CustomRegistry",
    "EnvironmentFault",
    "ExperimentMetadata",
    "FactError",
    "FollowUpIncomplete",
    "Held",
    "IllegalTransition",
    "IntegrityError",
    "MLflowRegistry",
    "MissingExtra",
    "ModelGovernance",
    "ModelMonitor",
    "ModelRegistry",
    "ModelVersion",
    "NotFound",
    "NotReady",
    "PolicyRefused",
    "Stage",
    "SwregError",
    "Unsafe",
    "UsageError",
    "Version",
    "compare_experiments",
    "run_ab_test",
    "track_experiment",
]

# Where a public name lives; every name that is not here is an error class.
_HOMES = {
    "CustomRegistry": "swreg.api.custom",
    "MLflowRegistry": "swreg.api.mlflow_registry",
    "ModelGovernance": "swreg.api.governance",
    "ModelMonitor": "swreg.api.monitor",
    "ModelRegistry": "swreg.api.registry",
    "ModelVersion": "swreg.api.version",
    "ExperimentMetadata": "swreg.domain.experiment",
    "Stage": "swreg.domain.stage",
    "Version": "swreg.domain.version",
    "compare_experiments": "swreg.api.compared_experiments",
    "run_ab_test": "swreg.api.ab",
    "track_experiment": "swreg.api.experiments",
}


if not TYPE_CHECKING:  # to a type checker it would mean that every name is there

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'swreg' has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_HOMES.get(name, "swreg.errors")), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
