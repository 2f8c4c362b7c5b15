"""Checks of who is told of changes: every message arrived, and nobody waits in vain."""

from __future__ import annotations

from swreg.operations.checkup.finding import Finding
from swreg.operations.project import Project


def delivered(project: Project) -> Finding | None:
    """Every notification was delivered, and names events that there are."""
    folder = project.git.common_dir / "swreg" / "undelivered"
    if not project.policy.notifications and not folder.is_dir():
        return None
    from swreg.operations.announcing import unknown_events, waiting

    wrong = unknown_events(project.policy.notifications)
    if wrong:
        return Finding(
            f"notifications name no event there is: {', '.join(wrong)}",
            "correct notifications in the configuration",
        )
    there = waiting(project)
    if not there:
        return None
    last = there[-1]
    return Finding(
        f"{len(there)} notifications were not delivered, the last one because {last.why}",
        "mend the cause, then run: swreg doctor --fix",
    )


def resend(project: Project) -> None:
    """Send again what waits."""
    from swreg.operations.announcing import resend

    resend(project)
