"""`costguard audit --csv`: every resource a row, with its facts."""

import csv
import io
from datetime import timedelta

from costguard.costs.prices import bundled_prices
from costguard.policy.loader import parse_policy
from costguard_cli.analysis.assessment import Assessment, assess_fleet
from costguard_cli.views import audit_csv
from tests.factories import POLICY, at, notebook, on, training_job


def test_each_resource_is_a_row_and_no_name_is_a_formula() -> None:
    policy = parse_policy(POLICY)
    fleet = [
        notebook(),
        training_job("=HYPERLINK(1)", max_runtime=timedelta(hours=99), **on("ml.p4d.24xlarge")),
    ]
    rows = assess_fleet(fleet, policy, bundled_prices(), now=at(1))
    found = Assessment(
        region="us-east-2", now=at(1), policy=policy, rows=rows, prices=bundled_prices()
    )
    text = audit_csv.render([found])
    big, fine = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (big["outcome"], big["name"]) == ("stop", "'=HYPERLINK(1)")
    assert "instance-type" in big["rules broken"]
    assert "ml.p4d.24xlarge is not among" in big["why"]
    assert (fine["name"], fine["region"], fine["rules broken"]) == (
        "DoeJohn-ExploreSageMaker",
        "us-east-2",
        "",
    )
    assert fine["ARN"].startswith("arn:aws:sagemaker:us-east-2:")
