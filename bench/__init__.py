"""Benchmarks: Marquee and its parts beside their peers, as ratios within one run."""
