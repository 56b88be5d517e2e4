#include <string>

#include "absl/strings/str_format.h"
#include "cli/commands/verbs.h"
#include "cli/terminal/progress_display.h"
#include "common/json/json.h"
#include "suites/benchmarks.h"

namespace assay {
namespace {

std::string Line(const char* name, std::string_view value) {
  if (value.empty()) return "";
  return absl::StrFormat("  %-12s %s\n", name, std::string(value));
}

std::string JudgeOf(const Benchmark& benchmark) {
  if (benchmark.judge.empty()) return "none";
  if (benchmark.judge_calls == 0) return std::string(benchmark.judge);
  return absl::StrFormat("%s; for one model %s calls, about %s tokens in and %s out",
                         std::string(benchmark.judge),
                         ShortCount(static_cast<double>(benchmark.judge_calls)),
                         ShortCount(static_cast<double>(benchmark.judge_input_tokens)),
                         ShortCount(static_cast<double>(benchmark.judge_output_tokens)));
}

std::string Describe(const Benchmark& benchmark) {
  std::string out = std::string(benchmark.name) + "\n";
  out += Line("", benchmark.title);
  out += Line("samples", std::to_string(benchmark.samples));
  out += Line("data", std::string(benchmark.version) + ", licence " +
                          std::string(benchmark.license) + ", " + std::string(benchmark.source));
  out += Line("needs", benchmark.needs);
  out += Line("judge", JudgeOf(benchmark));
  out += Line(benchmark.judge_calls == 0 ? "" : "besides", benchmark.judge_formula);
  out += Line("unavailable", benchmark.unavailable);
  return out + "\n";
}

}  // namespace

int BenchmarksCommand(const CliContext& context, const BenchmarksVerb& verb) {
  context.console->UseJson(verb.json);
  for (const Benchmark& benchmark : Benchmarks()) {
    context.console->Say(Describe(benchmark));
    context.console->Record(
        DumpJson(OrderedJson{{"record", "benchmark"},
                             {"name", benchmark.name},
                             {"title", benchmark.title},
                             {"version", benchmark.version},
                             {"license", benchmark.license},
                             {"source", benchmark.source},
                             {"needs", benchmark.needs},
                             {"samples", benchmark.samples},
                             {"judge", benchmark.judge},
                             {"judge_calls", benchmark.judge_calls},
                             {"judge_input_tokens", benchmark.judge_input_tokens},
                             {"judge_output_tokens", benchmark.judge_output_tokens},
                             {"judge_formula", benchmark.judge_formula},
                             {"importable", benchmark.import != nullptr},
                             {"unavailable", benchmark.unavailable}}));
  }
  context.console->Say("import one: " + context.program + " import NAME --from DIR\n");
  return kExitOk;
}

}  // namespace assay
