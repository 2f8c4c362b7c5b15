"""One verb per file: load, decide, write, outcome."""
