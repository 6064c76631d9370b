"""Record: what a pin keeps beside its hashes, so that someone can say years later what moved, from what to what."""
