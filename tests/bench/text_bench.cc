// The rule scorers' speed, beside a Python script that does the same in the usual way, on the same
// bytes and in the same minute. Rates are by CPU time, so that a busy machine tells the same. Both
// must count the same words, or there is no figure.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/json/json.h"
#include "common/text/utf8.h"
#include "common/text/words.h"
#include "judge/length_scorer.h"
#include "judge/repetition_scorer.h"
#include "suites/gzip_reader.h"
#include "tests/bench/bench_report.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

struct Corpus {
  std::string name;
  std::vector<std::string> texts;

  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const std::string& text : texts) sum += text.size();
    return sum;
  }
};

// ---- texts -------------------------------------------------------------------------------------

constexpr int kTexts = 64;
constexpr std::size_t kTextBytes = 24'000;
constexpr int kVocabulary = 4000;

// Small ranks far more often than large ones, as words are.
std::size_t SkewedRank(Random& random) {
  const double u = random.Unit();
  return static_cast<std::size_t>(u * u * u * kVocabulary);
}

std::vector<std::string> EnglishVocabulary(Random& random) {
  std::vector<std::string> words;
  for (int i = 0; i < kVocabulary; ++i) {
    const std::uint64_t length = 2 + random.Below(4) + random.Below(5);
    std::string word;
    for (std::uint64_t k = 0; k < length; ++k) {
      word.push_back(k % 2 == 0 ? "bcdfghlmnprst"[random.Below(13)] : "aeiou"[random.Below(5)]);
    }
    words.push_back(word);
  }
  return words;
}

std::vector<std::string> ChineseVocabulary(Random& random) {
  std::vector<std::string> words;
  for (int i = 0; i < kVocabulary; ++i) {
    std::string word;
    for (std::uint64_t k = 0; k < 1 + random.Below(3); ++k) {
      AppendUtf8(static_cast<char32_t>(0x4E00 + random.Below(3000)), word);
    }
    words.push_back(word);
  }
  return words;
}

std::string EnglishSentence(const std::vector<std::string>& vocabulary, Random& random) {
  std::string out;
  const std::uint64_t words = 6 + random.Below(18);
  for (std::uint64_t i = 0; i < words; ++i) {
    std::string word = vocabulary[SkewedRank(random)];
    if (i == 0) word[0] = static_cast<char>(word[0] - 'a' + 'A');
    if (random.Below(60) == 0) word += std::to_string(random.Below(2000));
    if (random.Below(90) == 0) word += "\u2019s";
    out += word + (i + 1 == words ? ". " : random.Below(9) == 0 ? ", " : " ");
  }
  return out;
}

std::string ChineseSentence(const std::vector<std::string>& vocabulary, Random& random) {
  std::string out;
  const std::uint64_t words = 6 + random.Below(14);
  for (std::uint64_t i = 0; i < words; ++i) {
    out += vocabulary[SkewedRank(random)];
    if (i + 1 == words) {
      out += "。";
    } else if (random.Below(6) == 0) {
      out += "，";
    }
  }
  return out;
}

Corpus MakeCorpus(const std::string& name, bool english, bool chinese) {
  Random random(2026);
  const std::vector<std::string> latin = EnglishVocabulary(random);
  const std::vector<std::string> hanzi = ChineseVocabulary(random);
  Corpus corpus{name, {}};
  for (int i = 0; i < kTexts; ++i) {
    std::string text;
    while (text.size() < kTextBytes) {
      const bool in_english = english && (!chinese || random.Below(2) == 0);
      for (std::uint64_t k = 0; k < 3 + random.Below(5); ++k) {
        text += in_english ? EnglishSentence(latin, random) : ChineseSentence(hanzi, random);
      }
      text += "\n\n";
    }
    corpus.texts.push_back(std::move(text));
  }
  return corpus;
}

void ReadResponses(const fs::path& path, Corpus& corpus) {
  auto reader = OpenByteReader(path.string());
  if (!reader.ok()) return;
  LineReader lines(reader->get(), path.string(), std::size_t{16} << 20);
  std::string_view line;
  for (auto more = lines.Next(&line); more.ok() && *more; more = lines.Next(&line)) {
    const auto row = ParseJson(line);
    if (row.ok() && row->contains("response") && (*row)["response"].is_string()) {
      corpus.texts.push_back((*row)["response"].get<std::string>());
    }
  }
}

// Outputs of real models, where the data lies beside the checkout.
Corpus RealOutputs() {
  Corpus corpus{"real outputs", {}};
  const fs::path root = fs::path(ASSAY_SOURCE_DIR) / "../shared/data/longwriter/golden_fork";
  if (!fs::exists(root)) return corpus;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().string().ends_with(".jsonl.gz")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) ReadResponses(file, corpus);
  return corpus;
}

// ---- Python ------------------------------------------------------------------------------------

constexpr char kPythonScript[] = R"python(
import json, re, sys, time

def words(text):
    return len(re.findall(r'[\u4e00-\u9fff]', text)) + len(re.findall(r'\b[a-zA-Z]+\b', text))

def length_score(required, actual):
    if actual == 0:
        return 0.0
    if actual > required:
        return 100 * max(0, 1 - (actual / required - 1) / 3)
    return 100 * max(0, 1 - (required / actual - 1) / 2)

texts = json.load(open(sys.argv[1], encoding='utf-8'))
size = sum(len(t.encode('utf-8')) for t in texts)
rates, total = [], 0
for _ in range(int(sys.argv[2])):
    begin = time.process_time()
    counts = [words(t) for t in texts]
    scores = [length_score(1000, c) for c in counts]
    rates.append(size / (time.process_time() - begin) / 1e6)
    total = sum(counts)
print(json.dumps({'rates': rates, 'words': total, 'score': sum(scores)}))
)python";

struct PythonResult {
  double rate = 0;  // MB/s
  std::int64_t words = 0;
  double score = 0;
};

// Runs the script on the corpus; exits when there is no such Python.
PythonResult RunPython(const Corpus& corpus, const fs::path& scratch, int runs) {
  std::ofstream(scratch / "count.py") << kPythonScript;
  std::ofstream(scratch / "texts.json") << DumpJson(Json(corpus.texts));
  const std::string command = "/usr/bin/python3 " + (scratch / "count.py").string() + " " +
                              (scratch / "texts.json").string() + " " + std::to_string(runs);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  ASSAY_CHECK(pipe != nullptr);
  std::string output;
  char buffer[4096];
  while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) output += buffer;
  const int status = ::pclose(pipe);
  const auto json = ParseJson(output);
  if (status != 0 || !json.ok()) {
    std::fprintf(stderr, "the Python script failed (status %d): %s\n", status, output.c_str());
    std::exit(3);
  }
  PythonResult result;
  result.rate = Median((*json)["rates"].get<std::vector<double>>());
  result.words = (*json)["words"].get<std::int64_t>();
  result.score = (*json)["score"].get<double>();
  return result;
}

// ---- figures -----------------------------------------------------------------------------------

std::vector<v1::UnitInputs> InputsOf(const Corpus& corpus) {
  std::vector<v1::UnitInputs> all;
  for (const std::string& text : corpus.texts) {
    v1::UnitInputs& inputs = all.emplace_back();
    inputs.set_text(text);
    inputs.set_generation_outcome(text.empty() ? v1::OUTCOME_EMPTY : v1::OUTCOME_GENERATED);
    inputs.mutable_sample()->set_required_words(1000);
  }
  return all;
}

void CheckAgainstPython(const Corpus& corpus, const PythonResult& python) {
  std::int64_t words = 0;
  double score = 0;
  for (const std::string& text : corpus.texts) {
    const std::int64_t counted = CountLongBenchWords(text);
    words += counted;
    score += LongBenchLengthScore(1000, counted);
  }
  if (words == python.words && std::abs(score - python.score) < 1e-6) return;
  std::fprintf(stderr, "%s: %lld words and score %.9f, Python has %lld and %.9f\n",
               corpus.name.c_str(), static_cast<long long>(words), score,
               static_cast<long long>(python.words), python.score);
  std::exit(1);
}

void Measure(const Corpus& corpus, const fs::path& scratch, BenchReport& report) {
  const int runs = report.RunsOr(7);
  const PythonResult python = RunPython(corpus, scratch, runs);
  CheckAgainstPython(corpus, python);
  std::int64_t sink = 0;
  report.Add({.name = "count words, " + corpus.name,
              .runs = MegabytesPerSecond(corpus.bytes(), runs,
                                         [&] {
                                           for (const std::string& text : corpus.texts) {
                                             sink += CountLongBenchWords(text);
                                           }
                                         }),
              .unit = "MB/s",
              .goal = AtLeast(50 * python.rate),
              .baseline = python.rate,
              .baseline_name = "Python"});
  const std::vector<v1::UnitInputs> inputs = InputsOf(corpus);
  v1::ScorerSpec length;
  length.mutable_length();
  report.Add({.name = "length scorer, " + corpus.name,
              .runs = MegabytesPerSecond(corpus.bytes(), runs,
                                         [&] {
                                           for (const v1::UnitInputs& input : inputs) {
                                             sink += ScoreLength(length, input).scores_size();
                                           }
                                         }),
              .unit = "MB/s",
              .goal = AtLeast(50 * python.rate),
              .baseline = python.rate,
              .baseline_name = "Python"});
  v1::ScorerSpec repetition;
  repetition.mutable_repetition()->set_ngram(20);
  report.Add({.name = "repetition scorer, " + corpus.name,
              .runs = MegabytesPerSecond(corpus.bytes(), runs,
                                         [&] {
                                           for (const v1::UnitInputs& input : inputs) {
                                             sink +=
                                                 ScoreRepetition(repetition, input).scores_size();
                                           }
                                         }),
              .unit = "MB/s"});
  ASSAY_CHECK(sink != 0);
}

int Run(int argc, char** argv) {
  BenchReport report("Rule scorers on texts (MB = 10^6 bytes of UTF-8)",
                     ParseBenchOptions(argc, argv));
  std::string name = (fs::temp_directory_path() / "assay-bench-XXXXXX").string();
  ASSAY_CHECK(::mkdtemp(name.data()) != nullptr);
  std::vector<Corpus> corpora;
  corpora.push_back(MakeCorpus("English", true, false));
  corpora.push_back(MakeCorpus("Chinese", false, true));
  corpora.push_back(MakeCorpus("mixed", true, true));
  corpora.push_back(RealOutputs());
  for (const Corpus& corpus : corpora) {
    if (corpus.texts.empty()) {
      report.Note(corpus.name + ": not measured, ../shared/data is not there");
    } else if (report.options().Wants(corpus.name)) {
      report.Note(corpus.name + ": " + std::to_string(corpus.texts.size()) + " texts, " +
                  std::to_string(corpus.bytes()) + " bytes");
      Measure(corpus, name, report);
    }
  }
  fs::remove_all(name);
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
