"""`python -m riskshare.cli`: the command line, where `riskshare` itself is not on the path."""

from riskshare.cli import main

main()
