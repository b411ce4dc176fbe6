"""Write what the documents take from the code: references, costs, the README's rules, the layers."""

from docs.make import architecture, costs, reference, rules

if __name__ == "__main__":
    for made in (architecture, costs, reference, rules):
        made.PATH.write_text(made.document(), encoding="utf-8")
