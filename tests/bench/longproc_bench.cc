// LongProc's six evaluators on the 645 answers that the official ones were run on, beside Python.
// Of a program only finding it in the answer is timed: compiling and running are the same to both.
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "judge/benchmarks/longproc/html_to_tsv.h"
#include "judge/benchmarks/longproc/path_traversal.h"
#include "judge/benchmarks/longproc/pseudo_to_code.h"
#include "judge/benchmarks/longproc/tom_tracking.h"
#include "tests/bench/python_side.h"
#include "tests/unit/judge/benchmarks/longproc/longproc_data.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

// One answer as an evaluator takes it.
struct Case {
  std::string reply;
  std::string reference;
  CountdownProblem countdown;
  std::vector<TravelStay> stays;
};

using Rule = LongProcScore (*)(const Case&);

const std::vector<std::pair<std::string, Rule>>& Rules() {
  static const auto* const kRules = new std::vector<std::pair<std::string, Rule>>{
      {"html_to_tsv", [](const Case& c) { return ScoreHtmlToTsv(c.reference, c.reply); }},
      {"travel_planning",
       [](const Case& c) { return ScoreTravelPlan(c.stays, c.reference, c.reply); }},
      {"tom_tracking", [](const Case& c) { return ScoreTomTracking(c.reference, c.reply); }},
      {"path_traversal", [](const Case& c) { return ScorePathTraversal(c.reference, c.reply); }},
      {"countdown",
       [](const Case& c) { return ScoreCountdown(c.countdown, c.reference, c.reply); }},
      {"pseudo_to_code", [](const Case& c) {
         LongProcScore score;
         if (std::optional<std::string> code = CodeOf(c.reply)) score.problem = *std::move(code);
         return score;
       }}};
  return *kRules;
}

// What lies in the data files, read once each.
class Items {
 public:
  const Json& Of(const std::string& set) {
    const std::string task = set.substr(0, set.rfind('_'));
    return Read("data/" + task + "/" + set + ".json.gz");
  }

  const Json& Travel(const std::string& index) {
    if (index.starts_with("icl_")) {
      return Read("data/travel_planning/travel_planning_icl_examples.json")
          .at(std::stoul(index.substr(4)));
    }
    const Json& all = Read("golden/travel_synthetic_instances.json");
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Json& item) { return item.at("id") == index; });
    ASSAY_CHECK(found != all.end());
    return *found;
  }

 private:
  const Json& Read(const std::string& file) {
    const auto [at, added] = read_.try_emplace(file);
    if (added) at->second = ReadJsonFile(LongProcFolder() / file);
    return at->second;
  }

  std::map<std::string, Json> read_;
};

std::string TextOf(const Json& item, const char* field) {
  return item.at(field).get<std::string>();
}

// The case for us, and as the Python script takes it.
std::pair<Case, Json> CaseOf(const Json& record, const std::string& task, Items& items) {
  Case ours;
  ours.reply = TextOf(record, "prediction");
  Json theirs = {{"reply", ours.reply}};
  if (task == "travel_planning") {
    const Json& item = items.Travel(TextOf(record, "index"));
    const std::string cities = TextOf(item, "ground_truth_cities");
    const std::string durations = TextOf(item, "ground_truth_durations");
    ours.stays = *ReadTravelStays(cities, durations);
    ours.reference = *TravelReference(TravelOf(item));
    theirs.update(Json{{"cities", cities}, {"durations", durations}});
  } else if (task != "pseudo_to_code") {
    const Json& item =
        items.Of(TextOf(record, "dataset")).at(record.at("index").get<std::size_t>());
    if (task == "countdown") {
      ours.countdown = CountdownOf(item);
      ours.reference = *CountdownReference(ours.countdown);
      theirs.update(Json{{"numbers", ours.countdown.numbers}, {"target", ours.countdown.target}});
    } else {
      ours.reference = TextOf(item, task == "html_to_tsv"    ? "gt"
                                    : task == "tom_tracking" ? "solution"
                                                             : "answer_nl");
    }
  }
  theirs["reference"] = ours.reference;
  return {std::move(ours), std::move(theirs)};
}

Json AnswerOf(const std::string& task, const LongProcScore& score, const Case& ours) {
  if (task != "pseudo_to_code") return {score.score, score.partial, score.extracted};
  return CodeOf(ours.reply) ? Json(score.problem) : Json();
}

int Run(int argc, char** argv) {
  BenchReport report("LongProc's evaluators (MB = 10^6 bytes of answers)",
                     ParseBenchOptions(argc, argv));
  if (!fs::exists(LongProcFolder() / "golden")) {
    report.Note("not measured, ../shared/data/longproc is not there");
    return report.Finish();
  }
  std::map<std::string, std::vector<Case>> cases;
  std::map<std::string, PythonGroup> by_task;
  Items items;
  for (const Json& record : ReadJsonLines(LongProcFolder() / "golden/longproc_golden.jsonl.gz")) {
    const std::string set = TextOf(record, "dataset");
    const auto rule = std::find_if(Rules().begin(), Rules().end(),
                                   [&](const auto& entry) { return set.starts_with(entry.first); });
    ASSAY_CHECK(rule != Rules().end());
    auto [ours, theirs] = CaseOf(record, rule->first, items);
    PythonGroup& group = by_task[rule->first];
    group.bytes += ours.reply.size();
    group.cases.push_back(std::move(theirs));
    group.answers.push_back(AnswerOf(rule->first, rule->second(ours), ours));
    cases[rule->first].push_back(std::move(ours));
  }
  double sink = 0;
  std::vector<PythonGroup> groups;
  for (const auto& [task, rule] : Rules()) {
    PythonGroup& group = groups.emplace_back(std::move(by_task[task]));
    group.name = task;
    group.work = [&sink, rule = rule, &all = cases[task]] {
      for (const Case& one : all) sink += rule(one).score;
    };
  }
  CompareWithPython("longproc_rules.py", groups, report);
  ASSAY_CHECK(sink > 0 || report.options().only == "pseudo_to_code");
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
