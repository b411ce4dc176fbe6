"""`costguard audit` on an account without a guard: its results, and that it only reads."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.account import LocalAws
from tests.cli.command import run
from tests.local.guard import COMPLETE, POLICY, START
from tests.local.sagemaker_cases import notebook, processing, tagged, training, tuning

type AsUser = Callable[..., list[object]]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=START, frozen=True) as running:
        sagemaker = running.client("sagemaker")
        good = tagged(**COMPLETE)
        sagemaker.create_notebook_instance(**notebook("DoeJohn-Explore", Tags=good))
        sagemaker.create_notebook_instance(**notebook("RoeJane-Baseline"))
        big = {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10}
        sagemaker.create_training_job(**training("churn", ResourceConfig=big, Tags=good))
        sagemaker.create_processing_job(**processing("clean", Tags=good))
        sagemaker.create_hyper_parameter_tuning_job(**tuning("tune", Tags=good))
        running.clock.advance(timedelta(minutes=10))
        yield running


@pytest.fixture
def as_user(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsUser:
    """Make an IAM user with these grants, and give the options that name it."""

    def make(name: str, *denied: str) -> list[object]:
        iam = aws.client("iam")
        iam.create_user(UserName=name)
        read = {"Effect": "Allow", "Action": READS, "Resource": "*"}
        statements = [read, *({"Effect": "Deny", "Action": d, "Resource": "*"} for d in denied)]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="reads", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        (tmp_path / "keys").write_text(
            f"[{name}]\naws_access_key_id = {key['AccessKeyId']}\n"
            f"aws_secret_access_key = {key['SecretAccessKey']}\nregion = {aws.region}\n"
        )
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
        return ["--profile", name, "--as-of", aws.clock.now().isoformat()]

    return make


READS = [
    "sagemaker:List*",
    "sagemaker:Describe*",
    "tag:GetResources",
    "cloudwatch:GetMetricData",
    "cloudformation:DescribeStacks",
    "sts:GetCallerIdentity",
]


def audit(*arguments: object) -> tuple[int, Any]:
    done = run("audit", "--policy", POLICY, *arguments, "--json")
    return done.code, json.loads(done.out)


def outcomes(answer: Any) -> dict[str, str]:
    return {row["resource"]["name"]: row["outcome"] for row in answer["resources"]}


def test_the_audit_says_what_the_guard_would_do(aws: LocalAws) -> None:
    code, answer = audit("--local")
    assert code == 1
    assert outcomes(answer) == {
        "churn": "stop",
        "RoeJane-Baseline": "warn",
        "DoeJohn-Explore": "fine",
        "clean": "stop",  # it asks for no limit
        "tune": "fine",  # and none of the training jobs that it runs
    }
    assert answer["time"] == aws.clock.now().isoformat()


def test_nothing_in_the_account_changes(aws: LocalAws) -> None:
    before = len(aws.account.events), aws.client("cloudformation").list_stacks()["StackSummaries"]
    audit("--local")
    assert before == (len(aws.account.events), [])


def test_another_moment_is_judged_as_of_then(aws: LocalAws) -> None:
    later = (aws.clock.now() + timedelta(hours=40)).isoformat()
    _, answer = audit("--local", "--as-of", later)
    assert answer["time"] == later


def test_a_mode_caps_what_would_happen() -> None:
    _, answer = audit("--local", "--mode", "observe")
    assert outcomes(answer)["churn"] == "observe"


@pytest.mark.usefixtures("aws")
def test_the_list_prices_are_asked_for_when_wanted() -> None:
    _, answer = audit("--local", "--list-prices")
    prices = {row["resource"]["name"]: row["usd_per_hour"] for row in answer["resources"]}
    assert prices["churn"] is not None
    assert answer["prices"].startswith("AWS Price List API")


def test_a_role_that_may_call_what_nothing_stops_is_named(aws: LocalAws) -> None:
    iam, trust = aws.client("iam"), json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="ml-door", AssumeRolePolicyDocument=trust)
    allowed = {"Effect": "Allow", "Action": "sagemaker:CreateProject", "Resource": "*"}
    grant = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="ml-door", PolicyName="it", PolicyDocument=grant)
    _, answer = audit("--local", "--door", "ml-door")
    [note] = [note for note in answer["notes"] if note.startswith("ml-door")]
    assert "may call 1 of " in note
    assert ": CreateProject; " in note


def test_a_person_who_may_only_read_can_audit(as_user: AsUser) -> None:
    code, answer = audit(*as_user("reader"))
    assert (code, answer["could_not_look"]) == (1, [])
    assert len(answer["resources"]) == 5


def test_what_is_denied_is_said_and_not_clean(as_user: AsUser) -> None:
    refused = ("sagemaker:ListTrainingJobs", "tag:GetResources", "sagemaker:ListTags")
    options = as_user("half", *refused)
    _, answer = audit(*options)
    unseen = {row["what"]: row["why"] for row in answer["could_not_look"]}
    assert unseen == {
        "any training job (ListTrainingJobs)": "denied",
        "tags (GetResources)": "denied",
        "tags (ListTags)": "denied",
    }
    assert outcomes(answer)["RoeJane-Baseline"] == "cannot-tell"


def test_a_person_who_may_nothing_is_told_what_is_missing(as_user: AsUser) -> None:
    done = run("explain", "RoeJane-Baseline", *as_user("nobody", "sagemaker:*"))
    assert (done.code, "ReadOnlyAccess" in done.words) == (2, True)


def test_explain_finds_a_resource_by_its_name_alone() -> None:
    done = run("explain", "RoeJane-Baseline", "--local", "--policy", POLICY, "--json")
    answer = json.loads(done.out)
    assert (done.code, answer["rules"]["missing-tags"]["answer"]) == (1, "fail")
    assert answer["rules"]["naming"]["answer"] == "pass"


def test_explain_says_when_there_is_no_such_thing() -> None:
    done = run("explain", "NoSuch-Thing", "--local")
    assert (done.code, "There is no NoSuch-Thing" in done.words) == (2, True)


def test_a_page_is_written_for_those_who_have_no_terminal(tmp_path: Path) -> None:
    done = run("audit", "--local", "--policy", POLICY, "--html", tmp_path / "audit.html")
    page = (tmp_path / "audit.html").read_text()
    assert (done.code, "RoeJane-Baseline" in page, "<script" in page) == (1, True, False)


def test_a_change_of_policy_names_whom_it_affects_now(tmp_path: Path) -> None:
    stricter = tmp_path / "stricter.toml"
    stricter.write_text(POLICY.read_text().replace('"ml.t3.*", ', ""))
    done = run("policy", "diff", POLICY, stricter, "--live", "--local", "--json")
    affected = json.loads(done.out)["affected"]
    assert {each["arn"].rsplit("/", 1)[-1] for each in affected} == {
        "doejohn-explore",
        "roejane-baseline",
    }


def test_status_says_that_nothing_is_deployed() -> None:
    done = run("status", "--local")
    assert (done.code, "no Costguard stack" in done.words) == (2, True)


def test_a_local_aws_that_does_not_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    done = run("audit", "--local")
    assert (done.code, "make local" in done.words) == (2, True)


def test_the_sdks_defaults_of_a_notebook_are_its_own_tags(as_user: AsUser) -> None:
    user = as_user("learner")[:2]
    done = run("sdk-defaults", "DoeJohn-Explore", "--local", *user)
    found = json.loads(done.out)["SageMaker"]["TrainingJob"]["Tags"]
    assert done.code == 0
    assert {tag["Key"]: tag["Value"] for tag in found} == {
        key: COMPLETE[key] for key in ("Project", "Name", "Purpose")
    }
    assert run("sdk-defaults", "RoeJane-Baseline", "--local", *user).code == 2
    assert run("sdk-defaults", "nobody", "--local", *user).code == 2


@pytest.mark.usefixtures("aws")
def test_an_audit_is_a_table_for_a_spreadsheet_too(tmp_path: Path) -> None:
    _, answer = audit("--local", "--csv", tmp_path / "audit.csv")
    text = (tmp_path / "audit.csv").read_text(encoding="utf-8-sig")
    rows = {row["name"]: row["outcome"] for row in csv.DictReader(text.splitlines())}
    assert rows == outcomes(answer)


def test_the_studio_domains_whose_idle_shutdown_is_off_are_named(
    aws: LocalAws, as_user: AsUser
) -> None:
    sagemaker = aws.client("sagemaker")
    on = {"AppLifecycleManagement": {"IdleSettings": {"LifecycleManagement": "ENABLED"}}}
    every = {"JupyterLabAppSettings": on, "CodeEditorAppSettings": on}
    for name, settings in {"on": every, "half": {"JupyterLabAppSettings": on}, "off": {}}.items():
        made = sagemaker.create_domain(
            DomainName=name, AuthMode="IAM", DefaultUserSettings=settings
        )
        named = {"DomainId": made["DomainId"], "SpaceName": "lab"}
        sagemaker.create_space(**named, SpaceSettings={"AppType": "JupyterLab"})
    sagemaker.create_app(**named, AppType="JupyterLab", AppName="default")
    aws.clock.advance(timedelta(minutes=5))
    _, answer = audit("--local", "--list-prices")
    [studio] = answer["studio"]
    assert (len(studio["domains"]), studio["idle_shutdown_off"]) == (3, 2)
    assert (studio["spaces"], studio["volume_gb"]) == (3, 15)
    assert float(studio["usd_per_month"]) == 1.68
    [app] = [row for row in answer["resources"] if row["resource"]["kind"] == "app"]
    assert app["usd_per_hour"] == "0.05"
    _, answer = audit(*as_user("no-studio", "sagemaker:DescribeDomain", "sagemaker:ListApps"))
    unseen = {row["what"]: row["why"] for row in answer["could_not_look"]}
    assert unseen["any Studio app (ListApps)"] == "denied"
    assert len([what for what in unseen if what.startswith("Studio domain d-")]) == 3
