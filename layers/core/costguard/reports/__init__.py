"""The cost summary, as text and as a page."""
