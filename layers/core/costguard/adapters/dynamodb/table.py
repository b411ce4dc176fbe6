"""TODO doc."""


def _item(pk: str, sk: str, **texts: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}} | {k: {"S": v} for k, v in texts.items()}
