#include "judge/benchmarks/benchmark_scorers.h"

#include <algorithm>

#include "judge/benchmarks/healthbench/healthbench_scorer.h"
#include "judge/benchmarks/hellobench/hellobench_scorer.h"
#include "judge/benchmarks/longeval/longeval_scorer.h"
#include "judge/benchmarks/longgenbench/longgenbench_scorer.h"
#include "judge/benchmarks/longproc/longproc_scorer.h"
#include "judge/benchmarks/longweave/longweave_scorer.h"
#include "judge/benchmarks/race/race_scorer.h"
#include "judge/benchmarks/writingbench/writingbench_scorer.h"

namespace assay {
namespace {

const std::vector<ScorerModule>& Scorers() {
  static const std::vector<ScorerModule>* const kScorers = new std::vector<ScorerModule>{
      HealthBenchModule(),     HelloBenchModule(), LongEvalModule(),
      LongGenBenchModule(),    LongProcModule(),   LongWeaveModule(),
      LongWeaveJudgedModule(), RaceModule(),       WritingBenchModule(),
  };
  return *kScorers;
}

}  // namespace

const ScorerModule* FindBenchmarkScorer(std::string_view name) {
  const auto& scorers = Scorers();
  const auto found = std::find_if(scorers.begin(), scorers.end(), [&](const ScorerModule& scorer) {
    return scorer.benchmark == name;
  });
  return found == scorers.end() ? nullptr : &*found;
}

std::vector<std::string> BenchmarkScorerNames() {
  std::vector<std::string> names;
  for (const ScorerModule& scorer : Scorers()) names.emplace_back(scorer.benchmark);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace assay
