// Compares LongWeave's rules with Python's own regular expressions, json and arithmetic on seeded
// random replies made of the pieces that the rules look at.
#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "judge/benchmarks/longweave/article_words.h"
#include "judge/benchmarks/longweave/code_fixing.h"
#include "judge/benchmarks/longweave/kv_dict.h"
#include "judge/benchmarks/longweave/paragraph_order.h"
#include "judge/benchmarks/longweave/replies.h"
#include "judge/benchmarks/longweave/state_machine.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay::longweave {
namespace {

using Pieces = std::vector<std::string>;

class LongWeaveDifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::optional<std::string> found = FindPython();
    if (!found) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
    python_ = *found;
  }

  std::string Text(const Pieces& pieces, std::size_t most) {
    std::string text;
    for (std::uint64_t n = random_.Below(most + 1); n > 0; --n) {
      text += pieces[random_.Below(pieces.size())];
    }
    return text;
  }

  void Ask(const std::string& question, const std::string& mine) {
    questions_.push_back(question);
    mine_.push_back(mine);
  }

  // `kinds`: at least so many different answers, so that the rules were met at all.
  void Compare(std::size_t kinds) {
    const std::vector<std::string> answers =
        AskPython(python_, questions_, "tests/unit/judge/benchmarks/longweave/longweave_oracle.py");
    ASSERT_EQ(answers.size(), questions_.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      ASSERT_EQ(mine_[i], answers[i]) << questions_[i];
    }
    EXPECT_GE(std::set<std::string>(answers.begin(), answers.end()).size(), kinds);
  }

  Random random_{77};
  std::string python_;
  std::vector<std::string> questions_;
  std::vector<std::string> mine_;
};

TEST_F(LongWeaveDifferentialTest, Relevance) {
  const Pieces pieces = {"{",
                         "}",
                         "\"is_relevant_and_complete\"",
                         "\"i\u017f_RELEVANT_and_complete\"",
                         ":",
                         ": ",
                         "true",
                         "false",
                         "True",
                         "TRUE",
                         "fal\u017fe",
                         " ",
                         "\n",
                         "\u00a0",
                         ",",
                         "\"a\": 1",
                         "x",
                         "[]",
                         "{\"is_relevant_and_complete\": false}",
                         "{\"is_relevant_and_complete\":true",
                         "\"is_relevant_and_complete\": true",
                         "\"is_relevant_and_complete\": 1"};
  for (int i = 0; i < 20000; ++i) {
    const std::string reply = (i % 2 == 0 ? "{" : "") + Text(pieces, 9);
    const std::optional<bool> read = RelevanceOf(reply);
    Ask("relevance " + HexOf(reply), !read ? "none" : *read ? "True" : "False");
  }
  Compare(3);
}

TEST_F(LongWeaveDifferentialTest, Coverage) {
  const Pieces pieces = {
      "[",    "]",  "true",          "false",      ", ",   ",", "\"true\"", "'False'",    "True",
      " ",    "\n", "[true, false]", "\" TRUE \"", "null", "1", "x",        "fal\u017fe", "\u3000",
      "\"\"", "{}", "```json\n",     "\n```"};
  for (int i = 0; i < 20000; ++i) {
    const std::string reply = Text(pieces, 9);
    const std::size_t count = 1 + random_.Below(5);
    const CoverageReply read = CoverageOf(reply, count);
    std::string bits;
    for (const bool covered : read.covered) bits += covered ? '1' : '0';
    Ask("coverage " + HexOf(reply) + " " + std::to_string(count),
        bits + " " + std::to_string(read.given));
  }
  Compare(20);
}

TEST_F(LongWeaveDifferentialTest, Answers) {
  const Pieces pieces = {"[",
                         "]",
                         "{",
                         "}",
                         ",",
                         " ",
                         "\n",
                         "{\"answered\": true, \"correct\": true}",
                         "{\"answered\": false, \"correct\": true}",
                         "{\"answered\": true, \"correct\": false}",
                         "{\"answered\": 1, \"correct\": true}",
                         "{\"a\": {}}",
                         "},{",
                         "[1]",
                         "note",
                         "null",
                         "\"]\"",
                         "\"}\"",
                         "\u2003",
                         "[{\"answered\": true, \"correct\": true}]"};
  for (int i = 0; i < 20000; ++i) {
    const std::string reply = (i % 3 == 0 ? "[" : "") + Text(pieces, 8) + (i % 3 == 0 ? "]" : "");
    const std::size_t count = 1 + random_.Below(4);
    std::string bits;
    for (const Answer& answer : AnswersOf(reply, count).answers) {
      bits += answer.answered ? '1' : '0';
      bits += answer.correct ? '1' : '0';
    }
    Ask("answers " + HexOf(reply) + " " + std::to_string(count), bits);
  }
  Compare(12);
}

TEST_F(LongWeaveDifferentialTest, Style) {
  const Pieces values = {"true", "false",  "0",  "1",   "-0.0", "NaN",        "null",
                         "\"\"", "\"no\"", "[]", "[0]", "{}",   "{\"a\": 1}", "1e999"};
  const Pieces between = {", ", ", ", ", ", ",", " ", ", 7, ", ", [], ", ", {}, ", ", \"x\", "};
  for (int i = 0; i < 10000; ++i) {
    std::string reply = Text({"```json\n", "see [", "x", "\n"}, 1) + "[";
    for (std::uint64_t n = 0, most = random_.Below(4); n < most; ++n) {
      if (n > 0) reply += between[random_.Below(between.size())];
      reply += "{\"exists_in_article\": " + values[random_.Below(values.size())];
      if (random_.Below(5) > 0) {
        reply += ", \"follows_rules\": " + values[random_.Below(values.size())];
      }
      reply += "}";
    }
    reply += "]" + Text({"\n```", "]", " done"}, 1);
    const std::optional<StyleReply> read = StyleOf(reply);
    Ask("style " + HexOf(reply),
        !read ? "error" : std::to_string(read->found) + " " + std::to_string(read->correct));
  }
  Compare(8);
}

TEST_F(LongWeaveDifferentialTest, Code) {
  const Pieces pieces = {"```", "`",      "python", "PYTHON",   "Python\n", "\n",
                         " ",   "\u00a0", "x = 1",  "def f():", "\t",       "````"};
  for (int i = 0; i < 20000; ++i) {
    const std::string response = Text(pieces, 9);
    Ask("code " + HexOf(response), HexOf(std::string(CodeOf(response))));
  }
  Compare(1000);
}

TEST_F(LongWeaveDifferentialTest, KeyValueDictionary) {
  const Pieces keys = {"'K'",         "\"K\"",       "'a'", "'bcdefghijklmnopqrstuvwxyzabcdefgh'",
                       "\"\\u4e2d\"", "\"\\ud83d\"", "'é'", "\"\""};
  const Pieces values = {"'v'",
                         "\"v\"",
                         "'0123456789012345678901234567890123'",
                         "1",
                         "-0",
                         "2.50",
                         "1e22",
                         "true",
                         "null",
                         "NaN",
                         "-Infinity",
                         "[1, \"v\", 'it']",
                         "{'a': {'b': 1, 'b': 'x'}}",
                         "\"\\n\\ud83d\"",
                         "[]",
                         "{}",
                         "'v'",
                         "'v'"};
  for (int i = 0; i < 20000; ++i) {
    std::string response = Text({"d = ", "{}", "```", "'"}, 1) + "{";
    for (std::uint64_t n = 0, most = random_.Below(i % 50 == 0 ? 60 : 8); n < most; ++n) {
      response += (n == 0 ? "" : ", ") + keys[random_.Below(keys.size())] + ": " +
                  values[random_.Below(values.size())];
    }
    response += Text({",", " ", "\n", "\u3000", ","}, 2) + "}" + Text({"}", "```", " x"}, 1);
    KvItem item;
    item.key = "K";
    item.value = "v";
    item.entries = 2 + static_cast<std::int64_t>(random_.Below(40));
    item.index = static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(item.entries)));
    const KvScores scores = ScoreKvDict(item, response);
    Ask("kv " + HexOf(response) + " K v " + std::to_string(item.index) + " " +
            std::to_string(item.entries),
        scores.raises ? "raises"
                      : HexOf(scores.key_existence) + " " + HexOf(scores.position) + " " +
                            HexOf(scores.entries) + " " + HexOf(scores.avg_length) + " " +
                            HexOf(scores.total));
  }
  Compare(500);
}

TEST_F(LongWeaveDifferentialTest, StateMachine) {
  const Pieces separators = {" | ", "|", ":", ", ", " |\u00a0", "  ,"};
  const Pieces between = {"\n",
                          "\n",
                          "\n",
                          "\n\n",
                          "\r\n",
                          "\n---\n",
                          "\n Current  State |x\n",
                          "\ncurrent \u017ftate\u3000| a\n",
                          "\nCurrent State\n",
                          "\n-\u2014\n",
                          "\v"};
  for (int i = 0; i < 20000; ++i) {
    const std::string input = DrawInput(std::to_string(i), 1 + i % 12);
    const std::string output = OutputOf(input);
    std::string response = Text({"Current State | Input\n", "----\n", "| ", "text\n"}, 1);
    for (std::size_t step = 0; step < output.size() + 2; ++step) {
      const std::string& separator = separators[random_.Below(separators.size())];
      response += "S0" + separator + "1" + separator + "S1" + separator;
      response += step < output.size() && random_.Below(12) > 0 ? output[step] : '1';
      response += Text({" ", "|", "\t", ", ok"}, 1) + between[random_.Below(between.size())];
    }
    Ask("state " + HexOf(response) + " " + input,
        std::to_string(ScoreStateMachine(input, response).valid_steps));
  }
  Compare(12);
}

TEST_F(LongWeaveDifferentialTest, Paragraphs) {
  const Pieces words = {"the ", "river ", "bridge ",     "Council ",       "a ",
                        "I ",   "it's ",  "caf\u00e9 ",  "\u0130stanbul ", "\u039f\u03a3 ",
                        "x1 ",  "42 ",    "snake_case ", "\u4e2d\u6587 ",  "-- "};
  for (int i = 0; i < 3000; ++i) {
    const std::size_t count = 1 + random_.Below(7);
    std::vector<std::string> originals;
    std::string hex;
    for (std::size_t n = 0; n < count; ++n) {
      originals.push_back("w" + std::to_string(n) + " " + Text(words, 8));
      hex += " " + HexOf(originals.back());
    }
    std::string response = Text({"Here:\n", "[[Segment]]\n", "[[Segment 99]]\nx\n"}, 1);
    std::vector<std::size_t> order(count);
    for (std::size_t n = 0; n < count; ++n) order[n] = n;
    for (std::size_t n = count; n > 1; --n) std::swap(order[n - 1], order[random_.Below(n)]);
    for (const std::size_t n : order) {
      response += "[[Segment" + Text({" ", " ", "\n"}, 2) + std::to_string(n) + "]]" +
                  Text({" ", "\t"}, 1) + (random_.Below(40) == 0 ? "" : "\n") + Text({"\n"}, 1) +
                  (random_.Below(4) == 0 ? Text(words, 6) : originals[n]) +
                  (random_.Below(30) == 0 ? "" : "\n") + Text({"\n", " "}, 1);
    }
    Ask("paragraphs " + HexOf(response) + hex,
        HexOf(ScoreParagraphs(originals, response).kendalls_tau));
  }
  Compare(50);
}

TEST_F(LongWeaveDifferentialTest, Words) {
  const Pieces pieces = {"word",   "two words", "It's",    " ",       "\n",           "-",
                         "_",      "3.14",      "\u0130x", "e\u0301", "\u4e2d\u6587", "\u2028",
                         "\u00b2", "\u0661"};
  for (int i = 0; i < 5000; ++i) {
    const std::string text = Text(pieces, 20);
    const auto limit = static_cast<std::int64_t>(random_.Below(12));
    Ask("words " + HexOf(text) + " " + std::to_string(limit),
        std::to_string(CountWords(text)) + " " + std::to_string(CountWordsWithoutCase(text)) + " " +
            HexOf(FirstWords(text, limit)));
  }
  Compare(1000);
}

}  // namespace
}  // namespace assay::longweave
