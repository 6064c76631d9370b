"""What moved between two settlements, split into its causes: inputs, contract, software, what was typed in."""
