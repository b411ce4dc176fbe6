"""One file a kind, each with its `KIND`: `costguard.resources.registry` finds them."""
