"""Reprisal's model: scenario files, rules, agents, batches and the results they store."""

__version__ = "0.2.0"
