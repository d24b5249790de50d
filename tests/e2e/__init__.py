"""Tests that drive the served pages in a real browser."""
