"""The outside world, one adapter per system; each returns domain records."""
