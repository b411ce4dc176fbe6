"""How a message looks in each channel: text, HTML mail, Slack, Amazon Q."""
