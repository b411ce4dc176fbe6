"""IAM actions written shorter: the same ones are denied."""

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from costguard.resources.coverage import COVERAGE
from costguard_cli.guardrail.action_patterns import shortened

WORDS = st.lists(st.sampled_from(("Create", "Update", "Job", "JobV2", "AI", "App")), min_size=1)
ACTIONS = st.sets(WORDS.map(lambda words: "sagemaker:" + "".join(words)))


@given(ACTIONS, ACTIONS)
def test_what_is_written_shorter_denies_the_same_and_spares_the_same(
    denied: set[str], spared: set[str]
) -> None:
    spared -= denied
    patterns = shortened(denied, spared)
    assert all(any(fnmatchcase(each, p) for p in patterns) for each in denied)
    assert not any(fnmatchcase(each, p) for each in spared for p in patterns)
    assert sum(map(len, patterns)) <= sum(map(len, denied))


def test_a_reader_still_knows_what_is_denied() -> None:
    denied = set(COVERAGE.unstoppable())
    patterns = shortened(denied, COVERAGE.actions() - denied)
    assert "sagemaker:CreateAlgorithm" in patterns
    assert not [each for each in patterns if each.endswith((":Create*", ":Update*", ":Start*"))]
