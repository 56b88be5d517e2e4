#!/usr/bin/env python3
"""Says what Python and flake8 make of the code in a run's answers to LongWeave's CODE_FIXING.

Usage: check_code.py RUN_FOLDER > checks.jsonl

Reads results.jsonl and the texts beside it; the code is compiled and never run. Needs flake8 with
flake8-bugbear, flake8-comprehensions and flake8-simplify in this interpreter; the published scores were
made with 7.2.0, 24.12.12, 3.16.0 and 0.21.0.
"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys

FLAKE8 = [sys.executable, "-m", "flake8", "--isolated", "--select=E,W,F,B,N,SIM,C4", "--exit-zero", "--format=%(code)s", "-"]


def code_of(text):
    text = text.strip()
    block = re.search(r"```(?:python)?\s*(.*?)\s*```", text, re.DOTALL | re.IGNORECASE)
    return (block.group(1) if block else text).strip()


def runs(code):
    try:
        compile(code, "<string>", "exec")
    except Exception:  # whatever compile() raises
        return False
    return True


def violations(code):
    done = subprocess.run(FLAKE8, input=code.encode(), capture_output=True, check=True)
    return len(done.stdout.splitlines())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder, seen = pathlib.Path(sys.argv[1]), set()
    for line in (folder / "results.jsonl").open(encoding="utf-8"):
        result = json.loads(line)
        if not result.get("category", "").startswith("CODE_FIXING/") or not result.get("text_file"):
            continue
        code = code_of((folder / result["text_file"]).read_bytes().decode("utf-8"))
        digest = hashlib.sha256(code.encode()).hexdigest()
        if digest in seen:
            continue
        seen.add(digest)
        runnable = runs(code)
        count = violations(code) if runnable else None
        print(json.dumps({"sha256": digest, "runnable": runnable, "violations": count}))


if __name__ == "__main__":
    main()
