#!/usr/bin/env python3
"""Writes the prompt texts of a LongWeave clone as JSON, for `assay import longweave`.

Usage: extract_prompts.py CLONE > CLONE/prompts/prompt_templates.json

Nothing of the clone is run: the files of core/tasks are parsed. For every function, the texts that it
assigns to a variable, adds to one (+=, .extend([...])) or returns, in order; "<<expression>>" stands where
an f-string or a list inserts a value. The importer checks the texts by a digest.
"""
import ast
import json
import pathlib
import sys

TASKS = ("code_fix_task", "kg2text_task", "sales_report_task", "news_AP_style_task", "gen_kv_dictionary_task",
         "paragraph_ordering_task", "state_machine_task")


def value_of(node):
    """Without .format(...) behind a literal and .strip() behind a value, which the importer does itself."""
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.value if is_call and node.func.attr in ("format", "strip") else node


def text_of(node):
    """The text of an expression, or None where it is not made of literals."""
    node = value_of(node)
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else place_of(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        return f"<<{ast.unparse(node)}>>"
    if isinstance(node, ast.List) and node.elts:
        return [text_of(part) or (f"<<{ast.unparse(value_of(part))}>>" if text_of(part) is None else "")
                for part in node.elts]
    return None


def place_of(part):
    width = f":{part.format_spec.values[0].value}" if part.format_spec else ""
    return f"<<{ast.unparse(part.value)}{width}>>"


def assignments(function):
    """(line, variable, operator, expression) of a function, in the order of the file."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.lineno, node.targets[0].id, "=", node.value
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.lineno, node.target.id, "+=", node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "extend":
            yield node.lineno, ast.unparse(node.func.value), "extend", node.args[0]
        elif isinstance(node, ast.Return) and node.value is not None:
            value = node.value.elts[0] if isinstance(node.value, ast.Tuple) else node.value
            yield node.lineno, "return", "=", value


def prompts(source):
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for _, variable, operator, value in sorted(assignments(function), key=lambda each: each[0]):
            text = text_of(value)
            if text:
                found.append({"function": function.name, "variable": variable, "op": operator, "text": text})
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]) / "core" / "tasks"
    texts = {task: prompts((folder / f"{task}.py").read_text(encoding="utf-8")) for task in TASKS}
    json.dump(texts, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
