"""What people are given: the workbook and its sheets, the rulebook, results as CSV, the JSON Schemas."""
