"""Write what is made from the code: the references, the costs, the rules table of the README."""

from docs.make import costs, reference, rules

if __name__ == "__main__":
    for made in (reference, costs, rules):
        made.PATH.write_text(made.document(), encoding="utf-8")
