"""Why a figure of a computed model is what it is, down to the cells of the user's files: `riskshare explain`."""
