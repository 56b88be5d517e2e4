#!/usr/bin/env python3
"""LongWeave's rules as one writes them in Python; for speed beside ours. See python_side.py."""
import collections
import json
import math
import re

from python_side import run

COMMA = re.compile(r",\s*}")
HEADER = re.compile(r"^\s*current\s+state\s*\|", re.IGNORECASE)
RULE = re.compile(r"^\s*-+\s*$")
COLUMNS = re.compile(r"\s*[|:,]\s*")
TERM = re.compile(r"\b\w\w+\b")
WORD = re.compile(r"\b\w+\b")
SEGMENT = re.compile(r"\[\[Segment\s*(\d+)\]\]\s*\n(.*?)(?=\n\[\[Segment|$)", re.DOTALL)


def near(distance, scale):
    return 1 / (1 + (distance / scale) ** 2)


def dictionary(case):
    reply, wanted = case["reply"], case["num_entries"]
    begin, end = reply.find("{"), reply.rfind("}")
    if begin < 0 or begin >= end:
        return 0
    try:
        pairs = json.loads(COMMA.sub("}", reply[begin:end + 1].replace("'", '"')), object_pairs_hook=list)
        entries = dict(pairs)
    except (ValueError, TypeError):
        return 0
    keys, values = list(entries), [str(value) for value in entries.values()]
    if case["target_key"] not in keys or case["target_value"] not in values:
        return 0
    position = near(abs(keys.index(case["target_key"]) - case["target_index"]), wanted * 0.25)
    number = near(abs(len(keys) - wanted), max(1, wanted * 0.25))
    lengths = [near(abs(sum(map(len, texts)) / len(texts) - 32), 8) for texts in (keys, values)]
    length = round((lengths[0] + lengths[1]) / 2, 4)
    return 3 / (1 / position + 1 / number + 1 / length) if length else 0


def state_machine(case):
    state, expected = 0, []
    for symbol in case["input_string"]:
        state = (state + int(symbol)) % 3
        expected.append(str(state))
    lines = [line for line in map(str.strip, case["reply"].strip().split("\n"))
             if line and not HEADER.match(line) and not RULE.match(line)]
    valid = 0
    for line, output in zip(lines, expected):
        parts = [part.strip() for part in COLUMNS.split(line)]
        if len(parts) < 4 or parts[3] != output:
            break
        valid += 1
    return valid / len(expected)


def rows_of(documents):
    counts = [collections.Counter(TERM.findall(document.lower())) for document in documents]
    found_in = collections.Counter(term for count in counts for term in count)
    idf = {term: math.log((1 + len(counts)) / (1 + times)) + 1 for term, times in found_in.items()}
    rows = []
    for count in counts:
        row = {term: times * idf[term] for term, times in sorted(count.items())}
        for _ in range(2):  # by the vectorizer, and by the similarity
            length = math.sqrt(sum(weight * weight for weight in row.values()))
            row = {term: weight / length for term, weight in row.items()}
        rows.append(row)
    return rows


def paragraph_order(case):
    originals, contents, left = case["original"], [], set(range(len(case["original"])))
    for number, content in SEGMENT.findall(case["reply"]):
        if int(number) in left:
            left.remove(int(number))
            contents.append(content.strip())
    if left:
        return 0
    rows = rows_of(originals + contents)
    order = []
    for row in rows[len(originals):]:
        alike = [sum(weight * other[term] for term, weight in row.items() if term in other)
                 for other in rows[:len(originals)]]
        order.append(alike.index(max(alike)))
    pairs = [(order[i], order[j]) for j in range(len(order)) for i in range(j)]
    tied = sum(a == b for a, b in pairs)
    if tied == len(pairs):
        return 0
    apart = sum(a > b for a, b in pairs)
    tau = (len(pairs) - tied - 2 * apart) / math.sqrt(len(pairs)) / math.sqrt(len(pairs) - tied)
    return (1 + min(1.0, max(-1.0, tau))) / 2


def first_words(case):
    words = WORD.findall(case["reply"])
    lower = len(WORD.findall(case["reply"].lower()))
    return lower * 1e6 + len(" ".join(words[:case["limit"]]).encode())


run({"dictionary": dictionary, "state machine": state_machine, "paragraph order": paragraph_order,
     "first words": first_words})
