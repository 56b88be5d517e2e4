#!/usr/bin/env python3
"""LongProc's evaluators as one writes them in Python; for speed beside ours. See python_side.py."""
import csv
import re
import string

from python_side import run

PUNCTUATION = set(string.punctuation)
ARTICLES = re.compile(r"\b(a|an|the)\b")
TOM_WORDS = re.compile(r"\b(a|an|the|on|in|at|step|thinks|think|believes|believe|is|are|of|location|know|knows|belief)\b")
TSV = re.compile(r"```tsv([\s\S]*)```")
CPP = re.compile(r"```cpp([\s\S]*)```")
TOTAL = re.compile(r"European cities for (\d+) days")
VISIT = re.compile(r"\d+-\d+")
FLIGHT = re.compile(r".*Day (\d+).*from (\w+) to (\w+)")


def tagged(text, tag):
    begin, end = text.find(f"<{tag}>"), text.find(f"</{tag}>")
    return None if begin < 0 or end < 0 else text[begin + len(tag) + 2:end].strip()


def normalized(text, words, punctuation=PUNCTUATION):
    text = "".join(c for c in text.lower() if c not in punctuation)
    return " ".join(words.sub(" ", text).split())


def html_to_tsv(case):
    def table(text):
        rows = list(csv.reader(text.strip().split("\n"), delimiter="\t"))
        header, rows = rows[0], rows[1:]
        if len(rows[-1]) != len(header):
            rows = rows[:-1]
        if len(set(header)) != len(header) or not rows:
            raise ValueError("no table")
        rows = [row if len(row) == len(header) else ["N/A"] * len(header) for row in rows]
        return len(header), [tuple(normalized(cell, ARTICLES).replace(" ", "") for cell in row) for row in rows]

    reply = case["reply"]
    if found := TSV.search(reply):
        reply = found.group(1)
    elif "```tsv" in reply:
        reply = reply.split("```tsv")[1]
    try:
        (columns, wanted), (found_columns, rows) = table(case["reference"]), table(reply.strip())
        if columns != found_columns:
            raise ValueError("other columns")
    except (ValueError, IndexError, csv.Error):
        return [0, 0, 0]
    wanted_set, rows_set = set(wanted), set(rows)
    precision = sum(row in wanted_set for row in rows) / len(rows)
    recall = sum(row in rows_set for row in wanted) / len(wanted)
    f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0
    return [f1, f1, 1]


def plan_of(text):
    total, stays, flights = None, [], []
    for line in text.split("\n"):
        if found := TOTAL.search(line):
            total = int(found.group(1))
        if found := VISIT.search(line):
            stays.append(found.group())
            if int(stays[-1].split("-")[1]) == total:
                break
        if found := FLIGHT.match(line):
            flights.append(found.groups())
    if not stays or not flights:
        return []
    cities = [flights[0][1]] + [flight[2] for flight in flights]
    days = [1] + [int(flight[0]) for flight in flights] + [int(stays[-1].split("-")[1])]
    return [(city, days[i + 1] - days[i] + 1) for i, city in enumerate(cities)]


def travel_planning(case):
    plan = tagged(case["reply"], "Plan")
    if plan is not None:
        wanted = list(zip([c for c in case["cities"].split("**") if c],
                          [int(d) for d in case["durations"].split("**") if d]))
        if plan_of(plan)[:len(wanted)] == wanted:
            return [1, 1, 1]

    def lines(text):
        text = text.replace("Output the plan in the required format:", "")
        text = text[max(0, text.find("<Solving Procedure>")):]
        return [normalized(line, ARTICLES) for line in text.split("\n") if line.strip()]

    wanted, found = lines(case["reference"]), lines(case["reply"])
    last = 0
    for last, (a, b) in enumerate(zip(wanted, found)):
        if a not in b:
            break
    return [0, last / len(wanted) if wanted and found else 0, int(plan is not None)]


TOM_PUNCTUATION = PUNCTUATION | {"\u2019"}


def beliefs(text):
    bullets = "\n".join(line for line in text.splitlines() if line.strip().startswith("-"))
    lines = [line for line in bullets.strip().split("\n") if line.startswith("-")]
    found = (normalized(line[1:].strip(), TOM_WORDS, TOM_PUNCTUATION) for line in lines)
    return [belief for belief in found if belief]


def tom_tracking(case):
    wanted, found = beliefs(case["reference"]), beliefs(case["reply"])
    if wanted == found:
        return [1, 1, 1]
    equal = 0
    for a, b in zip(wanted, found):
        if a != b:
            break
        equal += 1
    return [0, equal / len(wanted) if wanted else 0, 1]


def path_traversal(case):
    route = tagged(case["reply"], "Route")
    if route is None:
        return [0, 0, 0]
    wanted = case["reference"].strip()
    if route == wanted:
        return [1, 1, 1]
    wanted, route = wanted.split("\n"), route.split("\n")
    reached = 0
    for a, b in zip(wanted, route):
        reached += 1
        if a != b:
            break
    return [0, reached / len(wanted), 1]


def reaches(numbers, target, solution):
    numbers = list(numbers)
    lines = solution.split("\n")
    if len(lines) != 3:
        return False
    for line in lines:
        sides = line.strip().split("=")
        if len(sides) != 2 or "**" in sides[0]:
            return False
        try:
            value = eval(sides[0], {"__builtins__": {}})
            sign = next(s for s in "+-*/" if s in sides[0])
            a, b = map(int, sides[0].split(sign))
            if value != int(sides[1]):
                return False
            numbers.remove(a)
            numbers.remove(b)
            numbers.append(value)
        except Exception:
            return False
    return numbers[0] == target


def countdown(case):
    reply = case["reply"]
    solution = tagged(reply, "Solution")
    if solution is not None and reaches(case["numbers"], case["target"], solution):
        return [1, 1, 1]
    found = int(solution is not None)
    header = "# Search Procedure"
    if header not in reply:
        return [0, 0, found]
    wanted = case["reference"].rsplit(header, 1)[1].split("Now we have found the target")[0].strip().split("\n")
    lines = reply.rsplit(header, 1)[1].strip().split("\n")
    if wanted[0] != lines[0]:
        return [0, 0, found]
    last = -1
    for last, (a, b) in enumerate(zip(wanted[1:], lines[1:])):
        if a == b:
            continue
        if "Pick two numbers" in a or a.split("=")[0] != b.split("=")[0]:
            break
        if ("drop this branch" in a) != ("drop this branch" in b):
            break
    return [0, last / (len(wanted) - 1), found]


def pseudo_to_code(case):
    found = CPP.search(case["reply"].replace("```c++", "```cpp"))
    return found.group(1) if found else None


run({rule.__name__: rule
     for rule in (html_to_tsv, travel_planning, tom_tracking, path_traversal, countdown, pseudo_to_code)})
