"""The step language: a figure is defined once and lowered to polars and to Excel; imports nothing else of ours."""
