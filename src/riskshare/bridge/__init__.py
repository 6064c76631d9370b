"""Bridge: from one settlement to another, split into what moved it: inputs, contract, software, what was typed in."""
