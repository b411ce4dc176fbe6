"""What AWS and the clients change: read from their packages as data, said in words."""
