"""Where state lives: git through one door, files on disk, catalogs as text, artifacts."""
