"""What model.toml says: its concepts, its rules, and the pots that rules move money between."""
