"""Who may look into notebooks, and that nothing ever starts one."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
CODE = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]


def test_one_function_may_open_notebooks_and_nothing_else() -> None:
    (before, after) = TEMPLATE.split("sagemaker:CreatePresignedNotebookInstanceUrl")
    probe = before[before.rindex("\n  Probe:\n") :]
    assert probe.count("Action:") == 1
    assert "notebook-instance/*" in after.splitlines()[1]


def test_nothing_ever_starts_a_notebook() -> None:
    assert "StartNotebookInstance" not in TEMPLATE
    assert not [p for p in CODE if "start_notebook_instance" in p.read_text(encoding="utf-8")]
