"""Tests of the house itself: imports, sizes, docstrings, locks and versions."""
