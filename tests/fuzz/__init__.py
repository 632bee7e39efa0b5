"""Fuzzing of what reads files from others; see ``python -m tests.fuzz --help``."""
