"""What answers behind a notebook's presigned URL: a real Jupyter Server, or a script."""

from local.jupyter.proxy import Backend, Proxy, answering, broken, forwarding, hanging, page
from local.jupyter.server import JupyterServer

__all__ = [
    "Backend",
    "JupyterServer",
    "Proxy",
    "answering",
    "broken",
    "forwarding",
    "hanging",
    "page",
]
