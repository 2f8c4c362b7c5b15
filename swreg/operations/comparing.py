"""Hold two versions against each other."""

from __future__ import annotations

from swreg.domain.comparison import Comparison, compare
from swreg.domain.names import Reference
from swreg.operations.evidence import fact_files, facts_of_version
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.significance import with_significance
from swreg.storage.source import Revision, load_policy


def compare_versions(
    project: Project, a: Reference, b: Reference, *, at: str | None = None
) -> Outcome[Comparison]:
    """Hold version `b` against version `a`; with p-values where both have metrics per fold."""
    commit = project.commit_at(at)
    source = Revision(project.git, commit)
    found = [project.find(reference, at) for reference in (a, b)]
    source.fetch(project.layout.policy, *fact_files(project, source, *found))
    facts = [facts_of_version(project, source, one) for one in found]
    directions = load_policy(source, project.layout, project.index).metrics.directions
    comparison = compare(facts[0], facts[1], directions=directions)
    comparison, note = with_significance(comparison, facts[0].metadata, facts[1].metadata)
    notes = [note] if note else []
    return read_outcome("registry-compare", comparison, *notes, *project.warnings(at))
