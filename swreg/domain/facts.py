"""All that is known of one version beside its bytes: what comparing and numbering look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from swreg.domain.features import FeatureChanges, Features, changes
from swreg.domain.metadata_keys import Metadata
from swreg.domain.signature import Signature, incompatibilities


@dataclass(frozen=True, slots=True)
class Facts:
    """One version: how it is called (`v3.1.0`), its metadata, features and signature.

    No features means that nobody recorded them: a model takes at least one.
    """

    version: str
    metadata: Metadata = field(default_factory=Metadata)
    features: Features = field(default_factory=lambda: Features(()))
    signature: Signature | None = None

    def feature_changes(self, newer: Facts) -> FeatureChanges:
        """What changed in the features; nothing where one side did not record them."""
        if not self.features.features or not newer.features.features:
            return changes(self.features, self.features)
        return changes(self.features, newer.features)

    def broken_by(self, newer: Facts) -> tuple[str, ...]:
        """How `newer` breaks the callers of this one; nothing where a signature is missing."""
        if self.signature is None or newer.signature is None:
            return ()
        return incompatibilities(self.signature, newer.signature)
