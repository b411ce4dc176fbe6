"""Costguard beside Cloud Custodian and the floor, on the same local AWS: `make bench`."""
