"""People, owners, and the resources that each owner runs."""
