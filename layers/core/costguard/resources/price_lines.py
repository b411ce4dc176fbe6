"""How AWS writes what SageMaker bills, on its price list and on its bill, beyond the first kinds.

A kind that is billed so refers to one of these. Its rates are read whether or not a kind does.
Usage types as seen in public bills and price lists; what nobody has seen is not here.
"""

from costguard.resources.billing import BillingComponent


def _line(name: str, begin: str) -> BillingComponent:
    return BillingComponent(name=name, price_list=(begin,), bill=(begin,))


HOSTING = _line("hosting", "Host:")
ASYNC_INFERENCE = _line("async-inference", "AsyncInf:")
STUDIO_JUPYTERLAB = _line("studio-jupyterlab", "Studio:JupyterLab-")
STUDIO_CODE_EDITOR = _line("studio-codeeditor", "Studio:CodeEditor-")
STUDIO_KERNEL_GATEWAY = _line("studio-notebook", "Studio:KernelGateway-")
STUDIO = _line("studio", "Studio:")  # an app whose usage type does not name it
CANVAS = _line("canvas", "Canvas:")  # by the hour of a session, which has no instance type
RSTUDIO_SESSION = _line("rstudio-session", "RStudio:RSession-")
DATA_WRANGLER = _line("data-wrangler", "DataWrangler:")
CLUSTER = _line("hyperpod-cluster", "Cluster:")
RESERVED_CLUSTER = _line("hyperpod-reserved", "ReservedCluster:")
SPOT_TRAINING = BillingComponent(name="training-spot", price_list=("TrSpt:",))

PRICE_LINES = (
    *(HOSTING, ASYNC_INFERENCE),
    *(STUDIO_JUPYTERLAB, STUDIO_CODE_EDITOR, STUDIO_KERNEL_GATEWAY, STUDIO),
    *(CANVAS, RSTUDIO_SESSION, DATA_WRANGLER),
    *(CLUSTER, RESERVED_CLUSTER, SPOT_TRAINING),
)
CANVAS_SESSION = "Session-Hrs"
"""What stands in the place of an instance type on the line of Canvas."""
