"""Which modules are our own: all that the programs know of a build by name.

They run against every build that `--against` names, so they go through `handler.lambda_handler`,
the environment and what AWS is asked, and import nothing of `costguard`.
"""

OWN = {"handler", "costguard", "costguard_policy"}


def is_own(module: str) -> bool:
    """Tell whether a module is of this project, by its full name."""
    return module.partition(".")[0] in OWN
