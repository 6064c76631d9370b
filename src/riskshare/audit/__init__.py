"""After delivery: is it what its model says, why is a figure what it is, what moved between two of them?"""
