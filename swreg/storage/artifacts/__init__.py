"""The bytes of a version: collected, hashed, and kept in git, a folder or an object store."""
