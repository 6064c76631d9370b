"""What every figure is, as steps: lines, pooling, shares, settlement, checks and summary, in one plan."""
