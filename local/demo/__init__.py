"""A week in the workshop's shared account, played on the local AWS."""

from local.demo.play import main

__all__ = ["main"]
