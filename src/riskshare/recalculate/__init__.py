"""Recalculate: other engines calculate a finished workbook again, and say where they see another figure than ours."""
