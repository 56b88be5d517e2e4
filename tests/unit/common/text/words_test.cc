#include "common/text/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

TEST(CountLongBenchWordsTest, RulesOfTheBenchmark) {
  EXPECT_EQ(CountLongBenchWords(""), 0);
  EXPECT_EQ(CountLongBenchWords("one two, three"), 3);
  EXPECT_EQ(CountLongBenchWords("it isn't well-known"), 5);
  EXPECT_EQ(CountLongBenchWords("H2O mp3 my_name 7 _x"), 0);
  EXPECT_EQ(CountLongBenchWords("crème brûlée tart"), 1);
  EXPECT_EQ(CountLongBenchWords("写作abc写作"), 4);
  EXPECT_EQ(CountLongBenchWords("写作 abc，写作"), 5);
  EXPECT_EQ(CountLongBenchWords("cafe\u0301"), 1);
}

TEST(CountLongBenchWordsTest, RunsThatCrossBlocks) {
  for (std::size_t pad = 0; pad < 140; ++pad) {
    const std::string spaces(pad, ' ');
    const std::string letters(pad + 1, 'q');
    EXPECT_EQ(CountLongBenchWords(spaces + "word"), 1) << pad;
    EXPECT_EQ(CountLongBenchWords(letters), 1) << pad;
    EXPECT_EQ(CountLongBenchWords(letters + "1"), 0) << pad;
    EXPECT_EQ(CountLongBenchWords("1" + letters), 0) << pad;
    EXPECT_EQ(CountLongBenchWords(letters + " " + letters + "\xC3\xA9 " + letters), 2) << pad;
    EXPECT_EQ(CountLongBenchWords(letters + "中"), 1) << pad;
  }
}

TEST(CountLongBenchWordsTest, InvalidBytesSeparate) {
  EXPECT_EQ(CountLongBenchWords("one\xFFtwo"), 2);
  EXPECT_EQ(CountLongBenchWords("one\xE4\xB8"), 1);
  EXPECT_EQ(CountLongBenchWords("\xE4\xB8\xAD\xE4\xB8 x"), 2);
}

// The rule, character by character.
std::int64_t CountSlowly(std::string_view text) {
  std::int64_t count = 0;
  bool letters_only = true;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar decoded = DecodeUtf8(text, at);
    const char32_t c = decoded.code_point;
    at += decoded.bytes;
    if (c >= 0x4E00 && c <= 0x9FFF) ++count;
    if (IsPythonWord(c)) {
      letters_only =
          (!in_word || letters_only) && c < 0x80 && (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
      in_word = true;
    } else {
      if (in_word && letters_only) ++count;
      in_word = false;
    }
  }
  return count + (in_word && letters_only ? 1 : 0);
}

TEST(CountLongBenchWordsTest, AnyMixtureAtAnyOffset) {
  const std::vector<std::string> pieces = {"a",
                                           "word",
                                           " ",
                                           "7",
                                           "_",
                                           "é",
                                           "，",
                                           "。",
                                           "中",
                                           "龍",
                                           "\u4dff",
                                           "\u9fff",
                                           "\ua000",
                                           "々",
                                           "\u2019",
                                           "𠀀",
                                           "😀",
                                           "\xE4",
                                           "\xE4\xB8",
                                           "\x80",
                                           "\xF0\x9F\x98",
                                           "\xC3",
                                           "中文",
                                           "——",
                                           "\xE4\xB7\xBF",
                                           "\xED\xA0\x80",
                                           "\n",
                                           "ｗ"};
  Random random(7);
  for (int round = 0; round < 4000; ++round) {
    std::string text(random.Below(70), round % 3 == 0 ? 'x' : ' ');
    const std::uint64_t count = random.Below(90);
    for (std::uint64_t i = 0; i < count; ++i) text += pieces[random.Below(pieces.size())];
    ASSERT_EQ(CountLongBenchWords(text), CountSlowly(text)) << round << ": " << text;
  }
}

TEST(CountLongBenchWordsTest, EveryCharacterBetweenLetters) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string text = "a";
    AppendUtf8(c, text);
    text += "b";
    AppendUtf8(c, text);
    AppendUtf8(c, text);
    ASSERT_EQ(CountLongBenchWords(text), CountSlowly(text)) << std::uint32_t{c};
  }
}

std::string Numbered(int from, int count) {
  std::string text;
  for (int i = from; i < from + count; ++i) text += "w" + std::to_string(i) + " ";
  return text;
}

TEST(MeasureRepetitionTest, NothingRepeats) {
  const Repetition measured = MeasureRepetition(Numbered(0, 100), 20);
  EXPECT_EQ(measured.words, 100);
  EXPECT_EQ(measured.ngrams, 81);
  EXPECT_EQ(measured.repeated_ngrams, 0);
  EXPECT_EQ(measured.longest_repeat_words, 0);
}

TEST(MeasureRepetitionTest, ShorterThanOneNgram) {
  EXPECT_EQ(MeasureRepetition("", 20).repeated_fraction(), 0);
  EXPECT_EQ(MeasureRepetition(Numbered(0, 19), 20).ngrams, 0);
  EXPECT_EQ(MeasureRepetition(Numbered(0, 20), 20).ngrams, 1);
}

TEST(MeasureRepetitionTest, PointsAtTheLongestRepeat) {
  const std::string passage = Numbered(0, 30);
  const std::string text = passage + Numbered(100, 10) + passage;
  const Repetition measured = MeasureRepetition(text, 20);
  EXPECT_EQ(measured.words, 70);
  EXPECT_EQ(measured.ngrams, 51);
  EXPECT_EQ(measured.repeated_ngrams, 11);
  EXPECT_EQ(measured.longest_repeat_words, 30);
  EXPECT_EQ(measured.longest_repeat_source.begin, 0u);
  EXPECT_EQ(text.substr(measured.longest_repeat.begin,
                        measured.longest_repeat.end - measured.longest_repeat.begin) +
                " ",
            passage);
}

TEST(MeasureRepetitionTest, ALoopAndItsCase) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += i % 2 == 0 ? "The cat sat. " : "the CAT sat! ";
  const Repetition measured = MeasureRepetition(text, 20);
  EXPECT_EQ(measured.ngrams, 131);
  EXPECT_EQ(measured.repeated_ngrams, 128);  // all but the first three
}

TEST(MeasureRepetitionTest, ChineseCountsByCharacter) {
  const Repetition measured = MeasureRepetition("天地玄黄天地玄黄", 4);
  EXPECT_EQ(measured.words, 8);
  EXPECT_EQ(measured.ngrams, 5);
  EXPECT_EQ(measured.repeated_ngrams, 1);
  EXPECT_EQ(measured.longest_repeat.begin, 12u);
  EXPECT_EQ(measured.longest_repeat.end, 24u);
}

TEST(FindParagraphLoopsTest, SameWordsOtherPunctuation) {
  const std::string text =
      "One two three four five.\n\nAnother paragraph that stands here once.\n \n"
      "one TWO three,\nfour five!\n\n***\n\n***\n";
  const ParagraphLoops loops = FindParagraphLoops(text, 5);
  EXPECT_EQ(loops.paragraphs, 3);
  ASSERT_EQ(loops.repeats.size(), 1u);
  EXPECT_EQ(loops.originals[0].begin, 0u);
  EXPECT_EQ(text.substr(loops.repeats[0].begin, loops.repeats[0].end - loops.repeats[0].begin),
            "one TWO three,\nfour five!");
}

TEST(FindParagraphLoopsTest, LinesWhereNoLineIsBlank) {
  EXPECT_EQ(FindParagraphLoops("\na b c\nd e f\na b c\na b c\n\n", 3).repeats.size(), 2u);
  EXPECT_EQ(FindParagraphLoops("", 3).paragraphs, 0);
  EXPECT_EQ(FindParagraphLoops(" \n\t\n", 0).paragraphs, 0);
}

}  // namespace
}  // namespace assay
