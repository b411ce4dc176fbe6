"""Who is told, how and when; it knows no policy and no case."""
