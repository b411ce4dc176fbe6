"""The clients, what each is asked to do, and what it must send: that is said here, by hand."""

import re
from dataclasses import dataclass, replace

from costguard.resources.registry import KINDS
from tests.real.environments import version_in

HOUR = 3600
DAY = 24 * HOUR
OURS = ("Project", "Name", "Purpose")
_IMAGE = "my_training.image"
_LESSON = "sinkorswim-DoeJohn-TrainClassifier"
_SDK_2 = "<YYYY-MM-DD-hh-mm-ss-mmm UTC>"
_SDK_3 = "<YYYYMMDDhhmmss local>"
_TUNER = "<YYMMDD-hhmm local>"
_MODEL = "meta-textgeneration-llama-3-2-1b-instruct"
_HUB = ("sagemaker-sdk:jumpstart-model-id", "sagemaker-sdk:jumpstart-hub-name")
_SOURCE = ("sagemaker.amazonaws.com/model-source",)
ARGUMENT = re.compile(r"(\w+=\S+) of (?:the|its) (\w+)")
_NOTEBOOK_JOB = tuple(
    f"sagemaker:{key}"
    for key in (
        "name",
        "notebook-name",
        "is-scheduling-notebook-job",
        "is-studio-archived",
        "headless-execution-version",
    )
)


@dataclass(frozen=True)
class Case:
    """One call: the form of the name sent, the limit of its run time, tags, and the answer.

    `says` is the outcome of the shipped policy, or who refuses: "AWS", or the "client" itself.
    """

    name: str
    form: str = ""
    limit: int | None = None
    says: str = "warn"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Client:
    """A client: its environment, the program that plays it, and the packages that matter."""

    name: str
    environment: str
    program: str
    packages: tuple[str, ...]
    cases: tuple[Case, ...]
    like: str = ""  # the environment of one that sends the same, but for what the page names

    @property
    def versions(self) -> str:
        """Say which versions were played."""
        return ", ".join(f"{each} {version_in(self.environment, each)}" for each in self.packages)


LIMIT = 2 * HOUR  # that of the remedies


def _remedies(classes: tuple[str, ...], **forms: str) -> tuple[Case, ...]:
    """Give each argument that a notice names for a class, by kind and form of the name."""
    return tuple(
        Case(
            f"remedy {kind} {argument}",
            f"remedy-{_SDK_2 if class_ == 'decorator' else form}",
            LIMIT,
        )
        for kind, form in ((name.replace("_", "-"), form) for name, form in forms.items())
        for argument, class_ in ARGUMENT.findall(
            KINDS[kind].words.max_runtime.format(seconds=LIMIT)
        )
        if class_ in classes
    )


SDK_2 = Client(
    "SageMaker Python SDK 2",
    "sdk-2",
    "sdk_2.py",
    ("sagemaker", "boto3"),
    (
        Case("Estimator", f"{_IMAGE}-{_SDK_2}", DAY, "AWS"),
        Case("Estimator, a name", f"churn-{_SDK_2}", DAY),
        Case("Estimator, a name of 50 characters", f"{'x' * 39}-{_SDK_2}", DAY),
        Case("Estimator, max_run", f"churn-{_SDK_2}", HOUR),
        Case("Estimator, spot", f"churn-{_SDK_2}", HOUR),
        Case("Estimator, warm pool", f"churn-{_SDK_2}", DAY),
        Case("Estimator, two groups", f"churn-{_SDK_2}", DAY, "stop"),
        Case("Estimator, a tag twice", f"churn-{_SDK_2}", DAY, "AWS", (*OURS, "Project")),
        Case("lesson: XGBoost", f"{_LESSON}-{_SDK_2}", 2 * HOUR, "fine", OURS),
        Case("lesson: PyTorch", f"{_LESSON}-{_SDK_2}", 2 * HOUR),
        Case("lesson: PyTorch on a GPU", f"{_LESSON}-{_SDK_2}", 2 * HOUR),
        Case("lesson: PyTorch on two", f"{_LESSON}-{_SDK_2}", 2 * HOUR),
        Case("lesson: tuning", f"sinkorswim-DoeJohn-T-{_TUNER}", 2 * HOUR, "fine", OURS),
        Case("lesson: embedding", f"WattBot-embed-gte-large-{_SDK_2}", 2 * HOUR),
        Case("lesson: batch", f"WattBot-rag-batch-{_SDK_2}", 4 * HOUR),
        Case("HyperparameterTuner", f"my-training-{_TUNER}", DAY),
        Case("HyperparameterTuner.create", f"{_IMAGE}-{_TUNER}", DAY, "AWS", OURS),
        Case("Processor", f"{_IMAGE}-{_SDK_2}", None, "AWS"),
        Case("Processor, max_runtime_in_seconds", f"clean-{_SDK_2}", HOUR),
        Case("ScriptProcessor", f"clean-{_SDK_2}", None),
        Case("Transformer", f"my-model-{_SDK_2}", None),
        Case("@remote", f"divide-{_SDK_2}", DAY),
        Case("Model.deploy", f"churn-{_SDK_2}", None, "tell"),
        Case("Model.deploy, no name", f"my-training-{_SDK_2}", None, "tell"),
        Case("Model.deploy, tags", "leaving", None, "fine", OURS),
        Case("Model.deploy, serverless", f"churn-{_SDK_2}", None, "tell"),
        Case("Model.deploy, asynchronous", f"churn-{_SDK_2}", None, "tell"),
        Case("DefaultModelMonitor", f"monitoring-schedule-{_SDK_2}"),
        Case("DefaultModelMonitor, a name and tags", "drift", HOUR // 2, "fine", OURS),
        Case("suggest_baseline", f"baseline-suggestion-job-{_SDK_2}", None),
        Case("AutoML", f"DoeJohn--{_SDK_2}", None, "fine", OURS),
        Case("AutoMLV2", f"churn-{_SDK_2}"),
        Case("SageMakerClarifyProcessor", f"Clarify-Pretraining-Bias-{_SDK_2}", None),
        Case("PySparkProcessor", f"sagemaker-spark-processing-{_SDK_2}", HOUR),
        *_remedies(
            ("Estimator", "HyperparameterTuner", "Processor", "decorator"),
            training_job=_SDK_2,
            hyper_parameter_tuning_job=_TUNER,
            processing_job=_SDK_2,
        ),
    ),
)
SDK_2_OLDER = replace(
    SDK_2,
    name="SageMaker Python SDK 2.200",
    environment="sdk-2.200",
    cases=tuple(each for each in SDK_2.cases if each.name != "AutoMLV2"),  # it has none
    like=SDK_2.environment,
)
SDK_3 = Client(
    "SageMaker Python SDK 3",
    "sdk-3",
    "sdk_3.py",
    ("sagemaker-train", "sagemaker-core", "boto3"),
    (
        Case("ModelTrainer", f"my-training-job-{_SDK_3}", HOUR),
        Case("ModelTrainer, a name", f"churn-{_SDK_3}", HOUR),
        Case("ModelTrainer, a name of 50 characters", f"{'x' * 50}-<YYYYMMDDhhmm local>", HOUR),
        Case("ModelTrainer, a name of 63 characters", "x" * 63, HOUR),
        Case("ModelTrainer, stopping_condition", f"limit-{_SDK_3}", 2 * HOUR),
        Case("ModelTrainer, an empty stopping_condition", f"empty-{_SDK_3}", None),
        Case("ModelTrainer, tags", f"tagged-{_SDK_3}", HOUR, "fine", OURS),
        Case("ModelTrainer, tags as SDK 2 takes them", says="client"),
        Case("ModelTrainer, spot", f"spot-{_SDK_3}", HOUR),
        Case("ModelTrainer, warm pool", f"pool-{_SDK_3}", HOUR),
        Case("ModelTrainer, two groups", f"groups-{_SDK_3}", HOUR, "stop"),
        Case("ModelTrainer, preferences", f"choice-{_SDK_3}", HOUR, "stop"),
        Case("HyperparameterTuner", f"my_training-{_TUNER}", HOUR, "AWS", OURS),
        Case("HyperparameterTuner, a name", f"{_IMAGE}-{_TUNER}", HOUR, "AWS", OURS),
        Case("Processor", f"my-training-image-{_SDK_2}", None),
        Case("Processor, max_runtime_in_seconds", f"clean-{_SDK_2}", HOUR),
        Case("Transformer", f"my-model-{_SDK_2}", None),
        Case("@remote", f"divide-{_SDK_2}", DAY),
        Case("SFTTrainer", f"{_MODEL}-sft-{_SDK_3}", None, "warn", _HUB),
        Case("SFTTrainer, stopping_condition", f"churn-{_SDK_3}", HOUR, "fine", (*_HUB, *OURS)),
        Case("DefaultModelMonitor", f"monitoring-schedule-{_SDK_2}"),
        *_remedies(
            ("ModelTrainer", "HyperparameterTuner", "Processor", "decorator"),
            training_job=_SDK_3,
            hyper_parameter_tuning_job=_TUNER,
            processing_job=_SDK_2,
        ),
    ),
)
SERVE_3 = Client(
    "SageMaker Python SDK 3, models",
    "serve-3",
    "serve_3.py",
    ("sagemaker-serve", "sagemaker-core", "boto3"),
    (
        Case("ModelBuilder", "endpoint-[8]", None, "tell", _SOURCE),
        Case("ModelBuilder, a name", "leaving", None, "tell", _SOURCE),
        Case("ModelBuilder, tags of the model", "leaving-2", None, "fine", (*OURS, *_SOURCE)),
        Case("ModelBuilder, tags", "leaving-3", None, "fine", OURS),
        Case("ModelBuilder, serverless", "endpoint-[8]", None, "tell", _SOURCE),
        Case("ModelBuilder, asynchronous", "endpoint-[8]", None, "tell", _SOURCE),
    ),
)
SCHEDULER = Client(
    "Notebook jobs of JupyterLab and Studio",
    "scheduler-3",
    "scheduler.py",
    ("amazon-sagemaker-jupyter-scheduler", "jupyter-scheduler"),
    (
        Case(
            "notebook job",
            "Nightlyreport-ExploreData-<8>-<YYYY-MM-DD-hh-mm-ss local>",
            2 * DAY,
            "warn",
            _NOTEBOOK_JOB,
        ),
        Case(
            "notebook job, a run time",
            "Nightlyreport-ExploreData-<8>-<YYYY-MM-DD-hh-mm-ss local>",
            HOUR,
            "warn",
            _NOTEBOOK_JOB,
        ),
    ),
)
CLI = Client(
    "AWS CLI 1",
    "cli-1",
    "cli.py",
    ("awscli",),
    (
        Case("create-notebook-instance", "DoeJohn-Explore"),
        Case(
            "create-notebook-instance, tags",
            "DoeJohn-Explore-2",
            None,
            "fine",
            (*OURS, "ModelSize"),
        ),
        Case("create-notebook-instance, an underscore", "Doe_John", None, "AWS"),
        Case("create-training-job", "churn-1", HOUR),
        Case("create-training-job, tags", "churn-2", HOUR, "fine", OURS),
        Case("create-training-job, no stopping condition", "churn-3", None),
        Case("create-training-job, two ways to state instances", "churn-4", HOUR, "AWS"),
        Case("create-processing-job", "clean", None),
    ),
)
BOTO3 = Client(
    "boto3",
    "boto3-1",
    "newest_boto3.py",
    ("boto3",),
    (
        Case("create_notebook_instance", "RoeJane-Baseline"),
        Case(
            "create_notebook_instance, a tag twice",
            "RoeJane-Twice",
            None,
            "AWS",
            ("Project", "Project"),
        ),
        Case("create_training_job", "plain", None),
        Case("create_training_job, tags", "tagged", None, "fine", OURS),
        Case("create_training_job, a GPU of eight", "big", None, "stop"),
        Case("create_training_job, no instances", "none", None, "AWS"),
        Case("create_training_job, preferences", "choice", None, "stop"),
        Case("create_training_job, preferences and a type", "both", None, "AWS"),
        Case("create_training_job, an answer's member", "selected", None, "AWS"),
        Case("create_training_job, a warm pool of a day", "pool", None, "AWS"),
        Case("create_processing_job", "clean", None),
        Case("create_processing_job, preferences", "choose", None, "stop"),
    ),
)
CLIENTS = (SDK_2, SDK_2_OLDER, SDK_3, SERVE_3, SCHEDULER, CLI, BOTO3)
SMALL = (SDK_2,)
"""What `make test` plays: the workshop's own SDK."""
