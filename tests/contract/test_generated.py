"""What the templates take from the kinds is what `make template` writes."""

import re
import runpy
from pathlib import Path

import pytest

from costguard.resources.registry import KINDS

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "template"))
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in SCRIPT["TEMPLATES"]}
OF_THE_SPOKE = {"stopped", "conditional-stops-here"}
each_template = pytest.mark.parametrize("name", TEMPLATES)


@each_template
def test_the_template_holds_what_the_kinds_say(name: str) -> None:
    assert SCRIPT["written"](TEMPLATES[name]) == TEMPLATES[name], "run `make template`"


@each_template
def test_each_list_has_its_place_once(name: str) -> None:
    places = re.findall(r"# >>> make template: (\S+)", TEMPLATES[name])
    lists = set(SCRIPT["lists"]())
    assert len(set(places)) == len(places)
    assert lists.issuperset(places)
    assert name == "spoke.yaml" or lists - set(places) == OF_THE_SPOKE


@each_template
def test_what_somebody_took_out_is_put_back(name: str) -> None:
    less = re.sub(r" +- sagemaker:StopTrainingJob\n", "", TEMPLATES[name])
    assert less != TEMPLATES[name]
    assert SCRIPT["written"](less) == TEMPLATES[name]


@each_template
def test_no_action_on_a_kind_is_written_by_hand(name: str) -> None:
    lists = r" *# >>> make template: (\S+)\n.*?# <<< make template: \1\n"
    by_hand = re.sub(lists, "", TEMPLATES[name], flags=re.DOTALL)
    calls = {call for kind in KINDS.values() for use in kind.grants.values() for call in use}
    named = set(re.findall(r"sagemaker:(\w+)", by_hand))
    assert not {call for call in calls if call[0].isupper()} & named
