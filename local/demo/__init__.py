"""A week in the workshop's shared account, played on the local AWS."""

from local.demo.run import main

__all__ = ["main"]
