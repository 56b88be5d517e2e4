// Compares common/text with the interpreter that it imitates, on every code point and on seeded
// random texts.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "common/base/random.h"
#include "common/text/python_json.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"
#include "common/text/words.h"
#include "tests/unit/common/text/python_oracle.h"

namespace assay {
namespace {

class PythonDifferentialTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::optional<std::string> found = FindPython();
    if (!found) GTEST_SKIP() << "no Python 3.11 with Unicode 14 to compare with";
    python_ = *found;
  }

  // Asks about every argument and expects what `ours` says of it.
  template <typename Ours>
  void Compare(const std::string& operation, const std::vector<std::string>& arguments, Ours ours) {
    std::vector<std::string> questions;
    for (const std::string& argument : arguments) {
      questions.push_back(operation + " " + HexOf(argument));
    }
    const std::vector<std::string> answers = AskPython(python_, questions);
    ASSERT_EQ(answers.size(), arguments.size());
    int shown = 0;
    for (std::size_t i = 0; i < arguments.size() && shown < 5; ++i) {
      const std::string mine = ours(arguments[i]);
      EXPECT_EQ(mine, answers[i]) << operation << " of " << testing::PrintToString(arguments[i]);
      if (mine != answers[i]) ++shown;
    }
  }

  std::string python_;
};

const std::vector<std::string>& Pieces() {
  static const auto* pieces = new std::vector<std::string>{
      "a",      "Z",      "word",   "The",    "3",      "42",     "_",      "-",  "'",
      " ",      "  ",     "\n",     "\t",     ".",      ",",      "é",      "ï",  "ﬁ",
      "Ａ",     "中",     "文",     "一",     "\u9fff", "鿾",    "㐀",     "𠀀", "豈",
      "〇",     "、",     "。",     "カ",     "한",     "α",      "①",      "²",  "½",
      "\u0301", "\u200b", "\u00a0", "\u3000", "\u2028", "\x1c",   "\u0085", "😀",  "٣",
      "५",      "𝟘",      "\u180e", "\ufeff", "Ⅷ",      "\u00aa", "ʰ",      "ⓐ"};
  return *pieces;
}

char32_t RandomCodePoint(Random& random) {
  static constexpr char32_t kBelow[] = {0x80, 0x800, 0x3000, 0xA000, 0x10000, 0x20000, 0x110000};
  while (true) {
    const auto code = static_cast<char32_t>(random.Below(kBelow[random.Below(7)]));
    if (code < 0xD800 || code > 0xDFFF) return code;
  }
}

std::string RandomText(Random& random, std::size_t max_pieces) {
  std::string text;
  const std::size_t count = random.Below(max_pieces + 1);
  for (std::size_t i = 0; i < count; ++i) {
    if (random.Below(6) == 0) {
      AppendUtf8(RandomCodePoint(random), text);
    } else if (random.Below(8) == 0) {
      text += std::string(random.Below(90), static_cast<char>('a' + random.Below(26)));
    } else {
      text += Pieces()[random.Below(Pieces().size())];
    }
  }
  return text;
}

std::vector<std::string> RandomTexts(std::uint64_t seed, int count, std::size_t max_pieces) {
  Random random(seed);
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) texts.push_back(RandomText(random, max_pieces));
  return texts;
}

TEST_F(PythonDifferentialTest, TablesAreWhatTheGeneratorWrites) {
  const std::string output = testing::TempDir() + "/python_unicode.cc";
  const std::string generator =
      python_ + " " + ASSAY_SOURCE_DIR + "/common/text/tables/generate.py " + output;
  ASSERT_EQ(std::system(generator.c_str()), 0);
  const auto read = [](const std::string& path) {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_TRUE(read(output) == read(ASSAY_SOURCE_DIR "/common/text/tables/python_unicode.cc"))
      << "run common/text/tables/generate.py";
  std::filesystem::remove(output);
}

TEST_F(PythonDifferentialTest, EveryCodePoint) {
  const std::vector<std::string> answers = AskPython(
      python_, {"members " + HexOf("\\w"), "members " + HexOf("\\s"), "members " + HexOf("\\d")});
  ASSERT_EQ(answers.size(), 3u);
  for (char32_t code = 0; code < 0x110000; ++code) {
    ASSERT_EQ(IsPythonWord(code), answers[0][code] == '1') << std::hex << std::uint32_t{code};
    ASSERT_EQ(IsPythonSpace(code), answers[1][code] == '1') << std::hex << std::uint32_t{code};
    ASSERT_EQ(IsPythonDigit(code), answers[2][code] == '1') << std::hex << std::uint32_t{code};
  }
}

TEST_F(PythonDifferentialTest, WordCount) {
  std::vector<std::string> texts = RandomTexts(1, 6000, 60);
  for (int length = 0; length < 200; ++length) {
    texts.push_back(std::string(static_cast<std::size_t>(length), 'x'));
    texts.push_back(std::string(static_cast<std::size_t>(length), 'x') + "é");
    texts.push_back(std::string(static_cast<std::size_t>(length), 'x') + "9 y");
    texts.push_back(std::string(static_cast<std::size_t>(length), ' ') + "word中 word");
  }
  Compare("words", texts,
          [](const std::string& text) { return std::to_string(CountLongBenchWords(text)); });
}

TEST_F(PythonDifferentialTest, StripAndSpace) {
  const std::vector<std::string> texts = RandomTexts(2, 2000, 6);
  Compare("strip", texts, [](const std::string& text) { return HexOf(PythonStrip(text)); });
  Compare("isspace", texts,
          [](const std::string& text) { return IsAllPythonSpace(text) ? "1" : "0"; });
}

TEST_F(PythonDifferentialTest, StripSet) {
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  Random random(3);
  for (int i = 0; i < 1500; ++i) {
    const std::string text = RandomText(random, 6);
    const std::string set = RandomText(random, 4);
    questions.push_back("stripset " + HexOf(text) + " " + HexOf(set));
    mine.push_back(HexOf(PythonStrip(text, set)));
  }
  EXPECT_EQ(mine, AskPython(python_, questions));
}

TEST_F(PythonDifferentialTest, Utf8) {
  Random random(4);
  std::vector<std::string> texts;
  for (int i = 0; i < 6000; ++i) {
    std::string text = RandomText(random, 12);
    for (std::uint64_t hits = random.Below(3); hits > 0 && !text.empty(); --hits) {
      text[random.Below(text.size())] = static_cast<char>(random.Below(256));
    }
    if (random.Below(4) == 0) text.resize(random.Below(text.size() + 1));
    texts.push_back(text);
  }
  Compare("utf8", texts, [](const std::string& text) {
    const std::optional<std::size_t> offset = ValidateUtf8(text);
    return offset ? std::to_string(*offset) : "-1";
  });
}

TEST_F(PythonDifferentialTest, Float) {
  static const std::vector<std::string> kParts = {"1",        "0",
                                                  "4",        "12",
                                                  ".",        "_",
                                                  "e",        "E",
                                                  "+",        "-",
                                                  " ",        "\t",
                                                  "\x1c",     "inf",
                                                  "Infinity", "NaN",
                                                  "nan",      "٣",
                                                  "𝟗",        "\u00a0",
                                                  "/",        "x",
                                                  "e400",     "e-400",
                                                  "308",      "9007199254740993",
                                                  "\u2003",   "1.7976931348623159e308"};
  Random random(5);
  std::vector<std::string> texts = {"",
                                    " 4 ",
                                    "4/5",
                                    "0x10",
                                    "1_000.5",
                                    "1__0",
                                    "_1",
                                    "1_",
                                    "1.e5",
                                    ".5",
                                    ".",
                                    "1e",
                                    "2.2250738585072011e-308",
                                    "4.9e-324",
                                    "2e-324"};
  for (int i = 0; i < 6000; ++i) {
    std::string text;
    for (std::uint64_t n = random.Below(6); n > 0; --n) text += kParts[random.Below(kParts.size())];
    texts.push_back(text);
  }
  Compare("float", texts, [](const std::string& text) {
    const std::optional<double> value = PythonFloat(text);
    return value ? HexOf(*value) : std::string("error");
  });
}

std::string Parts(const std::vector<std::string_view>& parts) {
  std::string out;
  for (const std::string_view part : parts) out += (out.empty() ? "=" : ",=") + HexOf(part);
  return out;
}

TEST_F(PythonDifferentialTest, Split) {
  std::vector<std::string> texts = RandomTexts(8, 3000, 20);
  for (const std::string& text : RandomTexts(9, 1000, 8)) texts.push_back("\r\n" + text + "\v\r");
  for (char32_t c = 1; c < 0x3100; ++c) {
    std::string text = "a";
    AppendUtf8(c, text);
    texts.push_back(text + "b");
  }
  Compare("split", texts, [](const std::string& text) { return Parts(PythonSplit(text)); });
  Compare("splitlines", texts,
          [](const std::string& text) { return Parts(PythonSplitLines(text)); });
  for (const std::string& text : texts) {
    ASSERT_EQ(CountPythonWords(text), static_cast<std::int64_t>(PythonSplit(text).size()));
  }
}

TEST_F(PythonDifferentialTest, SplitAtSeparator) {
  static const std::vector<std::string> kParts = {"#*#", "#", "*", "a", "é", " ", "##*#", "*#*"};
  static const std::vector<std::string> kSeparators = {"#*#", "#", "##", "é", "a ", "#*#*#"};
  Random random(10);
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::uint64_t n = random.Below(9); n > 0; --n) text += kParts[random.Below(kParts.size())];
    const std::string& separator = kSeparators[random.Below(kSeparators.size())];
    questions.push_back("splitat " + HexOf(text) + " " + HexOf(separator));
    mine.push_back(Parts(PythonSplit(text, separator)));
  }
  EXPECT_EQ(mine, AskPython(python_, questions));
}

TEST_F(PythonDifferentialTest, Int) {
  static const std::vector<std::string> kParts = {
      "1", "0",  "42",   "٣",      "𝟗",      "１", "_", "+", "-",
      " ", "\t", "\x1c", "\u00a0", "\u3000", ".",  "²", "x", "922337203685477580",
      "7"};
  std::vector<std::string> texts = {"",
                                    "9223372036854775807",
                                    "9223372036854775808",
                                    "-9223372036854775808",
                                    "-9223372036854775809",
                                    "-9223372036854775807",
                                    "18446744073709551616",
                                    "18446744073709551615",
                                    std::string(4300, '0') + "1",
                                    std::string(4299, '0') + "1",
                                    std::string(4300, '9'),
                                    "1_" + std::string(4299, '9'),
                                    std::string(4301, '9')};
  Random random(11);
  for (int i = 0; i < 8000; ++i) {
    std::string text;
    for (std::uint64_t n = random.Below(6); n > 0; --n) text += kParts[random.Below(kParts.size())];
    texts.push_back(text);
  }
  Compare("int", texts, [](const std::string& text) {
    const std::optional<std::int64_t> value = PythonInt(text);
    return value ? std::to_string(*value) : std::string("error");
  });
}

TEST_F(PythonDifferentialTest, Round) {
  Random random(6);
  std::vector<std::string> questions;
  std::vector<std::string> mine;
  std::vector<double> values = {0.5, 1.5, 2.5, 2.675, 0.125, -0.125, 1e300, 1e-300, 5e-324};
  for (int i = 0; i < 2000; ++i) {
    values.push_back((random.Unit() - 0.5) * 200);
    values.push_back(static_cast<double>(random.Below(4000)) / 8);
  }
  for (const double value : values) {
    const auto digits = static_cast<int>(random.Below(5));
    questions.push_back("round " + HexOf(value) + " " + std::to_string(digits));
    mine.push_back(HexOf(PythonRound(value, digits)));
  }
  EXPECT_EQ(mine, AskPython(python_, questions));
}

std::string Shape(const PythonValue& value) {
  std::string out;
  switch (value.kind) {
    case PythonValue::Kind::kNone:
      return "n";
    case PythonValue::Kind::kBool:
      return value.boolean ? "t" : "f";
    case PythonValue::Kind::kInt:
      return "i" + value.text;
    case PythonValue::Kind::kFloat:
      return "d" + HexOf(value.number);
    case PythonValue::Kind::kString:
      return "s" + HexOf(value.text);
    case PythonValue::Kind::kList:
      for (const PythonValue& item : value.list) out += (out.empty() ? "" : ",") + Shape(item);
      return "[" + out + "]";
    case PythonValue::Kind::kDict:
      for (const auto& [key, item] : value.dict) {
        out += (out.empty() ? "" : ",") + HexOf(key) + ":" + Shape(item);
      }
      return "{" + out + "}";
  }
  return out;
}

std::string RandomJson(Random& random, int depth) {
  static const std::vector<std::string> kScalars = {"null",
                                                    "true",
                                                    "false",
                                                    "NaN",
                                                    "Infinity",
                                                    "-Infinity",
                                                    "0",
                                                    "-0",
                                                    "12",
                                                    "-7",
                                                    "1.5",
                                                    "1e5",
                                                    "-2.5E-3",
                                                    "1e999",
                                                    "123456789012345678901234567890",
                                                    "\"\"",
                                                    "\"a\"",
                                                    "\"é中\"",
                                                    "\"\\u00e9\"",
                                                    "\"\\ud83d\\ude00\"",
                                                    "\"\\ud83d\"",
                                                    "\"\\ud83d\\ud83d\\ude00\"",
                                                    "\"\\ude00\\ud83d\"",
                                                    "\"\\n\\t\\\\\\/\\b\\f\\r\\\"\"",
                                                    "\"\\uD83D\\u0041\"",
                                                    "\"\x7f\""};
  static const std::vector<std::string> kKeys = {"\"k\"", "\"a\"", "\"a\"", "\"\\u0061\"",
                                                 "\"中\""};
  const std::uint64_t choice = depth <= 0 ? 0 : random.Below(4);
  if (choice < 2) return kScalars[random.Below(kScalars.size())];
  std::string out;
  for (std::uint64_t n = random.Below(4); n > 0; --n) {
    if (!out.empty()) out += random.Below(3) == 0 ? " ,\n" : ",";
    if (choice == 2)
      out += kKeys[random.Below(kKeys.size())] + (random.Below(3) == 0 ? " : " : ":");
    out += RandomJson(random, depth - 1);
  }
  return choice == 2 ? "{" + out + "}" : "[" + out + "]";
}

std::string Mutated(Random& random, std::string json) {
  static constexpr std::string_view kBytes = "{}[],:\"\\u0.eE+-19nf \n\t\x01\x0b";
  if (json.empty()) return json;
  const std::size_t at = random.Below(json.size());
  const char byte = kBytes[random.Below(kBytes.size())];
  switch (random.Below(3)) {
    case 0:
      json.insert(at, 1, byte);
      break;
    case 1:
      json.erase(at, 1);
      break;
    default:
      json[at] = byte;
  }
  // The oracle is handed text; bytes that are not UTF-8 are not part of the comparison.
  return IsValidUtf8(json) ? json : "[]";
}

TEST_F(PythonDifferentialTest, JsonLoads) {
  Random random(7);
  std::vector<std::string> texts = {"",
                                    " ",
                                    "\ufeff1",
                                    "[1,]",
                                    "{\"a\":1,}",
                                    "{,}",
                                    "[,]",
                                    "01",
                                    "1.",
                                    "-",
                                    "--1",
                                    "+1",
                                    ".5",
                                    "1 2",
                                    "'a'",
                                    "nul",
                                    "-Infinit",
                                    "\xc2\xa0"
                                    "1",
                                    "\"\\x\"",
                                    "\"\\u12\"",
                                    "\"\\u12g4\"",
                                    "\"\\u+123\"",
                                    "\"\\ud83d\\u12\"",
                                    "\v1",
                                    "\f1",
                                    "{\"a\" 1}",
                                    "{1:2}",
                                    "\"a\nb\"",
                                    "[1e]",
                                    "[1e+]",
                                    "-01",
                                    std::string(4300, '9'),
                                    std::string(4301, '9'),
                                    "-" + std::string(4300, '9'),
                                    std::string(4301, '9') + ".0"};
  for (int i = 0; i < 8000; ++i) {
    const std::string json = RandomJson(random, 4);
    texts.push_back(json);
    texts.push_back(Mutated(random, json));
  }
  Compare("loads", texts, [](const std::string& text) {
    const absl::StatusOr<PythonValue> value = PythonJsonLoads(text);
    return value.ok() ? Shape(*value) : std::string("error");
  });
}

}  // namespace
}  // namespace assay
