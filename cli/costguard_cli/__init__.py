"""The admin's command line; what it needs stays out of the Lambda layer."""
