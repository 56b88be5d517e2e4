"""Answers questions about Python's own behaviour, one line each, for tests that compare with it.

Usage: python_oracle.py QUESTIONS ANSWERS. A question is an operation and hex-encoded arguments.
"""
import ast
import csv
import json
import random
import re
import struct
import sys
import unicodedata


def text(argument):
    return bytes.fromhex(argument).decode("utf-8", "surrogatepass")


def encoded(value):
    return value.encode("utf-8", "surrogatepass").hex()


def double(value):
    return "nan" if value != value else struct.pack(">d", value).hex()


def shape(value):
    """The parsed value in a form that keeps type and content apart."""
    if value is None:
        return "n"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int):
        return f"i{value}"
    if isinstance(value, float):
        return "d" + double(value)
    if isinstance(value, str):
        return "s" + encoded(value)
    if isinstance(value, list):
        return "[" + ",".join(map(shape, value)) + "]"
    pairs = sorted((key.encode("utf-8", "surrogatepass"), item) for key, item in value.items())
    return "{" + ",".join(f"{key.hex()}:{shape(item)}" for key, item in pairs) + "}"


def loads(argument):
    try:
        return shape(json.loads(text(argument)))
    except (ValueError, RecursionError):
        return "error"


def to_float(argument):
    try:
        return double(float(text(argument)))
    except ValueError:
        return "error"


def to_int(argument):
    try:
        return str(max(-2**63, min(2**63 - 1, int(text(argument)))))
    except ValueError:
        return "error"


def parts(items):
    return ",".join("=" + encoded(item) for item in items)


def utf8(argument):
    try:
        bytes.fromhex(argument).decode("utf-8")
        return "-1"
    except UnicodeDecodeError as error:
        return str(error.start)


def words(argument):
    content = text(argument)
    return str(len(re.findall("[\u4e00-\u9fff]", content)) + len(re.findall(r"\b[a-zA-Z]+\b", content)))


def members(argument):
    regex = re.compile(text(argument))
    return "".join("1" if regex.fullmatch(chr(code)) else "0" for code in range(0x110000))


def rubric(dimensions, scale, reply):
    """One reply under the rules of reference 1.5: the cost of a failure, or the scores."""
    output = text(reply)
    try:
        if "```json" in output:
            output = re.search("```json\n(.*?)\n```", output, re.DOTALL).group(1)
        scores = json.loads(output.replace("\n", ""))
        cost = 0
        for name in dimensions.split(","):
            if text(name) not in scores:
                scores = None
                cost += 1
    except Exception:
        cost = 1 if "cost" not in locals() else cost + 1
        return f"cost {cost}"
    if scores is None:
        return f"cost {cost}"
    low, high = map(int, text(scale).split(","))
    try:
        values = [float(scores[text(name)]) for name in dimensions.split(",")]
    except (TypeError, ValueError, OverflowError):
        return "crash"
    return "scores " + ",".join(double((value - low) / (high - low) * 100) for value in values)


def formatted(template, *pairs):
    arguments = dict(zip(map(text, pairs[::2]), map(text, pairs[1::2])))
    try:
        return "ok " + encoded(text(template).format(**arguments))
    except (ValueError, LookupError, AttributeError, TypeError):
        return "error"


def folded(node):
    """The text that an expression of string literals, "+" and strip() is; None of anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = folded(node.left), folded(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
        inner = folded(node.func.value)
        return None if inner is None or node.args or node.keywords else inner.strip()
    return None


def assignments(source):
    """Assignments to one name in order, those behind a colon on a line of their own not."""
    try:
        module = ast.parse(text(source))
    except (SyntaxError, ValueError):
        return "error"
    found = []

    def visit(block, line_of_head, top_level):
        for at, node in enumerate(block):
            target, value = None, None
            if isinstance(node, ast.Assign):
                target, value = node.targets[0], folded(node.value) if len(node.targets) == 1 else None
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                target, value = node.target, folded(node.value)
            elif isinstance(node, ast.AugAssign):
                target = node.target
            behind_colon = at == 0 and node.lineno == line_of_head
            if isinstance(target, ast.Name) and not behind_colon:
                shown = "-" if value is None else "=" + encoded(value)
                found.append(f"{encoded(target.id)}:{node.lineno}:{int(top_level)}{shown}")
            for field in ("body", "orelse"):
                visit(getattr(node, field, []), node.lineno, False)

    visit(module.body, 0, True)
    return ",".join(["ok"] + found)


def csv_rows(argument):
    try:
        rows = list(csv.reader(text(argument).split("\n"), delimiter="\t"))
    except csv.Error:
        return "error"
    return ";".join(",".join("=" + encoded(cell) for cell in row) for row in rows) + "."


def drawn(seed, *draws):
    """Draws of random.Random(seed): r, bN, cN,K, sN,K, hN."""
    rng = random.Random(int(seed))
    answers = []
    for draw in draws:
        numbers = [int(number) for number in draw[1:].split(",") if number]
        if draw[0] == "r":
            answers.append(double(rng.random()))
        elif draw[0] == "b":
            answers.append(str(rng._randbelow(numbers[0])))
        elif draw[0] == "c":
            answers.append(",".join(map(str, rng.choices(range(numbers[0]), k=numbers[1]))))
        elif draw[0] == "s":
            answers.append(",".join(map(str, rng.sample(range(numbers[0]), numbers[1]))))
        else:
            items = list(range(numbers[0]))
            rng.shuffle(items)
            answers.append(",".join(map(str, items)))
    return ";".join(answers)


OPERATIONS = {
    "drawn": drawn,
    "lower": lambda argument: encoded(text(argument).lower()),
    "repr": lambda argument: encoded(repr(text(argument))),
    "reprpairs": lambda argument: encoded(repr(json.loads(text(argument), object_pairs_hook=list))),
    "reprjson": lambda argument: encoded(repr(json.loads(text(argument)))),
    "reprfloat": lambda argument: repr(struct.unpack(">d", bytes.fromhex(argument))[0]),
    "format": formatted,
    "assignments": assignments,
    "csv": csv_rows,
    "words": words,
    "members": members,
    "loads": loads,
    "float": to_float,
    "int": to_int,
    "split": lambda argument: parts(text(argument).split()),
    "splitat": lambda argument, separator: parts(text(argument).split(text(separator))),
    "splitlines": lambda argument: parts(text(argument).splitlines()),
    "utf8": utf8,
    "isspace": lambda argument: str(int(text(argument).isspace())),
    "strip": lambda argument: encoded(text(argument).strip()),
    "stripset": lambda argument, characters: encoded(text(argument).strip(text(characters))),
    "round": lambda value, digits: double(round(struct.unpack(">d", bytes.fromhex(value))[0], int(digits))),
    "rubric": rubric,
}


def main():
    if sys.version_info[:2] != (3, 11) or unicodedata.unidata_version != "14.0.0":
        sys.exit("needs Python 3.11 with Unicode 14")
    with open(sys.argv[1], encoding="ascii") as questions, open(sys.argv[2], "w", encoding="ascii") as answers:
        for line in questions:
            operation, *arguments = line.rstrip("\n").split(" ")
            answers.write(OPERATIONS[operation](*arguments) + "\n")


if __name__ == "__main__":
    main()
