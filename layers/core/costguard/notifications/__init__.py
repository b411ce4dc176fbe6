"""Notices, recipients and delivery; this package knows no policy and no case."""
