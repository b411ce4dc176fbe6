"""What every setting of the policy means, and an example of it. A test keeps this complete."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "mode": (
        "How far any rule goes: admins read what would have been stopped; owners hear; owners are "
        "warned, given time, and stopped. The deploy parameter `Mode` is the ceiling.",
        'mode = "enforce"',
    ),
    "max_stops": (
        "More than this due in one sweep: none is stopped, and the admins get the list.",
        "max_stops = 10",
    ),
    "grace": (
        "From the warning to the stop. A rule's own grace comes first.",
        'grace = { notebook-instance = "4h", "*" = "1h" }',
    ),
    "timezone": (
        "For days, months and the hours in notices. Keep the deploy parameter `Timezone` equal.",
        'timezone = "America/Chicago"',
    ),
    "owner_tag": ("The tag that names a person.", 'owner_tag = "Name"'),
    "project_tag": ("The tag that money is summed up by.", 'project_tag = "Project"'),
    "purpose_tag": ("Another tag that money is summed up by.", 'purpose_tag = "Purpose"'),
    "contact.name": ("Who hears when nobody knows the owner.", 'contact.name = "the admins"'),
    "contact.email": ("Their address.", 'contact.email = "admins@example.org"'),
    "contact.slack": ("Their Slack channel or member id.", 'contact.slack = "#costguard"'),
    "contact.aliases": ("Has no use for the contact.", 'contact.aliases = ["ops"]'),
    "contact.channels": ("Their own order of channels.", 'contact.channels = ["email"]'),
    "contact.timezone": ("Their own time zone.", 'contact.timezone = "Europe/Berlin"'),
    "people[].name": (
        "First name first. Matched on the owner tag (`John Doe`) and on names (`DoeJohn-Explore`).",
        'name = "John Doe"',
    ),
    "people[].email": ("Where e-mail goes.", 'email = "john.doe@example.org"'),
    "people[].slack": (
        "A member id or a channel. Without it the bot looks for the e-mail address.",
        'slack = "U0123456789"',
    ),
    "people[].aliases": ("Other spellings, and logins.", 'aliases = ["jdoe"]'),
    "people[].channels": ("This person's own order of channels.", 'channels = ["email"]'),
    "people[].timezone": ("This person's own time zone.", 'timezone = "Europe/Berlin"'),
    "teams": (
        "What `{Team}` in a name may be. Without any, every word will do.",
        'teams = ["sinkorswim", "wattbot"]',
    ),
    "exemptions[].names": ("Which names, with `*`, in any case.", 'names = ["genomics-*"]'),
    "exemptions[].why": ("The reason, told to the admins.", 'why = "paper deadline"'),
    "exemptions[].by": ("Who has decided it.", 'by = "admin@example.org"'),
    "exemptions[].until": (
        "When it ends. A week before, the summary says so.",
        "until = 2026-12-24T18:00:00Z",
    ),
    "exemptions[].kinds": ("Only these kinds.", 'kinds = ["notebook-instance"]'),
    "exemptions[].rules": ("Only these rules.", 'rules = ["instance-type"]'),
    "notify.channels": (
        "How people hear: tried in this order; the first that takes it is enough.",
        'channels = ["slack", "email"]',
    ),
    "notify.stages": ("Another order for one stage.", 'stages = { all-clear = ["slack"] }'),
    "notify.feeds": ("Rooms that read everything.", 'feeds = ["webhook", "chat"]'),
    "notify.digest_above": (
        "More messages than this to one person become one.",
        "digest_above = 5",
    ),
    "notify.digest_within": ("In this time.", 'digest_within = "5m"'),
    "notify.quiet": (
        "What can wait waits until these hours end. A stop does not, nor a warning that would end "
        "within them.",
        'quiet = "22:00-07:00"',
    ),
    "notify.remind": (
        "Once more, this long before the deadline of a warning that still stands.",
        'remind = "1h"',
    ),
    "notify.words.<stage>.subject": (
        "Your own first line for a stage (`would-stop`, `warning`, `stopped` …). `{name}`, "
        "`{kind}`, `{rule}`, `{owner}`, `{deadline}`, `{contact}` are filled in.",
        'words.warning.subject = "{name} needs you by {deadline}"',
    ),
    "notify.words.<stage>.intro": (
        "Your own sentence before the facts.",
        'words.warning.intro = "This account is shared; please help to keep it cheap."',
    ),
    "notify.words.<stage>.ask": (
        "Your own last line.",
        'words.warning.ask = "Questions? Write to help@example.org."',
    ),
    "rules.<rule>.mode": ("How far this rule goes, below the policy's mode.", 'mode = "warn"'),
    "rules.<rule>.grace": (
        "This rule's own time from the warning to the stop.",
        'grace = { notebook-instance = "15m", "*" = "0s" }',
    ),
    "rules.missing-tags.required": (
        "The tags that must be there.",
        'required = { notebook-instance = ["Project", "Name", "Purpose", "ModelSize"], '
        '"*" = ["Project", "Name", "Purpose"] }',
    ),
    "rules.missing-tags.allowed": (
        "The values a tag may have, with `*`; case and stray spaces do not matter.",
        'allowed = { Project = ["sinkorswim", "wattbot-*"] }',
    ),
    "rules.naming.patterns": (
        "The forms a name may have, made of `{Team}`, `{LastnameFirstname}` and `{Purpose}`; a kind "
        "without any is free.",
        'patterns = { notebook-instance = ["{LastnameFirstname}-{Purpose}"] }',
    ),
    "rules.instance-type.allowed": (
        "The instance types, with `*`. A kind that is not in the table is free.",
        'allowed = { notebook-instance = ["ml.t3.*"], "*" = ["ml.m5.*", "ml.g4dn.xlarge"] }',
    ),
    "rules.too-many.per_job": (
        "The most instances of one job at once; of a tuning job, over all its training jobs.",
        'per_job = { hyper-parameter-tuning-job = 4, "*" = 2 }',
    ),
    "rules.too-many.per_owner": (
        "The most instances of one owner at once, over all kinds; above it, the newest go first.",
        "per_owner = 8",
    ),
    "rules.long-running.limit": (
        "The most MaxRuntimeInSeconds that a job may ask for.",
        'limit = "8h"',
    ),
    "rules.long-running.ran": (
        "The most time since it started.",
        'ran = { training-job = "12h", processing-job = "12h" }',
    ),
    "rules.idle.after": (
        "Nothing seen for this long: no kernel busy, no terminal, process or job at work.",
        'after = "1h"',
    ),
    "rules.idle.after_job": (
        "Time to look at the result of a job that the notebook launched.",
        'after_job = "30m"',
    ),
    "rules.idle.max_age": ("The most time of one run, whatever its activity.", 'max_age = "12h"'),
    "rules.idle.office.hours": (
        "The working hours. Without a table `office` it is always working hours.",
        'office.hours = "08:00-18:00"',
    ),
    "rules.idle.office.days": ("The working days.", 'office.days = ["mon", "tue", "wed"]'),
    "rules.idle.office.holidays": ("Days without work.", "office.holidays = [2026-12-25]"),
    "rules.idle.outside.after": (
        "`after` outside working hours; never laxer.",
        'outside.after = "30m"',
    ),
    "rules.idle.outside.max_age": (
        "`max_age` outside working hours; never laxer.",
        'outside.max_age = "4h"',
    ),
    "rules.idle.load.cpu": (
        "Above this percent of one core the notebook is at work (told by its heartbeat).",
        "load.cpu = 10",
    ),
    "rules.idle.load.gpu": ("The same of a GPU.", "load.gpu = 5"),
    "rules.idle.keep.at_most": (
        "The longest that an owner may keep a notebook with the tag `costguard:keep-until`.",
        'keep.at_most = "12h"',
    ),
    "rules.idle.keep.times": ("How often.", "keep.times = 3"),
    "rules.idle.keep.within": ("Within this time.", 'keep.within = "7d"'),
    "rules.over-budget.per_project": (
        'USD a month, by list price as metered here; `"*"` is every project that is not named. '
        "Without a table there is no budget.",
        'per_project = { wattbot = 250, "*" = 100 }',
    ),
    "rules.over-budget.per_owner": (
        "The same by owner.",
        'per_owner = { "John Doe" = 80, "*" = 60 }',
    ),
    "rules.over-budget.tell_at": (
        "Percent of the budget at which owner and admins hear; at 100 the rule acts.",
        "tell_at = 80",
    ),
    "rules.over-budget.seven_days": (
        "Percent of the month's budget that any seven days may take.",
        "seven_days = 100",
    ),
}
