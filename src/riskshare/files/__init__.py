"""Files of any kind: read without waiting and never beyond a folder, written whole, and never over what is not ours."""
