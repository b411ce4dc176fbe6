"""Is a notebook in use? The activity signals, and the verdict on them."""
