"""Test set-up: Hypothesis judges what it finds, not how long a busy machine takes to find it."""

from hypothesis import settings

settings.register_profile("riskshare", deadline=None)
settings.load_profile("riskshare")
