"""The Excel workbook: one file per sheet, laid out first so that every formula knows where every figure stands."""
