"""The contract of a kind: everything that distinguishes one kind from another, as data.

Each kind is one file in `resources/kinds`. `tests/contract` holds each against botocore's model.
It is longer than other modules because every part of that contract is here.
"""

from collections.abc import Callable, Mapping
from copy import replace
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct

from costguard.common.observed import moment
from costguard.resources.billing import BillingComponent
from costguard.resources.deletion import Hindrance, Needed, no_line
from costguard.resources.identity import Identity
from costguard.resources.model import BillingFacts, InstanceGroup, ResourceStatus
from costguard.resources.use import UseMetric

type Raw = Mapping[str, Any]
type Groups = tuple[InstanceGroup, ...] | None


class ParentList(Struct, frozen=True, kw_only=True):
    """Another list, for a list call that has to name a parent: one call for each row of it."""

    operation: str
    rows: str
    field: str  # of a row: the parent's name
    argument: str  # of our list call


class ListCall(Struct, frozen=True, kw_only=True):
    """How everything of a kind is listed. Each argument may be one that AWS does not have: None."""

    operation: str
    rows: str  # the member of the answer
    each: tuple[Raw, ...] = ({},)  # one call with each of these arguments, such as a category
    parents: ParentList | None = None
    status: str | None = "StatusEquals"  # without it the rows are sifted by their status
    newest_page: bool = False  # no filter of AWS bounds it: only its first page is read
    filtered_late: bool = False  # AWS cuts its pages first: they are as many as those of all rows
    created_after: str | None = "CreationTimeAfter"
    changed_after: str | None = "LastModifiedTimeAfter"


class FollowUp(Struct, frozen=True, kw_only=True):
    """A read that follows a describe, because the answer only refers to what is wanted."""

    operation: str
    field: str  # of the description: what to ask for; a dot goes into a member
    argument: str  # of this read
    only_if: tuple[str, str] | None = None  # another such field, and the value that it must have
    also: tuple[str, ...] = ()  # more fields that this read takes under their own names
    arguments: Raw = {}  # of each such read
    into: str  # the member under which its answer is put beside the description
    resource: str  # the resource part of the ARN that it reads, for the grant


class StopCall(Struct, frozen=True, kw_only=True):
    """The call that ends the cost of one, with its arguments besides the name.

    `deletes`: it deletes what can be made again from what stays; only `park` makes such a call,
    and only where all that it needs is there, and nothing hinders it. `for_rules`: the rules that
    may have it deleted without being named in the policy; None: every rule.
    """

    operation: str
    arguments: Raw | None = None
    deletes: bool = False
    for_rules: tuple[str, ...] | None = None
    needs: tuple[Needed, ...] = ()
    hindered_by: tuple[Hindrance, ...] = ()
    gentler: Callable[[Raw], str] = no_line  # the words of a line that makes it smaller
    condition: Mapping[str, Mapping[str, str]] | None = None  # in IAM's words: granted only so


class Api(Struct, frozen=True, kw_only=True):
    """The operations of AWS. Without a stop, the guard only warns."""

    list: ListCall
    describe: str
    described_by: str | None = None  # the member of a row that a describe takes, if no name does
    describe_result: str | None = None  # the member that holds the description, if one does
    follow_ups: tuple[FollowUp, ...] = ()
    stop: StopCall | None

    @property
    def lists(self) -> tuple[str, ...]:
        """Name the calls that list it, that of its parents first."""
        parents = (self.list.parents.operation,) if self.list.parents else ()
        return (*parents, self.list.operation)


class Events(Struct, frozen=True, kw_only=True):
    """The events of a kind. Without a detail-type, only CloudTrail reports it."""

    detail_type: str | None
    without_status: tuple[str, ...] = ()  # detail-types whose events only name one
    creates: tuple[str, ...]  # the operations that make one, as CloudTrail names them
    changes: tuple[str, ...] = ()  # those that change what one costs, or end it
    change_member: str = ""  # of their requests: with it they are about this kind
    status: str | None = None  # the member of an event with its status, where it has another name

    @property
    def detail_types(self) -> tuple[str, ...]:
        """List every detail-type of its events."""
        return (*((self.detail_type,) if self.detail_type else ()), *self.without_status)


class Lifecycle(Struct, frozen=True, kw_only=True):
    """What its status words mean, and whether a stop is a pause or the end."""

    statuses: Mapping[str, ResourceStatus]
    event_statuses: Mapping[str, ResourceStatus] = {}  # only events say
    absent: ResourceStatus | None = None  # of one without a status: None is not known
    restartable: bool = False

    @property
    def running(self) -> tuple[str, ...]:
        """List the words of what costs money while it runs; none where only its storage costs."""
        return tuple(w for w, status in self.statuses.items() if status is ResourceStatus.RUNNING)

    def status_of(self, word: object) -> ResourceStatus | None:
        """Answer what a word of the API or of an event means; None for one that AWS added."""
        if word is None:
            return self.absent
        return self.statuses.get(str(word)) or self.event_statuses.get(str(word))

    @property
    def first(self) -> str:
        """Name the status of one that was just made."""
        starting = (w for w, status in self.statuses.items() if status is ResourceStatus.STARTING)
        return next(starting, None) or self.running[0]


def no_facts(_raw: Raw) -> BillingFacts:
    """Read the billing facts of a kind whose answers hold none."""
    return BillingFacts()


def nothing(_raw: Raw) -> object:
    """Answer for a kind that stands for itself."""
    return None


def never(_raw: Raw) -> bool:
    """Answer for a kind of which something is true of no one."""
    return False


def always(_raw: Raw) -> bool:
    """Answer for a kind of which something is true of each."""
    return True


def no_profile(_raw: Raw) -> str | None:
    """Name no user profile: of a kind that does not belong to one."""
    return None


def no_metrics(_raw: Raw) -> tuple[UseMetric, ...]:
    """Name no metrics: of a kind whose use AWS does not measure."""
    return ()


class Translation(Struct, frozen=True, kw_only=True):
    """How the facts of one are read from AWS's answer."""

    arn: str  # the field with its ARN
    status: str  # the field with its status; a dot goes into a member
    started: str  # the field with the start of this run
    began: Callable[[Raw], datetime | None] | None = None  # that start, where no field holds it
    ended: str | None = None  # the field with its end: only a job has one
    moves: bool = False  # `started` is when its status changed last, also when it stopped
    goes_on: tuple[str, ...] = ()  # status words of a run that began before that change
    groups: Callable[[Raw], Groups] | None = None  # None: no instance is its own
    by_children: bool = False  # what it runs is what its children run: only the fleet tells
    limits: Callable[[Raw], tuple[Raw, ...]] | None = None  # the StoppingConditions that hold it
    own_limit: Callable[[Raw], Raw] | None = None  # what limits all the jobs that it starts
    waits: Callable[[Raw], bool] = never  # it has no instances yet
    parents: tuple[str, ...] = ()  # fields that name what SageMaker made it for
    belongs_to: Callable[[Raw], object] = nothing  # the ARN of the job beside which AWS runs it
    billing: Callable[[Raw], BillingFacts] = no_facts
    use: Callable[[Raw], tuple[UseMetric, ...]] = no_metrics  # each of which shows its use
    changed: str | None = None  # the field with its last change, which counts as use
    source: str | None = None  # the field that names what another is made from; a dot as above
    summary_suffices: bool = False  # the list answer holds all that the rules read
    judged: Callable[[Raw], bool] = always  # False: no rule is asked about it, it is only metered
    steps: Callable[[Raw], tuple[str, ...]] | None = None  # the ARNs of the jobs that it runs now
    profile: Callable[[Raw], str | None] = no_profile  # the user profile of Studio whose it is
    shared: Callable[[Raw], bool] = never  # others use it, too: whose it is, is a guess

    def billing_facts(self, raw: Raw) -> BillingFacts:
        """Read what is billed besides the run; a job's end is part of it for every kind."""
        facts = self.billing(raw)
        return replace(facts, ended=moment(raw.get(self.ended))) if self.ended else facts


class ActivitySource(Enum):
    """The source of activity of a resource."""

    JUPYTER = "jupyter"  # its Jupyter server, or the heartbeat on it
    METRIC = "metric"  # what AWS itself measures of its use, in CloudWatch


class Guardrail(Struct, frozen=True, kw_only=True):
    """What IAM knows of a kind besides the calls that create it."""

    later: tuple[str, ...] = ()  # calls besides these that carry instance types
    beside: tuple[str, ...] = ()  # resources that a create is authorized on besides the new one
    types_key: bool = True  # sagemaker:InstanceTypes holds for its create
    no_types: tuple[str, ...] = ()  # words for what runs on no instance, which are allowed always
    runtime_key: bool = False  # sagemaker:MaxRuntimeInSeconds holds for its create
    default_runtime: int | None = None  # seconds that AWS puts in where a request has none


class Words(Struct, frozen=True, kw_only=True):
    """The phrases of messages about a kind. `{name}` and `{region}` are filled in.

    So are `{source}`, what it was made from, and `{address}` and `{tags}`, as options of the AWS
    CLI; `{end}` in `ran_too_long` is how to end it.
    """

    kept: str
    lost: str
    restart: str
    end: str = "Stop it."  # how its owner ends what it costs
    end_for_good: str = ""  # the same where nothing would make it again
    change_type: str = "Launch it on another type. "
    ran_too_long: str = "Save what you need and stop it; start it again when you work on it."
    asks_too_much: str = "Launch it with MaxRuntimeInSeconds of at most {seconds}{how}."
    max_runtime: str = ""  # how the SageMaker Python SDKs set `{seconds}` for its next run
    rename: str  # `{good}` is the name to take


class Kind(Struct, frozen=True, kw_only=True):
    """One kind. `name` is also the first resource part of its ARN, where that is no other."""

    name: str
    title: str
    resource_part: str | None = None
    order: int = 100  # where it stands in the lists that people read
    console: str = ""  # the part of the console's address before its name, where one is known
    identity: Identity
    api: Api
    events: Events
    lifecycle: Lifecycle
    translation: Translation
    billing: tuple[BillingComponent, ...]  # without any its price is unknown, and said to be
    activity: ActivitySource | None = None  # None: only its age tells
    guardrail: Guardrail = Guardrail()
    words: Words
    name_cut_at: int | None = None  # characters of a base name that the SageMaker SDK keeps
    seldom: bool = False  # while nobody has one, it is listed once an hour

    @property
    def arn_part(self) -> str:
        """The first resource part of its ARN."""
        return self.resource_part or self.name

    @property
    def a_title(self) -> str:
        """Write its title with the article: `an endpoint`."""
        return f"{'an' if self.title[0] in 'aeiou' else 'a'} {self.title}"

    @property
    def is_deleted(self) -> bool:
        """Tell whether only a deletion ends what one costs."""
        return self.api.stop is not None and self.api.stop.deletes

    def is_deleted_for(self, rule: str) -> bool:
        """Tell whether what breaks a rule may be deleted where no policy names it."""
        stop = self.api.stop
        is_one = stop is not None and (stop.for_rules is None or rule in stop.for_rules)
        return self.is_deleted and is_one

    @property
    def needed(self) -> tuple[Needed, ...]:
        """List the reads of what it refers to, before one is deleted."""
        if (stop := self.api.stop) is None:
            return ()
        return (*stop.needs, *filter(None, (each.describe for each in stop.hindered_by)))

    @property
    def further(self) -> tuple[FollowUp | Needed, ...]:
        """List every read of what it refers to."""
        return (*self.api.follow_ups, *self.needed)

    @property
    def is_launched(self) -> bool:
        """Tell whether people make one with a name, and rules are asked about it while it runs."""
        named = self.events.creates and not self.identity.of_arn
        return bool(named and self.lifecycle.running)

    @property
    def is_job(self) -> bool:
        """Tell whether it ends by itself."""
        return self.translation.ended is not None

    @property
    def grants(self) -> Mapping[str, tuple[str, ...]]:
        """List the operations that a role has to be granted, by what they are for."""
        lists, stop = self.api.lists, self.api.stop
        hindrances = stop.hindered_by if stop else ()
        return {
            "look": (self.api.describe,),
            "look-up": lists if self.api.described_by else (),
            "follow": tuple(each.operation for each in self.api.follow_ups),
            "needed": tuple(each.operation for each in self.needed),
            "list": lists if self.lifecycle.running else (),
            "volumes": () if self.lifecycle.running else lists,
            "stop": (stop.operation,) if stop and not (stop.deletes or stop.condition) else (),
            "park": (stop.operation,) if stop and self.is_deleted else (),
            "resources": (self.arn_part,),
            "followed": tuple(each.resource for each in self.api.follow_ups),
            "needed-resources": tuple(each.resource for each in self.needed),
            "hindrances": tuple(f"{each.service}:{each.operation}" for each in hindrances),
        }
