"""Replays: real gain and loss settlements computed again from the published files. Run: make replay."""
