"""Renderers of a message: text, HTML e-mail, Slack, Amazon Q."""
