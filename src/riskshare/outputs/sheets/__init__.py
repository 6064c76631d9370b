"""One file per sheet of the workbook, in the words a commissioner reads."""
