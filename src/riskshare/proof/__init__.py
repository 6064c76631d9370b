"""Another engine recalculates a finished workbook, and says where it sees another figure than ours."""
