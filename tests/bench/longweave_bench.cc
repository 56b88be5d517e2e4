// LongWeave's rules on the answers that the official ones were run on, beside Python.
#include <filesystem>
#include <string>
#include <vector>

#include "judge/benchmarks/longweave/article_words.h"
#include "judge/benchmarks/longweave/kv_dict.h"
#include "judge/benchmarks/longweave/paragraph_order.h"
#include "judge/benchmarks/longweave/state_machine.h"
#include "tests/bench/python_side.h"
#include "tests/unit/judge/claims/golden_data.h"

namespace assay::longweave {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFirstWords = 200;

std::string TextOf(const Json& json, const char* field) { return json[field].get<std::string>(); }

struct Groups {
  PythonGroup dictionary{.name = "dictionary"};
  PythonGroup trace{.name = "state machine"};
  PythonGroup order{.name = "paragraph order"};
  PythonGroup words{.name = "first words"};

  void Add(const Json& vector) {
    const std::string task = TextOf(vector, "task");
    if (!vector.contains("response")) return;
    const std::string reply = TextOf(vector, "response");
    const Json about = vector.value("metadata", Json::object());
    Json theirs = about;
    theirs["reply"] = reply;
    if (task == "GEN_KV_DICT") {
      KvItem item;
      item.key = TextOf(about, "target_key");
      item.value = TextOf(about, "target_value");
      item.index = about["target_index"].get<std::int64_t>();
      item.entries = about["num_entries"].get<std::int64_t>();
      dictionary.Add(theirs, reply.size(), [=] { return ScoreKvDict(item, reply).total; });
    } else if (task == "STATE_MACHINE") {
      const std::string input = TextOf(about, "input_string");
      trace.Add(theirs, reply.size(), [=] { return ScoreStateMachine(input, reply).match_ratio; });
    } else if (task == "PARAGRAPH_ORDERING") {
      const auto original = about["original"].get<std::vector<std::string>>();
      order.Add(theirs, reply.size(),
                [=] { return ScoreParagraphs(original, reply).kendalls_tau; });
    }
    words.Add({{"reply", reply}, {"limit", kFirstWords}}, reply.size(), [=] {
      return static_cast<double>(CountWordsWithoutCase(reply)) * 1e6 +
             static_cast<double>(FirstWords(reply, kFirstWords).size());
    });
  }
};

int Run(int argc, char** argv) {
  BenchReport report("LongWeave's rules (MB = 10^6 bytes of answers)",
                     ParseBenchOptions(argc, argv));
  const fs::path golden = GoldenFolder("longweave") / "golden/longweave_golden.jsonl.gz";
  if (!fs::exists(golden)) {
    report.Note("not measured, ../shared/data/longweave is not there");
    return report.Finish();
  }
  Groups groups;
  for (const Json& vector : GoldenRows(golden)) groups.Add(vector);
  CompareWithPython("longweave_rules.py",
                    {groups.dictionary, groups.trace, groups.order, groups.words}, report);
  return report.Finish();
}

}  // namespace
}  // namespace assay::longweave

int main(int argc, char** argv) { return assay::longweave::Run(argc, argv); }
