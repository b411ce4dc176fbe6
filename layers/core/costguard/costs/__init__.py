"""Costs: usage, prices, spend, budgets, the bill."""
