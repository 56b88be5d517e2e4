// Examples and explanations that `assay --help` and `assay VERB --help` end with.
#pragma once

namespace assay {

inline constexpr char kMainHelp[] = R"(Start here:
  assay quickstart                                  no key, no GPU: everything on a simulator
  assay run starter --model openai/NAME --base-url http://127.0.0.1:8000/v1 \
      --judge openai/JUDGE --limit 3                your own server
  assay run spec.yaml                               a job written down; docs/spec.md

Exit codes: 0 all scored, 1 ended with losses that are printed, 2 usage or spec,
3 infrastructure, 130 interrupted.)";

inline constexpr char kRunHelp[] =
    R"(TARGET is a spec file (spec.yaml), a suite folder, or the name of a suite (starter).
Flags override the file. A model is written openai/NAME, vllm/NAME or local/NAME: all three speak
the OpenAI protocol, and the rest may hold slashes.

OPENAI_BASE_URL (or OPENAI_API_BASE) stands in for --base-url, and OPENAI_API_KEY holds the key
unless --api-key-env names another variable. A key itself is never an argument.

Examples:
  assay run starter --model openai/Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 --limit 3
  assay run starter --model openai/a --model openai/b --judge openai/c --max-tokens 16384 -j 32
  assay run spec.yaml --dry-run                     what it would cost; nothing is created
  assay run spec.yaml --set models.0.sampling.top_p=0.9 --set repeats=2
  assay run --resume                                go on with the newest run that has not ended
  assay run --retry-errors RUN                      try again only what was lost)";

inline constexpr char kImportHelp[] =
    R"(The suite is written to $ASSAY_HOME/suites (ASSAY_HOME is ~/.assay when not set) and is found by its
name from then on.

Examples:
  assay import longbench-write --from ~/LongWriter/evaluation
  assay run longbench-write --model openai/NAME --base-url URL --judge openai/JUDGE)";

inline constexpr char kValidateHelp[] = R"(Examples:
  assay validate spec.yaml
  assay validate suites/mine another-suite/)";

inline constexpr char kResultsHelp[] = R"(RUN is a run id or the path of a run's folder.

Examples:
  assay results 20261125-013000-k3f9
  assay results runs/20261125-013000-k3f9 --csv > scores.csv
  assay results RUN --canonical | sha256sum         equal for two runs that found the same)";

inline constexpr char kRejudgeHelp[] =
    R"(The texts of RUN are scored again, as a new run; nothing is generated.

Examples:
  assay rejudge RUN --scorer repetition
  assay rejudge RUN --scorer rubric --judge openai/JUDGE --judge-base-url URL)";

inline constexpr char kSimulateHelp[] =
    R"(An OpenAI-compatible server on loopback, for trying things out. It is no model and says so in
every answer: figures from it mean nothing. What it serves: docs/simulator.md.

Examples:
  assay simulate --port 8000
  assay simulate --replay DIR --faults faults.json --api-key-env SIM_KEY)";

inline constexpr char kFsckHelp[] =
    R"(Reads every record of a run and checks that it is whole: segments, envelopes behind every
commit, the manifest, result files equal to what the records say, every unit accounted for.
With --blob-dir: a run of a cluster. Its segments are compared with its Redis: which units have
ended, with which records, and every live sum, to the digit. Any coordinators may go on meanwhile.
Exit code 0: clean; 1: problems, each printed.)";

inline constexpr char kRebuildHelp[] =
    R"(Takes a run up as a coordinator does, and hands it to nobody: everything that counts by the
segments is in Redis afterwards, with the same digits, and compared as `assay fsck` does it.
Coordinators do the same by themselves for every run that has not been sealed; this is for the time
when none runs. While one leads it is refused. Damaged segments are refused too.
Examples:
  assay rebuild RUN --blob-dir /srv/assay/segments --redis 127.0.0.1:6379
  assay fsck RUN --blob-dir /srv/assay/segments --redis 127.0.0.1:6379)";

}  // namespace assay
