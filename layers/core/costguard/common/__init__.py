"""General values: errors, text, time, formatting."""
