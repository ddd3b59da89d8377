"""Measurements against minimal bots in the same run."""
