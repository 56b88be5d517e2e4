// How near a run's end comes to the earliest possible one, under virtual time: the real
// coordinator, agents and scorers, on texts whose lengths are log-normal, with the required length
// known beforehand and the written one off by a log-normal error. No waiting, no noise: the figure
// is the schedule's alone.
//
// Lower bound: no schedule ends before the busiest endpoint's work divided by its slots, nor before
// the longest generation with its judge call.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "cli/embedded/embedded_session.h"
#include "common/base/check.h"
#include "judge/scorer_registry.h"
#include "tests/bench/bench_report.h"
#include "tests/fakes/fake_blob_store.h"
#include "tests/fakes/fake_executor.h"
#include "tests/fakes/scripted_chat_client.h"

namespace assay {
namespace {

constexpr double kGoal = 1.05;
constexpr int kSlots = 64;
constexpr double kSecondsPerWord = 1.4 / 50;  // 1.4 tokens a word, 50 tokens a second
constexpr double kFirstTokenSeconds = 0.5;
constexpr double kJudgeSeconds = 5;
constexpr char kPromptMark[] = "Text number ";

struct Setting {
  int samples = 1000;
  double sigma = 1;       // of the logarithm of the required length
  double error = 0.3;     // of the logarithm of written / required
  bool own_judge = true;  // the judge has an endpoint of its own, with as many slots
  std::uint64_t seed = 1;
};

double Normal(Random& random) {
  const double u = std::max(random.Unit(), 1e-300);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * random.Unit());
}

struct Workload {
  std::vector<int> required_words;
  std::vector<double> generate_seconds;
};

Workload MakeWorkload(const Setting& setting) {
  constexpr double kMedianWords = 1500;
  Random random(setting.seed);
  Workload workload;
  for (int i = 0; i < setting.samples; ++i) {
    const double words =
        std::clamp(kMedianWords * std::exp(setting.sigma * Normal(random)), 50.0, 30000.0);
    const double written = words * std::exp(setting.error * Normal(random));
    workload.required_words.push_back(static_cast<int>(words));
    workload.generate_seconds.push_back(kFirstTokenSeconds + written * kSecondsPerWord);
  }
  return workload;
}

double LowerBound(const Setting& setting, const Workload& workload) {
  double generate = 0;
  double longest = 0;
  for (const double seconds : workload.generate_seconds) {
    generate += seconds;
    longest = std::max(longest, seconds + kJudgeSeconds);
  }
  const double judge = kJudgeSeconds * setting.samples;
  const double busiest = setting.own_judge ? std::max(generate, judge) : generate + judge;
  return std::max(busiest / kSlots, longest);
}

// What a client does that takes the prompts as they come, keeps every slot busy, and judges each
// text as soon as it is there, at the same endpoint or at one that is never full.
double InOrder(const Setting& setting, const std::vector<double>& generate_seconds) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int i = 0; i < kSlots; ++i) free_at.push(0);
  double end = 0;
  for (const double seconds : generate_seconds) {
    const double generated = free_at.top() + seconds;
    free_at.pop();
    free_at.push(setting.own_judge ? generated : generated + kJudgeSeconds);
    end = std::max(end, generated + kJudgeSeconds);
  }
  return end;
}

// The same, longest required length first: what can be had without knowing the error.
double LongestRequiredFirst(const Setting& setting, const Workload& workload) {
  std::vector<std::size_t> order(workload.required_words.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return workload.required_words[a] > workload.required_words[b];
  });
  std::vector<double> seconds;
  for (const std::size_t index : order) seconds.push_back(workload.generate_seconds[index]);
  return InOrder(setting, seconds);
}

v1::Endpoint MakeEndpoint(const std::string& id) {
  v1::Endpoint endpoint;
  endpoint.set_id(id);
  endpoint.set_base_url("http://127.0.0.1:1/v1");
  endpoint.set_max_in_flight(kSlots);
  return endpoint;
}

v1::ScorerSpec Resolved(v1::ScorerSpec scorer) {
  auto resolved = ResolveScorer(std::move(scorer));
  ASSAY_CHECK(resolved.ok());
  return *std::move(resolved);
}

v1::RunRecord MakeRun(const Setting& setting, const Workload& workload) {
  v1::RunRecord record;
  record.set_schema(1);
  record.set_run_id("makespan");
  record.set_run_secret(std::string(32, 's'));
  v1::RunSpec& spec = *record.mutable_spec();
  spec.set_repeats(1);
  spec.set_compat(v1::COMPAT_OFFICIAL);
  *spec.add_endpoints() = MakeEndpoint("gpu");
  if (setting.own_judge) *spec.add_endpoints() = MakeEndpoint("judges");
  v1::Model& model = *spec.add_models();
  model.set_id("writer");
  model.set_endpoint("gpu");
  model.set_model("writer-1");
  model.mutable_sampling()->set_max_tokens(65536);
  v1::Judge& judge = *spec.add_judges();
  judge.set_id("judge");
  judge.set_endpoint(setting.own_judge ? "judges" : "gpu");
  judge.set_model("judge-1");
  v1::ScorerSpec length;
  length.mutable_length();
  *spec.add_scorers() = Resolved(length);
  v1::ScorerSpec rubric;
  rubric.set_judge("judge");
  rubric.set_compat(v1::COMPAT_OFFICIAL);
  rubric.mutable_rubric()->set_preset("general");
  *spec.add_scorers() = Resolved(rubric);
  v1::Suite& suite = *record.add_suites();
  suite.mutable_manifest()->set_name("lengths");
  suite.set_digest("sha256:lengths");
  for (int i = 0; i < setting.samples; ++i) {
    v1::Sample& sample = *suite.add_samples();
    sample.set_id("s" + std::to_string(i));
    sample.set_prompt(kPromptMark + std::to_string(i) + ".");
    sample.set_required_words(workload.required_words[static_cast<std::size_t>(i)]);
  }
  return record;
}

bool IsJudgeCall(const LlmCall& call) { return call.body.find("judge-1") != std::string::npos; }

LlmResult Answer(const LlmCall& call, int) {
  if (!IsJudgeCall(call)) return MakeReply("a text");
  return MakeReply(R"({"analysis": "fine", "coherence": 4, "content": 4, "depth": 3, )"
                   R"("instruction_following": 4, "language": 5, "originality": 3})");
}

absl::Duration DelayOf(const LlmCall& call, const Workload& workload) {
  if (IsJudgeCall(call)) return absl::Seconds(kJudgeSeconds);
  const std::size_t at = call.body.find(kPromptMark);
  ASSAY_CHECK(at != std::string::npos);
  const auto index = static_cast<std::size_t>(std::atoi(&call.body[at + sizeof(kPromptMark) - 1]));
  return absl::Seconds(workload.generate_seconds.at(index));
}

// Virtual seconds from the start of the run to its seal.
double MakespanOf(const Setting& setting, const Workload& workload) {
  FakeExecutor executor;
  FakeBlobStore blobs(executor);
  ScriptedChatClient chat(executor, Answer);
  chat.set_delay([&](const LlmCall& call, int) { return DelayOf(call, workload); });
  EmbeddedRunOptions options;
  options.progress_interval = absl::Seconds(60);
  std::optional<EmbeddedResult> result;
  EmbeddedSession session({.executor = executor,
                           .clock = executor.clock(),
                           .blobs = blobs,
                           .chat = chat,
                           .metrics = NoMetrics(),
                           .random = Random(setting.seed)},
                          options, MakeRun(setting, workload),
                          [&](EmbeddedResult ended) { result = std::move(ended); });
  const absl::Duration begin = executor.clock().SteadyNow();
  session.Begin();
  executor.RunUntil([&] { return result.has_value(); }, absl::Hours(10000));
  ASSAY_CHECK(result && result->end == RunEnd::kSealed);
  ASSAY_CHECK(result->progress.scorings.succeeded == 2 * setting.samples);
  return absl::ToDoubleSeconds(executor.clock().SteadyNow() - begin);
}

std::string NameOf(const Setting& setting) {
  char name[128];
  std::snprintf(name, sizeof(name), "sigma %.1f, error %.1f, judge %s", setting.sigma,
                setting.error, setting.own_judge ? "apart" : "on the same endpoint");
  return name;
}

void Measure(Setting setting, BenchReport& report) {
  std::vector<double> ratios;
  std::vector<double> in_order;
  std::vector<double> longest_first;
  for (int run = 0; run < report.RunsOr(5); ++run) {
    setting.seed = static_cast<std::uint64_t>(run) + 1;
    const Workload workload = MakeWorkload(setting);
    const double bound = LowerBound(setting, workload);
    ratios.push_back(MakespanOf(setting, workload) / bound);
    longest_first.push_back(LongestRequiredFirst(setting, workload) / bound);
    in_order.push_back(InOrder(setting, workload.generate_seconds) / bound);
  }
  if (Median(ratios) > kGoal) {
    char note[160];
    std::snprintf(note, sizeof(note), "%s: %.3f without any overhead, longest required first",
                  NameOf(setting).c_str(), Median(longest_first));
    report.Note(note);
  }
  report.Add({.name = NameOf(setting),
              .runs = ratios,
              .unit = "x bound",
              .goal = AtMost(kGoal),
              .baseline = Median(in_order),
              .baseline_name = "in order of the suite"});
}

int Run(int argc, char** argv) {
  BenchReport report(
      "Makespan against max(total / slots, longest): 1,000 samples, 64 slots, virtual time",
      ParseBenchOptions(argc, argv));
  for (const bool own_judge : {false, true}) {
    for (const double sigma : {0.5, 1.0, 1.5}) {
      for (const double error : {0.0, 0.3, 0.6}) {
        const Setting setting{.sigma = sigma, .error = error, .own_judge = own_judge};
        if (report.options().Wants(NameOf(setting))) Measure(setting, report);
      }
    }
  }
  report.Note("runs differ in their seed; the spread is that of the workloads");
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
