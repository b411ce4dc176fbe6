"""Write what is made from the code: the policy reference, and the rules table of the README."""

from docs.make import reference, rules

if __name__ == "__main__":
    for made in (reference, rules):
        made.PATH.write_text(made.document(), encoding="utf-8")
