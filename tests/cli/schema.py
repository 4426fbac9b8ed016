#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Checks lines of JSON against the schema and the manual page: schema.py docs/rebtf.schema.json [PAGE] < LINES

The manual page is docs/rebtf-json.rst if not given. Without lines, it checks that the schema itself is valid, which takes
longer than most lines.

Readers of rebtf's output must tolerate keys that a later version adds, so the schema allows other keys. But rebtf must
not use keys that the schema or the page does not describe, so this script forbids them. It prints the errors of the
first invalid line, or else which parts of the schema the lines used, and how often. Exit status: 0 no errors, 1 errors.
"""
import json
import re
import sys
from collections import Counter
from pathlib import Path

from jsonschema import Draft202012Validator


def closed(schema):
    """The schema without permission for other keys."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def keys_of(value):
    """Yields all keys in a value. Those of "kinds" are data: names of kinds."""
    if isinstance(value, list):
        for element in value:
            yield from keys_of(element)
    elif isinstance(value, dict):
        for key, element in value.items():
            yield key
            if key != "kinds":
                yield from keys_of(element)


def main(path, page, lines):
    schema = json.loads(Path(path).read_text())
    documented = set(re.findall(r"``([^`]+)``", Path(page).read_text()))
    definitions = closed(schema)["$defs"]
    used = Counter()
    for line in lines:
        value = json.loads(line)
        name = value.get("outcome", "summary")
        # Uses only the part of the schema for this outcome, because its error messages are clear.
        validator = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})
        for error in validator.iter_errors(value):
            print(f"{'/'.join(map(str, error.absolute_path))}: {error.message}\nin: {line}")
            return 1
        if not Draft202012Validator(schema).is_valid(value):
            print(f"not exactly one of the schema's parts: {line}")
            return 1
        for key in sorted(set(keys_of(value)) - documented):
            print(f"not in {Path(page).name}: {key}\nin: {line}")
            return 1
        used[name] += 1
    if not used:
        Draft202012Validator.check_schema(schema)
    print(" ".join(f"{name}:{count}" for name, count in sorted(used.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else Path(sys.argv[1]).with_name("rebtf-json.rst"), sys.stdin))
