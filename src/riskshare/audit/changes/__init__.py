"""Changes: what differs between two readings of a model, each change where a reader can look it up."""
