"""Bring in what another registry kept: a reader for each system, and one way in for all."""
