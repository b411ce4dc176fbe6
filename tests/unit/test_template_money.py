"""The template and the policy agree about money."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_schedules_keep_the_time_of_the_shipped_policy() -> None:
    policy = tomllib.loads((ROOT / "layers/policy/policy.toml").read_text(encoding="utf-8"))
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    found = re.search(r"Timezone:\n    Type: String\n    Default: (\S+)", template)
    assert found is not None
    assert found[1] == policy["timezone"]
