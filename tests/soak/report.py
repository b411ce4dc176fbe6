"""What people read after a soak: a table, or the law that did not hold and how to see it again."""

from collections.abc import Iterator

from tests.soak import invariant
from tests.soak.soak import START, Result

_LINES = 60


def table(result: Result) -> str:
    """Write the table of a soak in Markdown."""
    return "".join(f"| {name} | {value} |\n" for name, value in _rows(result))


def failure(result: Result) -> str:
    """Say which law did not hold, for what, what had happened to it, and how to repeat it."""
    first = result.breaches[0]
    day = (first.when - START).days + 1
    history = result.history.get(first.name, [])[-_LINES:]
    return "\n".join(
        (
            f"BROKEN: {first.invariant}",
            f"seed {result.seed}, day {day} ({first.when:%a %d %b %H:%M:%S})",
            f"{first.name or 'the guard'}: {first.why}",
            *(f"  {line}" for line in history),
            f"Repeat it with: make soak SEED={result.seed} DAYS={day}",
        )
    )


_WRONG = frozenset(
    {
        invariant.WRONG_STOP,
        invariant.NO_GRACE,
        invariant.UNHEARD,
        invariant.PROMISED,
        invariant.TWO_STOPS,
    }
)
_NAMED = _WRONG | {invariant.LOST, invariant.LATE}


def _rows(result: Result) -> Iterator[tuple[str, str]]:
    broken = [breach.invariant for breach in result.breaches]

    yield "a soak of a random account", f"seed {result.seed}"
    yield "---", "---"
    yield "simulated days", f"{result.days}"
    yield "resources created", f"{result.resources:,}"
    yield "function runs", f"{sum(result.invocations.values()):,}"
    yield "faults injected", f"{sum(result.injected.values()):,}"
    for name, number in result.injected.items():
        yield f"… {name}", f"{number:,}"
    for channel, (taken, unknown, again) in result.letters.items():
        told = f"{taken:,}, {unknown:,} with a lost answer, {again:,} twice ({again / taken:.2%})"
        yield f"… messages by {channel}", told
    yield "stops", f"{result.stops:,}"
    yield "wrong stops", str(sum(law in _WRONG for law in broken))
    yield "lost notices", str(broken.count(invariant.LOST))
    yield "late stops", str(broken.count(invariant.LATE))
    yield "other laws broken", str(sum(law not in _NAMED for law in broken))
