"""What in the documents is made from the code: `make docs` writes it, a test keeps it true."""
