"""Reading .xlsx files safely: parts, sheets, cells and A1 references, within limits; nothing in them is run."""
