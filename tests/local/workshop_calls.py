"""The calls of the workshop's own lessons (carpentries-incubator/ML_with_AWS_SageMaker, fff3459).

As the SageMaker SDK sends them: names stamped, tags only where the lesson gives some, run times
as the lesson sets them. What the lessons leave out is left out here.
"""

from typing import Any

from tests.local.sagemaker_cases import definition, notebook, processing, tagged, training, tuning

CONTROLLER = "sinkorswim-DoeJohn-TrainClassifier"
STAMP = "2026-11-23-14-05-09-123"
JOB = tagged(Project="sinkorswim", Name="John Doe", Purpose="TrainClassifier")
BOX = tagged(Project="sinkorswim", Name="John Doe", Purpose="TrainClassifier", ModelSize="small")
HOUR = 3600


def _machines(type_: str, count: int = 1) -> dict[str, Any]:
    return {"InstanceType": type_, "InstanceCount": count, "VolumeSizeInGB": 30}


def _trains(number: int, type_: str, count: int = 1, **more: Any) -> dict[str, Any]:
    """Spell `Estimator(base_job_name=notebook_instance_name, max_run=2*60*60).fit()`."""
    name = f"{CONTROLLER}-{STAMP[:-1]}{number}"
    return training(name, ResourceConfig=_machines(type_, count), **more)


def _tunes(number: int) -> dict[str, Any]:
    """Spell `HyperparameterTuner(base_tuning_job_name=...).fit()`: 20 characters of the base."""
    trained = definition(ResourceConfig=_machines("ml.m5.large"))
    return tuning(f"{CONTROLLER[:20]}-261123-140{number}", TrainingJobDefinition=trained, Tags=JOB)


def _embeds(base: str, hours: int) -> dict[str, Any]:
    """Spell `HuggingFaceProcessor(base_job_name=..., max_runtime_in_seconds=...).run()`."""
    return processing(
        f"{base}-{STAMP}",
        ProcessingResources={"ClusterConfig": _machines("ml.g5.xlarge")},
        StoppingCondition={"MaxRuntimeInSeconds": hours * HOUR},
    )


LESSONS: list[tuple[str, str, dict[str, Any]]] = [
    ("notebooks as controllers", "CreateNotebookInstance", notebook(CONTROLLER, Tags=BOX)),
    (
        "notebooks as controllers, for oneself",
        "CreateNotebookInstance",
        notebook("DoeJohn-ExploreSageMaker", Tags=BOX, RootAccess="Enabled"),
    ),
    (
        "RAG with a GPU notebook",
        "CreateNotebookInstance",
        notebook("wattbot-DoeJohn-RAG", Tags=BOX, InstanceType="ml.g5.xlarge"),
    ),
    (
        "RAG with a smaller GPU notebook",
        "CreateNotebookInstance",
        notebook("wattbot-RoeJane-RAG", Tags=BOX, InstanceType="ml.g4dn.xlarge"),
    ),
    ("training, XGBoost", "CreateTrainingJob", _trains(1, "ml.m5.large", Tags=JOB)),
    ("training, two instances", "CreateTrainingJob", _trains(2, "ml.m5.large", 2, Tags=JOB)),
    ("training part 2, without tags", "CreateTrainingJob", _trains(3, "ml.m5.large")),
    ("training part 2, GPU, without tags", "CreateTrainingJob", _trains(4, "ml.g4dn.xlarge")),
    ("training part 2, two, without tags", "CreateTrainingJob", _trains(5, "ml.m5.xlarge", 2)),
    ("tuning", "CreateHyperParameterTuningJob", _tunes(1)),
    ("tuning, scaled up", "CreateHyperParameterTuningJob", _tunes(2)),
    ("RAG embedding", "CreateProcessingJob", _embeds("WattBot-embed-gte-large", 2)),
    ("RAG batch", "CreateProcessingJob", _embeds("WattBot-rag-batch", 4)),
]
