"""The wire as its specifications and its clients want it."""
