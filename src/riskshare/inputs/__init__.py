"""The only place that opens the user's files: one file per format, and where every value stood."""
