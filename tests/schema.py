#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Checks lines of JSON against docs/rebtf.schema.json: schema.py SCHEMA < LINES

Whoever reads rebtf's output is to bear keys that a later version adds, so the schema does; but none may be in use that
it does not describe, so here it is taken at its word. Prints what is wrong with the first line at fault, or else which
parts of the schema the lines made use of, and how often. Exit status: 0 all is well, 1 it is not.
"""
import json
import sys
from collections import Counter
from pathlib import Path

from jsonschema import Draft202012Validator


def closed(schema):
    """The schema with no room for other keys."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def main(path, lines):
    schema = json.loads(Path(path).read_text())
    Draft202012Validator.check_schema(schema)
    definitions = closed(schema)["$defs"]
    used = Counter()
    for line in lines:
        value = json.loads(line)
        name = value.get("outcome", "summary")
        # One part of the schema for each outcome: it alone says in plain words what is wrong.
        validator = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})
        for error in validator.iter_errors(value):
            print(f"{'/'.join(map(str, error.absolute_path))}: {error.message}\nin: {line}")
            return 1
        if not Draft202012Validator(schema).is_valid(value):
            print(f"not exactly one of the schema's parts: {line}")
            return 1
        used[name] += 1
    print(" ".join(f"{name}:{count}" for name, count in sorted(used.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.stdin))
