"""What Python makes of replies and answers by the rules of LongWeave (reference 3.3), one line each.

Usage: longweave_oracle.py QUESTIONS ANSWERS. A question is an operation and hex-encoded arguments.
Regular expressions, json and arithmetic are Python's own here: this is what the C++ is compared with.
"""
import collections
import json
import math
import re
import struct
import sys

RELEVANCE = "is_relevant_and_complete"


def text(argument):
    return bytes.fromhex(argument).decode("utf-8")


def encoded(value):
    return value.encode("utf-8", "surrogatepass").hex()


def double(value):
    return struct.pack(">d", float(value)).hex()


def near(distance, scale):
    return 1 / (1 + (distance / scale) ** 2)


def harmonic(*values):
    return len(values) / sum_in_order(1 / value for value in values)


def sum_in_order(values):
    total = 0.0
    for value in values:
        total += value
    return total


def relevance(argument):
    reply = text(argument).strip()
    found = re.search(r'\{.*?"' + RELEVANCE + r'"\s*:\s*(true|false).*?\}', reply, re.DOTALL | re.IGNORECASE)
    try:
        if found:
            value = json.loads(found.group(0)).get(RELEVANCE)
            return str(value) if isinstance(value, bool) else "none"
        for word in "true", "false":
            if f'"{RELEVANCE}": {word}' in reply.lower():
                return str(word == "true")
    except ValueError:
        pass
    return "none"


def as_bool(item):
    if isinstance(item, bool):
        return item
    return {"true": True, "false": False}[item.strip().lower()]


def coverage(argument, count):
    reply, count, bools = text(argument).strip(), int(count), []
    found = re.search(r"\[[^\]\[]*\]", reply.replace("'", '"'))
    try:
        items = json.loads(found.group(0)) if found else reply.split(",")
        bools = [as_bool(item) for item in items]
    except (ValueError, KeyError, AttributeError):
        pass
    return "".join("1" if item else "0" for item in (bools + [False] * count)[:count]) + f" {len(bools)}"


def answers(argument, count):
    reply, count, items = text(argument), int(count), []
    found = re.search(r"\[\s*(\{.*?\})\s*(?:,\s*(\{.*?\})\s*)*\]", reply, re.DOTALL)
    chosen = found.group(0) if found else reply[reply.find("["):reply.rfind("]") + 1] if "[" in reply else ""
    try:
        for item in json.loads(chosen):
            ok = isinstance(item, dict) and all(isinstance(item.get(key), bool) for key in ("answered", "correct"))
            items.append((item["answered"], item["answered"] and item["correct"]) if ok else (False, False))
    except ValueError:
        items = []
    items = (items + [(False, False)] * count)[:count]
    return "".join(f"{int(answered)}{int(correct)}" for answered, correct in items)


def style(argument):
    found = re.search(r"\[.*\]", text(argument), re.DOTALL)
    exist = follow = 0
    try:
        for item in json.loads(found.group(0)):
            if item["exists_in_article"]:
                exist += 1
                if item["follows_rules"]:
                    follow += 1
    except (ValueError, KeyError, TypeError, AttributeError):
        return "error"
    return f"{exist} {follow}"


def code(argument):
    response = text(argument).strip()
    found = re.search(r"```(?:python)?\s*(.*?)\s*```", response, re.DOTALL | re.IGNORECASE)
    return encoded(found.group(1).strip() if found else response)


def kv(argument, key, value, index, wanted):
    response, index, wanted = text(argument), int(index), int(wanted)
    none = " ".join([double(0)] * 5)
    begin, end = response.find("{"), response.rfind("}")
    if begin == -1 or end == -1 or begin >= end:
        return none
    body = re.sub(r",\s*}", "}", response[begin:end + 1].replace("'", '"'))
    try:
        entries = dict(json.loads(body, object_pairs_hook=list))
    except (json.JSONDecodeError, TypeError):
        return none
    keys, values = list(entries), [str(each) for each in entries.values()]
    if key not in keys or value not in values:
        return none
    position = near(abs(keys.index(key) - index), wanted * 0.25)
    number = near(abs(len(keys) - wanted), max(1, wanted * 0.25))
    lengths = [near(abs(sum(map(len, each)) / len(keys) - 32), 8.0) for each in (keys, values)]
    length = round(sum_in_order(lengths) / 2, 4)
    if length == 0:
        return "raises"
    total = harmonic(position, number, length)
    return " ".join(map(double, (1, round(position, 4), round(number, 4), length, total)))


def state(argument, given):
    current, expected = 0, []
    for symbol in given:
        current = (current + int(symbol)) % 3
        expected.append(str(current))
    steps = []
    for line in map(str.strip, text(argument).strip().split("\n")):
        if line and not re.match(r"^\s*current\s+state\s*\|", line, re.IGNORECASE) and not re.match(r"^\s*-+\s*$", line):
            steps.append(line)
    valid = 0
    for line, output in zip(steps, expected):
        parts = [part.strip() for part in re.split(r"\s*[|:,]\s*", line)]
        if len(parts) < 4 or parts[3] != output:
            break
        valid += 1
    return str(valid)


def rows_of(documents):
    """TF-IDF rows as sorted (term, weight), each of length 1."""
    counts = [collections.Counter(re.findall(r"\b\w\w+\b", each.lower())) for each in documents]
    found_in = collections.Counter(term for each in counts for term in each)
    rows = []
    for each in counts:
        row = [[term, times * (math.log((1 + len(counts)) / (1 + found_in[term])) + 1)]
               for term, times in sorted(each.items())]
        for _ in range(2):
            length = math.sqrt(sum_in_order(weight * weight for _, weight in row))
            row = [[term, weight / length] for term, weight in row]
        rows.append(row)
    return rows


def align(originals, written):
    rows = rows_of(originals + written)
    order = []
    for row in rows[len(originals):]:
        near_to = [sum_in_order(weight * dict(other)[term] for term, weight in row if term in dict(other))
                   for other in rows[:len(originals)]]
        order.append(near_to.index(max(near_to)))
    return order


def paragraphs(argument, *originals):
    originals, contents = list(map(text, originals)), []
    left = set(range(len(originals)))
    for number, content in re.findall(r"\[\[Segment\s*(\d+)\]\]\s*\n(.*?)(?=\n\[\[Segment|$)", text(argument), re.DOTALL):
        if int(number) in left:
            left.remove(int(number))
            contents.append(content.strip())
    if left:
        return double(0)
    order = align(originals, contents)
    pairs = [(i, j) for j in range(len(order)) for i in range(j)]
    tied = sum(order[i] == order[j] for i, j in pairs)
    apart = sum(order[i] > order[j] for i, j in pairs)
    if tied == len(pairs):
        return double(0)
    tau = (len(pairs) - tied - 2 * apart) / math.sqrt(len(pairs)) / math.sqrt(len(pairs) - tied)
    return double((1 + min(1.0, max(-1.0, tau))) / 2)


def words(argument, limit):
    found = re.findall(r"\b\w+\b", text(argument))
    lower = len(re.findall(r"\b\w+\b", text(argument).lower()))
    return f"{len(found)} {lower} " + encoded(" ".join(found[:int(limit)]))


def main():
    operations = {each.__name__: each
                  for each in (relevance, coverage, answers, style, code, kv, state, paragraphs, words)}
    with open(sys.argv[1], encoding="ascii") as questions, open(sys.argv[2], "w", encoding="ascii") as out:
        for line in questions:
            operation, *arguments = line.rstrip("\n").split(" ")
            out.write(operations[operation](*arguments) + "\n")


if __name__ == "__main__":
    main()
