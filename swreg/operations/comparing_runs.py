"""Compare the runs of an increment, and keep the page of it beside them."""

from __future__ import annotations

from swreg.domain.experiment_comparison import ExperimentComparison, compare_runs
from swreg.errors import NotReady
from swreg.operations.experiment import settle
from swreg.operations.project import Project
from swreg.operations.run_record import EXPERIMENTS, read_logged, read_record, run_folders
from swreg.storage.files import disk_errors, require_real_folders, write_durably
from swreg.storage.layout import home_name

PAGE = "comparison.md"


def compare_increment(project: Project, increment: str | None = None) -> ExperimentComparison:
    """The runs of an increment, without one of the active; writes `experiments/comparison.md`.

    The page is an ordinary file of the work tree, like the runs, and is written only where it
    changes. Raises `BrokenFile` for a run that cannot be read, `NotReady` in a bare repository.
    """
    project.require_layout()
    if project.git.bare:
        raise NotReady("a bare repository has no experiments on disk", "use a clone of it")
    home = project.increment(increment)
    require_real_folders(project.git.root, f"{home}/{EXPERIMENTS}")
    settle(project, home)
    folder = project.git.root / home
    found = [(read_record(one, home_name(home)), read_logged(one)) for one in run_folders(folder)]
    comparison = compare_runs(home_name(home), found, directions=project.policy.metrics.directions)
    page = folder / EXPERIMENTS / PAGE
    data = str(comparison).encode("utf-8", "backslashreplace")
    with disk_errors(f"write {PAGE}"):
        if found and not (page.is_file() and page.read_bytes() == data):
            write_durably(page, data)
    return comparison
