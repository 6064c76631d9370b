"""The pin: hashes of all that a model is and gives, and what is kept beside them so that someone can say what moved."""
