"""From the environment to ports: where a function is put together."""
