#!/usr/bin/env python3
"""Who may include whom (docs/architecture.md, "Layers"): prints each violation, exits 1 on any.

Levels go up; an include goes down or stays inside its folder. Third-party headers are quarantined, each in
one folder. Reading a clock, drawing from the system, locking and starting threads is confined too.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folder (longest prefix wins) -> folders it may include besides itself. "proto" stands for assay/v1/*.pb.h.
MAY_INCLUDE = {
    "common/base": set(),
    "common/text": {"common/base"},
    "common/json": {"common/base"},
    "common/config": {"common/base", "common/json", "common/text", "proto"},
    "common/metrics": {"common/base"},
    "common/runtime": {"common/base"},
    "common/blob": {"common/base"},
    "common/http": {"common/base", "common/runtime"},
    "common/llm": {"common/base", "common/http", "common/json", "common/text", "proto"},
    "common/sandbox": {"common/base", "common/json", "proto"},
    "common/agent": {"common/base", "common/llm", "common/sandbox", "proto"},
    "common/rpc": {"common/base", "common/agent", "proto"},
    # A benchmark's folder may use its own scorer's formulas for its tables.
    "suites": {"common/base", "common/config", "common/json", "common/text", "judge/benchmarks", "proto"},
    "coordinator/store": {"common/base", "proto"},
    "coordinator/core": {"common/base", "common/blob", "common/json", "common/text", "common/agent",
                         "coordinator/store", "proto"},
    "coordinator/rpc": {"common/base", "common/blob", "common/rpc", "coordinator/core", "coordinator/store",
                        "proto"},
    "worker": {"common/base", "common/agent", "common/text", "proto"},
    "common/retrieval": {"common/base", "common/text"},
    "common/stats": {"common/base"},
    "judge/engine": {"common/base", "common/agent", "common/json", "common/text", "proto"},
    "judge/coherence": {"common/base", "common/agent", "common/json", "common/text", "judge/engine", "proto"},
    "judge/constraints": {"common/base", "common/agent", "common/json", "common/text", "judge/engine", "proto"},
    "judge/claims": {"common/base", "common/agent", "common/json", "common/text", "common/retrieval",
                     "common/stats", "judge/engine", "proto"},
    "judge/rubric": {"common/base", "common/agent", "common/text", "judge/engine", "proto"},
    "judge/benchmarks/engine": {"common/base", "common/agent", "judge/engine", "proto"},
    # Each benchmark's rules by themselves; only the list of them knows them all.
    "judge/benchmarks": {"common/base", "common/agent", "common/json", "common/sandbox", "common/text", "judge/engine",
                         "judge/rubric", "judge/benchmarks/engine", "proto"},
    "judge": {"common/base", "common/agent", "common/json", "common/text", "judge/engine", "judge/benchmarks", "judge/coherence",
              "judge/constraints", "judge/claims", "judge/rubric", "proto"},
    "simulator": {"common/base", "common/json", "common/text", "suites"},
    "cli": {"common/base", "common/text", "common/json", "common/config", "common/metrics", "common/runtime",
            "common/blob", "common/http", "common/llm", "common/agent", "common/sandbox", "suites", "coordinator/store",
            "coordinator/core", "coordinator/rpc", "common/rpc", "worker", "judge", "simulator", "proto"},
}

# Header prefix -> the only places that may include it.
QUARANTINE = {
    "curl/": ["common/http/"],
    "asio": ["common/runtime/", "common/http/curl_transport.cc"],
    "nlohmann/": ["common/json/json.h"],
    "yaml-cpp/": ["common/config/"],
    "unicode/": ["common/text/"],
    "re2/": ["common/text/"],
    "zstd": ["common/blob/"],
    "prometheus/": ["common/metrics/"],
    "event2/": ["simulator/"],
    "hiredis/": ["coordinator/store/redis_session.cc"],
    "CLI/": ["cli/"],
    "openssl/": ["common/base/digest.cc"],
    "grpc": ["common/rpc/", "coordinator/rpc/", "cli/cluster/"],
    "spdlog/": ["common/base/log.cc"],
    "zlib.h": ["suites/gzip_reader.cc"],
    "sqlite3.h": ["common/retrieval/"],
    "boost/": ["common/stats/"],
    "google/protobuf/": ["common/", "coordinator/", "suites/", "cli/", "judge/", "worker/"],
}

# Pattern -> places that may use it. Tests and benchmarks may use anything.
BANNED = {
    r"\b(steady|system|high_resolution)_clock::now\b|\babsl::Now\(": ["common/runtime/", "common/http/curl_transport.cc",
                                                                     "common/rpc/", "common/sandbox/", "simulator/", "cli/cluster/"],
    r"\bstd::(thread|jthread|mutex|condition_variable)\b": ["common/runtime/", "common/http/curl_transport.cc",
                                                            "common/blob/", "common/rpc/", "common/sandbox/", "common/metrics/", "common/base/mutex.h",
                                                            "coordinator/store/redis_connection.cc",
                                                            "simulator/", "cli/"],
    r"\bstd::random_device\b|\b(s?rand)\(": ["common/base/random.cc"],
    r"\b(sleep|usleep|nanosleep|sleep_for|sleep_until)\(": [],
    r"\bgetenv\(": ["common/base/failpoint.cc", "cli/"],
    r"\babsl::Mutex\b": [],
    r"\bco_(await|yield|return)\b": [],
    r"\bstd::cout\b": ["cli/"],
}

SOURCE_FOLDERS = ("common", "suites", "coordinator", "worker", "judge", "simulator", "cli")


def sources():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *SOURCE_FOLDERS], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted(p for p in listed if p.endswith((".h", ".cc")) and (ROOT / p).exists())


def folder_of(path):
    matches = [f for f in MAY_INCLUDE if path.startswith(f + "/")]
    return max(matches, key=len) if matches else None


def strip_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def check_file(path, text):
    folder = folder_of(path)
    if folder is None:
        yield f"{path}:1: folder has no place in the layering; add it to MAY_INCLUDE"
        return
    for number, line in enumerate(strip_comments(text).split("\n"), 1):
        include = re.match(r'\s*#include\s+[<"]([^>"]+)[>"]', line)
        if include:
            header = include.group(1)
            target = "proto" if header.startswith("assay/v1/") else folder_of(header)
            if target is not None and target != folder and target not in MAY_INCLUDE[folder]:
                yield f"{path}:{number}: {folder} may not include {header}"
            if header.startswith("tests/"):
                yield f"{path}:{number}: production code includes {header}"
            if header.endswith(".grpc.pb.h") and "/rpc/" not in path and not path.startswith("cli/cluster/"):
                yield f"{path}:{number}: {header} belongs in an rpc folder"
            for prefix, places in QUARANTINE.items():
                if header.startswith(prefix) and not any(path.startswith(p) for p in places):
                    yield f"{path}:{number}: <{header}> is quarantined in {', '.join(places)}"
            continue
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        for pattern, places in BANNED.items():
            if re.search(pattern, code) and not any(path.startswith(p) for p in places):
                yield f"{path}:{number}: '{re.search(pattern, code).group(0)}' is not allowed here"


def self_test():
    """A check that cannot fail is a defect: each rule must fire on a line made for it."""
    bad = {
        "common/base/x.cc": '#include "common/http/y.h"',
        "judge/x.cc": "#include <curl/curl.h>",
        "worker/x.cc": "auto t = std::chrono::steady_clock::now();",
        "coordinator/core/x.cc": "std::mutex m;",
        "judge/y.cc": '#include "coordinator/core/z.h"',
        "common/llm/x.cc": "sleep(1);",
        "elsewhere/x.cc": "int x;",
    }
    return [f"lint self-test: no complaint about {p}" for p, text in bad.items() if not list(check_file(p, text))]


def main():
    problems = self_test()
    files = sources()
    for path in files:
        problems += check_file(path, (ROOT / path).read_text(encoding="utf-8"))
    for problem in problems:
        print(problem)
    print(f"layering: {len(files)} files, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
