"""Answers questions about Python's own behaviour, one line each, for tests that compare with it.

Usage: python_oracle.py QUESTIONS ANSWERS. A question is an operation and hex-encoded arguments.
"""
import csv
import json
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


def csv_rows(argument):
    try:
        rows = list(csv.reader(text(argument).split("\n"), delimiter="\t"))
    except csv.Error:
        return "error"
    return ";".join(",".join("=" + encoded(cell) for cell in row) for row in rows) + "."


OPERATIONS = {
    "csv": csv_rows,
    "words": words,
    "members": members,
    "loads": loads,
    "float": to_float,
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
