"""Verify: runs a pinned model or a delivered workbook again and says what is the same and what moved first, and why."""
