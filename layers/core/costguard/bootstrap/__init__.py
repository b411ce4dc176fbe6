"""Build the ports of each function from its environment."""
