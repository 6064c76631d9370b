"""What is wrong or doubtful: lines, contract, flow of money, figures; every finding at once."""
