"""This build beside an older one, in one run: `make bench ARGS="--against REV"`."""
