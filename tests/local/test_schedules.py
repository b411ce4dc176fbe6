from datetime import datetime, timedelta

import pytest

from local.account import LocalAws, utc
from local.ministack.scheduler import next_time
from tests.local.functions import function, logged, role

NEW_YORK = "America/New_York"


def after(expression: str, moment: datetime, zone: str = "UTC") -> datetime | None:
    schedule = {"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone}
    return next_time(schedule, moment, since=utc(2026, 3, 1))


@pytest.mark.parametrize(
    ("expression", "moment", "zone", "due"),
    [
        ("rate(10 minutes)", utc(2026, 3, 1), "UTC", utc(2026, 3, 1, 0, 10)),
        ("rate(10 minutes)", utc(2026, 3, 1, 0, 10), "UTC", utc(2026, 3, 1, 0, 20)),
        ("rate(1 day)", utc(2026, 3, 4, 5), "UTC", utc(2026, 3, 5)),
        ("cron(0 8 ? * MON-FRI *)", utc(2026, 3, 6, 9), "UTC", utc(2026, 3, 9, 8)),
        ("cron(0 8 ? * MON-FRI *)", utc(2026, 3, 6, 9), NEW_YORK, utc(2026, 3, 6, 13)),
        ("cron(0 8 * * ? *)", utc(2026, 3, 7, 14), NEW_YORK, utc(2026, 3, 8, 12)),
        ("cron(30 2 * * ? *)", utc(2026, 3, 8, 6), NEW_YORK, utc(2026, 3, 8, 7, 30)),
        ("at(2026-03-02T08:00:00)", utc(2026, 3, 1), NEW_YORK, utc(2026, 3, 2, 13)),
        ("at(2026-03-02T08:00:00)", utc(2026, 3, 3), NEW_YORK, None),
    ],
)
def test_a_schedule_is_due_next(
    expression: str, moment: datetime, zone: str, due: datetime | None
) -> None:
    assert after(expression, moment, zone) == due


def test_an_hour_that_comes_twice_is_due_once() -> None:
    first = after("cron(30 1 * * ? *)", utc(2026, 11, 1, 4), NEW_YORK)
    assert first == utc(2026, 11, 1, 5, 30)
    assert after("cron(30 1 * * ? *)", first, NEW_YORK) == utc(2026, 11, 2, 6, 30)


def test_an_expression_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a schedule expression"):
        after("every day", utc(2026, 3, 1))


def schedule(aws: LocalAws, name: str, *allowed: str, expression: str, **more: object) -> None:
    function_arn = function(aws, name, "print(json.dumps(event))")
    aws.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": function_arn,
            "RoleArn": role(aws, f"{name}-schedule", *allowed),
            "Input": '{"time": "<aws.scheduler.scheduled-time>"}',
        },
        **more,
    )


def test_a_rate_invokes_its_target_at_once_and_then_by_the_simulated_time(aws: LocalAws) -> None:
    start = aws.clock.now()
    schedule(aws, "sweep", "lambda:InvokeFunction", expression="rate(10 minutes)")
    aws.clock.advance(timedelta(minutes=30))
    due = [start + timedelta(minutes=minutes) for minutes in (0, 10, 20, 30)]
    assert [event["time"] for event in logged(aws, "sweep")] == [
        f"{when:%Y-%m-%dT%H:%M:%SZ}" for when in due
    ]


def test_a_disabled_or_deleted_schedule_is_silent(aws: LocalAws) -> None:
    grant = "lambda:InvokeFunction"
    schedule(aws, "off", grant, expression="rate(1 minute)", State="DISABLED")
    schedule(aws, "gone", grant, expression="rate(1 minute)")
    aws.client("scheduler").delete_schedule(Name="gone")
    aws.clock.advance(timedelta(minutes=3))
    groups = aws.client("logs").describe_log_groups()["logGroups"]
    assert not {"/aws/lambda/off", "/aws/lambda/gone"} & {g["logGroupName"] for g in groups}


def test_a_schedule_whose_role_may_not_call_the_target_says_so(
    aws: LocalAws, caplog: pytest.LogCaptureFixture
) -> None:
    schedule(aws, "denied", expression="rate(1 minute)")
    aws.clock.advance(timedelta(minutes=1))
    assert "role/denied-schedule may not call" in caplog.text
