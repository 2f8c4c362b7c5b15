"""`ModelGovernance`: the audit of a registry, from Python."""

from __future__ import annotations

import datetime as dt

from swreg.api.registry import ModelRegistry
from swreg.api.words import open_project
from swreg.domain.audit import AuditReport
from swreg.operations.auditing import audit


class ModelGovernance:
    """Compliance questions about a registry."""

    def __init__(self, registry: ModelRegistry) -> None:
        self.registry = registry

    def generate_audit_report(
        self,
        model: str | None = None,
        start_date: dt.date | str | None = None,
        end_date: dt.date | str | None = None,
    ) -> AuditReport:
        """Deployments, approvals, metrics, data and policy of a model between two days.

        Both days are inclusive, in UTC; `str()` of the report is Markdown.
        """
        project = open_project(self.registry.path, self.registry.environment)
        start, end = (str(one) if one is not None else None for one in (start_date, end_date))
        return audit(project, model, start=start, end=end).data
