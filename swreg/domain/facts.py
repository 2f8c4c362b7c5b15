"""All that is known of one version beside its bytes: what comparing and numbering look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from swreg.domain.features import FeatureChanges, Features, changes
from swreg.domain.metadata_keys import Metadata
from swreg.domain.signature import Signature, incompatibilities

UNKNOWN = Features(())


@dataclass(frozen=True, slots=True)
class Facts:
    """One version: how it is called (`v3.1.0`), its metadata, features and signature.

    No features, None or an empty list, means that nobody recorded them: a model takes some.
    """

    version: str
    metadata: Metadata = field(default_factory=Metadata)
    features: Features | None = None
    signature: Signature | None = None

    def feature_changes(self, newer: Facts) -> FeatureChanges:
        """What changed in the features; nothing where one side did not record them."""
        old, new = self.features or UNKNOWN, newer.features or UNKNOWN
        return changes(old, new) if old.features and new.features else changes(old, old)

    def broken_by(self, newer: Facts) -> tuple[str, ...]:
        """How `newer` breaks the callers of this one; nothing where a signature is missing."""
        if self.signature is None or newer.signature is None:
            return ()
        return incompatibilities(self.signature, newer.signature)
