"""Functions of other packages on whose behaviour the guard rests, by a fingerprint of their code.

A changed fingerprint says only that somebody has to look: what changed may not matter.
"""

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

_SDK_2, _SDK_3 = "sagemaker<3", "sagemaker-core"
_STAMPS = "how the SDK cuts and stamps the names of jobs (resources/naming.py)"
_KERNELS = "what a Jupyter server says of its kernels (adapters/jupyter.py)"


@dataclass(frozen=True)
class Reliance:
    """One function, and what rests on it."""

    package: str  # as a requirement
    path: str
    function: str
    what: str

    @property
    def key(self) -> str:
        """Name it in the file of fingerprints."""
        return f"{self.package} {self.path} {self.function}"

    def fingerprint(self, at: Path) -> str | None:
        """Take the fingerprint of its code, without comments and form; None where it is gone."""
        path = at / self.path
        if not path.exists():
            return None
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name == self.function:
                return hashlib.sha256(ast.dump(node).encode()).hexdigest()[:16]
        return None


RELIANCES = (
    *(
        Reliance(package, path, function, _STAMPS)
        for package, path in (
            (_SDK_2, "sagemaker/utils.py"),
            (_SDK_3, "sagemaker/core/common_utils.py"),
        )
        for function in ("name_from_base", "sagemaker_timestamp", "sagemaker_short_timestamp")
    ),
    Reliance(
        "amazon-sagemaker-jupyter-scheduler",
        "amazon_sagemaker_jupyter_scheduler/model_converter.py",
        "generate_training_job_name",
        "how Studio names notebook jobs (ownership/matching.py)",
    ),
    *(
        Reliance("jupyter-server", "jupyter_server/services/kernels/kernelmanager.py", f, _KERNELS)
        for f in ("kernel_model", "start_watching_activity")
    ),
    *(
        Reliance("ipykernel", "ipykernel/kernelbase.py", f, "when a kernel says busy and idle")
        for f in ("dispatch_shell", "_publish_status")
    ),
)
"""In the order in which they are told."""
