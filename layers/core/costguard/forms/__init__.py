"""How a letter looks in each channel: text, HTML mail, Slack, Amazon Q."""
