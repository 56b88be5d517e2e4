// LongProc's rules against the same rules in Python, on seeded random answers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "common/base/random.h"
#include "common/json/json.h"
#include "judge/benchmarks/longproc/countdown.h"
#include "judge/benchmarks/longproc/html_to_tsv.h"
#include "judge/benchmarks/longproc/path_traversal.h"
#include "judge/benchmarks/longproc/tom_tracking.h"
#include "judge/benchmarks/longproc/travel_planning.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

using Pieces = std::vector<std::string>;

std::string RandomText(Random& random, const Pieces& pieces, std::size_t most) {
  std::string text;
  const std::size_t count = random.Below(most + 1);
  for (std::size_t i = 0; i < count; ++i) text += pieces[random.Below(pieces.size())];
  return text;
}

class LongProcDifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::optional<std::string> found = FindPython();
    if (!found) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
    python_ = *found;
  }

  std::vector<Json> Ask(const std::vector<Json>& questions) const {
    const std::string folder = testing::TempDir() + "longproc_oracle_" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    {
      std::ofstream out(folder + "/questions");
      for (const Json& question : questions) out << DumpJson(question) << '\n';
    }
    const std::string command = python_ + " -W ignore " + ASSAY_SOURCE_DIR +
                                "/tests/unit/judge/benchmarks/longproc/longproc_oracle.py " +
                                folder + "/questions " + folder + "/answers";
    std::vector<Json> answers;
    if (std::system(command.c_str()) == 0) {
      std::ifstream in(folder + "/answers");
      for (std::string line; std::getline(in, line);) answers.push_back(*ParseJson(line));
    }
    std::filesystem::remove_all(folder);
    EXPECT_EQ(answers.size(), questions.size());
    return answers;
  }

  // `ours` of each question; returns how many have a score above 0.
  int Compare(const std::vector<Json>& questions,
              const std::function<LongProcScore(const Json&)>& ours) const {
    const std::vector<Json> answers = Ask(questions);
    int scored = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const LongProcScore score = ours(questions[i]);
      const Json mine = {score.score, score.partial, score.extracted};
      EXPECT_EQ(mine, answers[i]) << questions[i].dump();
      if (mine != answers[i]) break;
      if (score.score > 0) ++scored;
    }
    return scored;
  }

  static std::string Text(const Json& question, const char* name) {
    return question.at(name).get<std::string>();
  }

  std::string python_;
  Random random_{20260102};
};

// Three equations that lead from 1, 2, 5 and 6 to some number, the first of them written oddly.
TEST_F(LongProcDifferentialTest, Equations) {
  const auto pick = [&](const Pieces& pieces) { return pieces[random_.Below(pieces.size())]; };
  const Pieces blanks = {"",       "",     "",  " ", "\t", "\f", "\r", " \r ",  "\v",
                         "\u00a0", "\x1c", "(", ")", "+",  "-",  "_",  "0",     "#",
                         ".",      ".0",   "=", "1", "x",  "\\", ";",  "\u3000"};
  const auto odd = [&] { return random_.Below(5) == 0 ? pick(blanks) : pick({"", " "}); };
  const auto digits = [&](int number) {
    const std::string plain = std::to_string(number);
    if (random_.Below(12) != 0) return plain;
    return pick({"+" + plain, "0" + plain, "٥", "５", plain + "_0", "0x" + plain, plain + ".0"});
  };
  std::vector<Json> questions;
  for (int i = 0; i < 40000; ++i) {
    std::vector<int> left = {1, 2, 5, 6};
    random_.Below(2) == 0 ? std::swap(left[0], left[random_.Below(4)]) : (void)0;
    random_.Below(2) == 0 ? std::swap(left[1], left[random_.Below(4)]) : (void)0;
    const int a = left[0];
    const int b = left[1];
    const int results[] = {a + b, a - b, a * b, a / b};
    const std::size_t sign = random_.Below(4);
    const int first = results[sign];
    const int second = first + left[2];
    const std::string signs[] = {"+", "-", "*", "/"};
    const std::string solution =
        odd() + digits(a) + odd() +
        (random_.Below(20) == 0 ? pick({"//", "＋", "+-"}) : signs[sign]) + odd() + digits(b) +
        odd() + "=" + odd() + digits(first) + odd() + "\n" + std::to_string(first) + " + " +
        std::to_string(left[2]) + " = " + std::to_string(second) + "\n" + std::to_string(left[3]) +
        "*" + std::to_string(second) + "=" + std::to_string(left[3] * second);
    questions.push_back({{"rule", "countdown"},
                         {"numbers", {1, 2, 5, 6}},
                         {"target", left[3] * second},
                         {"reply", "<Solution>\n" + solution + "</Solution>"}});
  }
  const int right = Compare(questions, [](const Json& q) {
    return ScoreCountdown({q.at("numbers").get<std::vector<std::int64_t>>(), q.at("target")}, "",
                          Text(q, "reply"));
  });
  EXPECT_GT(right, 5000);
  EXPECT_LT(right, 35000);
}

TEST_F(LongProcDifferentialTest, Routes) {
  const Pieces lines = {"A\n", "B\n", "C\n", " A\n", "A \n", "\n", "a\n", "A\r\n"};
  std::vector<Json> questions;
  for (int i = 0; i < 5000; ++i) {
    const std::string route = random_.Below(3) == 0 ? "A\nB\nC" + RandomText(random_, lines, 1)
                                                    : RandomText(random_, lines, 4);
    questions.push_back({{"rule", "path"},
                         {"reference", "A\nB\nC" + RandomText(random_, {"", "\n"}, 1)},
                         {"reply", RandomText(random_, {"<Route>", "</Route>", "x"}, 2) +
                                       "<Route>\n" + route + "</Route>"}});
  }
  EXPECT_GT(Compare(questions,
                    [](const Json& q) {
                      return ScorePathTraversal(Text(q, "reference"), Text(q, "reply"));
                    }),
            100);
}

TEST_F(LongProcDifferentialTest, Beliefs) {
  const Pieces pieces = {
      "- ",   "-",   "\n- ", "\n- ",   "\n",      "\r\n",   "\u2028",    "\x1c", "\f",    " ",
      "step", "The", "an",   "at",     "a",       "x",      "X",         "_",    "'",     "\u2019",
      "İ",    "Σ",   "ΑΣ",   "\u00a0", "x\u0301", "belief", "location:", "é",    "\u200b"};
  std::vector<Json> questions;
  for (int i = 0; i < 20000; ++i) {
    const std::string reference = "- " + RandomText(random_, pieces, 6) + "\n- x";
    std::string reply = random_.Below(2) == 0 ? reference : RandomText(random_, pieces, 8);
    if (random_.Below(2) == 0) reply += RandomText(random_, pieces, 2);
    questions.push_back({{"rule", "tom"}, {"reference", reference}, {"reply", reply}});
  }
  EXPECT_GT(Compare(questions,
                    [](const Json& q) {
                      return ScoreTomTracking(Text(q, "reference"), Text(q, "reply"));
                    }),
            100);
}

TEST_F(LongProcDifferentialTest, Tables) {
  const Pieces pieces = {"\t",     "\t",  "\n", "\n",   "\"",     "\"\"", "\r",
                         "\r\n",   "the", "A",  "an b", "x",      "X.",   " ",
                         "\u00a0", "N/A", "é",  "İ",    "\u2028", "```",  "```tsv"};
  std::vector<Json> questions;
  for (int i = 0; i < 20000; ++i) {
    const std::string reference =
        "h\tk\nx\tthe y\nz\t" + RandomText(random_, {"z", "q", "\n", "\t"}, 3);
    std::string reply = RandomText(random_, {"", "```tsv\n", "Here:\n```tsv"}, 1);
    reply += random_.Below(2) == 0 ? "h\tk\nx\ty\n" : "h\tK\n";
    reply += RandomText(random_, pieces, 9) + RandomText(random_, {"\n```", "\n```\nDone."}, 1);
    questions.push_back({{"rule", "html"}, {"reference", reference}, {"reply", reply}});
  }
  EXPECT_GT(
      Compare(questions,
              [](const Json& q) { return ScoreHtmlToTsv(Text(q, "reference"), Text(q, "reply")); }),
      100);
}

TEST_F(LongProcDifferentialTest, Plans) {
  const Pieces pieces = {"**Day ",
                         "Day ",
                         "1-5",
                         "5",
                         "-",
                         "9",
                         "from ",
                         " to ",
                         "Rome",
                         "Oslo",
                         "New York",
                         "\n",
                         "\n",
                         " Fly ",
                         "from Rome to Oslo",
                         "from Oslo to Köln.",
                         "Day 5: ",
                         "Day ٣: ",
                         "5-9:",
                         "European cities for 9 days",
                         "1–5",
                         "a_b",
                         "from from A to B to C",
                         " days",
                         "European cities for "};
  std::vector<Json> questions;
  for (int i = 0; i < 20000; ++i) {
    questions.push_back({{"rule", "travel"}, {"plan", RandomText(random_, pieces, 24)}});
  }
  const std::vector<Json> answers = Ask(questions);
  int parsed = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Json mine = Json::array();
    for (const TravelStay& stay : ParseTravelPlan(Text(questions[i], "plan"))) {
      mine.push_back({stay.first, stay.second});
    }
    ASSERT_EQ(mine, answers[i]) << questions[i].dump();
    parsed += mine.empty() ? 0 : 1;
  }
  EXPECT_GT(parsed, 1000);
}

}  // namespace
}  // namespace assay
