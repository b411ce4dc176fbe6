"""What it costs: usage, prices, spend, budgets, the bill."""
