"""Write the parts of the documents that come from the code: references, costs, rules, layers."""

from docs.make import architecture, costs, coverage, reference, rules, schema

if __name__ == "__main__":
    for made in (architecture, costs, coverage, reference, rules, schema):
        made.PATH.write_text(made.document(), encoding="utf-8")
