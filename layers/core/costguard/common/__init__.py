"""Values without a domain: errors, text, time, money in words."""
