"""What the template takes from the kinds is what `make template` writes."""

import re
import runpy
from pathlib import Path

from costguard.resources.registry import KINDS

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "template"))


def test_the_template_holds_what_the_kinds_say() -> None:
    assert SCRIPT["written"](TEMPLATE) == TEMPLATE, "run `make template`"


def test_each_list_has_its_place_once() -> None:
    places = re.findall(r"# >>> make template: (\S+)", TEMPLATE)
    assert sorted(places) == sorted(SCRIPT["lists"]())


def test_what_somebody_took_out_is_put_back() -> None:
    less = TEMPLATE.replace("                - sagemaker:StopTrainingJob\n", "")
    assert less != TEMPLATE
    assert SCRIPT["written"](less) == TEMPLATE


def test_no_action_on_a_kind_is_written_by_hand() -> None:
    lists = r" *# >>> make template: (\S+)\n.*?# <<< make template: \1\n"
    by_hand = re.sub(lists, "", TEMPLATE, flags=re.DOTALL)
    calls = {call for kind in KINDS.values() for use in kind.grants.values() for call in use}
    named = set(re.findall(r"sagemaker:(\w+)", by_hand))
    assert not {call for call in calls if call[0].isupper()} & named
