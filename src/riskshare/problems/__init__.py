"""The end of the house that everyone may lean on: findings for users' mistakes, errors for programmers'."""
