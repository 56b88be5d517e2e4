"""LongProc's rules, written down again in the language that they come from, for tests that compare.

Usage: longproc_oracle.py QUESTIONS ANSWERS, both JSON lines: {"rule", ...} -> [score, partial, extracted] or stays.
"""
import csv
import json
import re
import string
import sys


def tagged(text, tag):
    begin, end = text.find(f"<{tag}>"), text.find(f"</{tag}>")
    return None if begin < 0 or end < 0 else text[begin + len(tag) + 2:end].strip()


def normalized(text, words, dropped=""):
    text = "".join(c for c in text.lower() if c not in string.punctuation and c not in dropped)
    return " ".join(re.sub(r"\b(" + "|".join(words) + r")\b", " ", text).split())


def reaches(numbers, target, solution):
    numbers = list(numbers)
    lines = solution.split("\n")
    if len(lines) != 3:
        return False
    for line in lines:
        sides = line.strip().split("=")
        if len(sides) != 2 or "**" in sides[0]:  # a power has no two halves, and might never end
            return False
        try:
            value = eval(sides[0], {"__builtins__": {}})  # as the official script does
            sign = next(s for s in "+-*/" if s in sides[0])
            a, b = map(int, sides[0].split(sign))
            result = int(sides[1])
        except Exception:
            return False
        if value != result or a not in numbers:
            return False
        numbers.remove(a)
        if b not in numbers:
            return False
        numbers.remove(b)
        numbers.append(result)
    return numbers[0] == target


def countdown(question):
    solution = tagged(question["reply"], "Solution")
    found = solution is not None
    right = found and reaches(question["numbers"], question["target"], solution)
    return [float(right), float(right), float(found)]


def path(question):
    route = tagged(question["reply"], "Route")
    if route is None:
        return [0.0, 0.0, 0.0]
    wanted = question["reference"].strip()
    if route == wanted:
        return [1.0, 1.0, 1.0]
    wanted, route = wanted.split("\n"), route.split("\n")
    for reached, (a, b) in enumerate(zip(wanted, route), 1):
        if a != b:
            break
    return [0.0, reached / len(wanted), 1.0]


TOM = ("a an the on in at step thinks think believes believe is are of location know knows belief").split()


def beliefs(text):
    bullets = "\n".join(line for line in text.splitlines() if line.strip().startswith("-"))
    lines = [line for line in bullets.strip().split("\n") if line.startswith("-")]
    return [b for b in (normalized(line.split("-", 1)[1].strip(), TOM, "\u2019") for line in lines) if b]


def tom(question):
    wanted, found = beliefs(question["reference"]), beliefs(question["reply"])
    if wanted == found:
        return [1.0, 1.0, 1.0]
    if not wanted:
        return [0.0, 0.0, 1.0]
    differ = [i for i, (a, b) in enumerate(zip(wanted, found)) if a != b]
    return [0.0, (differ[0] if differ else min(len(wanted), len(found))) / len(wanted), 1.0]


def table(text):
    rows = list(csv.reader(text.strip().split("\n"), delimiter="\t"))
    width, rows, header = len(rows[0]), rows[1:], rows[0]
    if len(rows[-1]) != width:
        rows = rows[:-1]
    if len(set(header)) != width or not rows:
        raise ValueError
    rows = [row if len(row) == width else ["N/A"] * width for row in rows]
    return width, [tuple(normalized(cell, ["a", "an", "the"]).replace(" ", "") for cell in row) for row in rows]


def html(question):
    reply = question["reply"]
    fenced = re.search(r"```tsv([\s\S]*)```", reply)
    if fenced:
        reply = fenced.group(1)
    elif "```tsv" in reply:
        reply = reply.split("```tsv")[1]
    try:
        (width, wanted), (found_width, found) = table(question["reference"]), table(reply.strip())
        if width != found_width:
            raise ValueError
    except (ValueError, IndexError, csv.Error):
        return [0.0, 0.0, 0.0]
    precision = sum(row in wanted for row in found) / len(found)
    recall = sum(row in found for row in wanted) / len(wanted)
    f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
    return [f1, f1, 1.0]


def travel(question):
    total, stays, flights = None, [], []
    for line in question["plan"].split("\n"):
        if found := re.findall(r"European cities for (\d+) days", line):
            total = int(found[0])
        if found := re.findall(r"\d+-\d+", line):
            stays.append(found[0])
            if int(found[0].split("-")[1]) == total:
                break
        if found := re.findall(r".*Day (\d+).*from (\w+) to (\w+)", line):
            flights.append(found[0])
    if not stays or not flights:
        return []
    cities = [flights[0][1]] + [flight[2] for flight in flights]
    days = [1] + [int(flight[0]) for flight in flights] + [int(stays[-1].split("-")[1])]
    return [[city, days[i + 1] - days[i] + 1] for i, city in enumerate(cities)]


RULES = {"countdown": countdown, "path": path, "tom": tom, "html": html, "travel": travel}

with open(sys.argv[1], encoding="utf-8") as questions, open(sys.argv[2], "w", encoding="utf-8") as answers:
    for line in questions:
        question = json.loads(line)
        answers.write(json.dumps(RULES[question["rule"]](question)) + "\n")
