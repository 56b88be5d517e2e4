#!/usr/bin/env python3
"""WritingBench's prompts and replies as one writes them in Python; for speed beside ours. See python_side.py."""
import json

from python_side import run


def prompts(case):
    prompt = case["prompt"].format(query=case["query"], response=case["response"], criteria=case["criteria"])
    return prompt


def prompt_bytes(case):
    return len(prompts(case).encode())


def replies(case):
    try:
        value = json.loads(case["reply"].strip("json|```"))
        if "score" not in value or "reason" not in value:
            return 0
        score = value["score"]
        return int(score) if score in range(1, 11) and isinstance(value["reason"], str) else 0
    except (ValueError, TypeError):
        return 0


run({"prompts": prompts, "replies": replies}, answers={"prompts": prompt_bytes})
