"""The local AWS: what the emulator lacks, beside it in one process."""
