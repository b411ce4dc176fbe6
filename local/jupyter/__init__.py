"""Backends of a notebook's presigned URL: a real Jupyter Server, or a simulated one."""

from local.jupyter.proxy import (
    Backend,
    Proxy,
    SimulatedKernel,
    error_backend,
    forwarding_backend,
    hanging_backend,
    jupyter_backend,
    page_backend,
)
from local.jupyter.server import JupyterServer

__all__ = [
    "Backend",
    "JupyterServer",
    "Proxy",
    "SimulatedKernel",
    "error_backend",
    "forwarding_backend",
    "hanging_backend",
    "jupyter_backend",
    "page_backend",
]
