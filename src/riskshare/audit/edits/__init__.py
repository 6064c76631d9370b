"""What somebody did to a workbook since it was built, cell by cell: two workbooks compared by what they mean."""
