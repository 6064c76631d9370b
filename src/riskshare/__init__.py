"""riskshare: pooled health and care budgets, gain and loss shared, every figure a live formula."""

__version__ = "0.1.0"
