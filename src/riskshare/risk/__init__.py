"""Risk: what the contract costs in a bad year, from many years drawn and settled."""
