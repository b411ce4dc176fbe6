"""Is a notebook in use? The activity signals, and what they come to."""
