"""Benchmarks: how long riskshare takes and how much memory it needs, against the ordinary ways. Run: make bench."""
