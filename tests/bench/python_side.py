"""The Python half of a benchmark, but for the work itself: reads the cases, times the work, prints.

A script calls run({group: function of a case}), with other functions in `answers` where an answer takes more than the
work that is timed. Arguments: a JSON file {group: {"cases": [...], "bytes": their size}}
and the number of runs. Prints {group: {"rates": MB/s of CPU time for each run, "answers": the function's for each case}}.
"""
import json
import sys
import time

SECONDS = 0.2  # a run repeats the cases until it has taken as much


def run(rules, answers=None):
    with open(sys.argv[1], encoding="utf-8") as file:
        groups = json.load(file)
    results = {}
    for name, group in groups.items():
        rule, cases = rules[name], group["cases"]
        found = [(answers or {}).get(name, rule)(case) for case in cases]
        rates = []
        for _ in range(int(sys.argv[2])):
            begin, rounds, taken = time.process_time(), 0, 0.0
            while taken < SECONDS:
                for case in cases:
                    rule(case)
                rounds += 1
                taken = time.process_time() - begin
            rates.append(group["bytes"] * rounds / taken / 1e6)
        results[name] = {"rates": rates, "answers": found}
    print(json.dumps(results))
