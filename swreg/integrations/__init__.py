"""Plugs into other people's programs."""
