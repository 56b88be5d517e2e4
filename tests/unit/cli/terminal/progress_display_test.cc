#include "cli/terminal/progress_display.h"

#include <gtest/gtest.h>

#include "cli/terminal/display_width.h"

namespace assay {
namespace {

ProgressView At(std::int64_t generations, std::int64_t scorings) {
  ProgressView view;
  view.generations = generations;
  view.generations_expected = 100;
  view.scorings = scorings;
  view.scorings_expected = 100;
  return view;
}

TEST(ProgressDisplayTest, OneLineOnATerminal) {
  ProgressDisplay display({.terminal = true});
  ProgressView view = At(40, 10);
  view.losses = 1;
  view.tokens_per_s = 812;
  view.cost_usd = 0.127;
  view.priced = true;
  view.in_flight = 16;
  EXPECT_EQ(display.Update(view, absl::Seconds(0), 200),
            "\r[#####...............] generated 40/100, scored 10/100, lost 1, ETA ?, 812 tok/s, "
            "$0.13, 16 in flight\x1b[K");
}

TEST(ProgressDisplayTest, AtMostFiveRedrawsASecond) {
  ProgressDisplay display({.terminal = true});
  int drawn = 0;
  for (int ms = 0; ms < 1000; ++ms) {
    drawn += display.Update(At(ms / 10, 0), absl::Milliseconds(ms), 100).empty() ? 0 : 1;
  }
  EXPECT_EQ(drawn, 5);
}

TEST(ProgressDisplayTest, NeverWiderThanTheTerminal) {
  for (int columns = 12; columns < 140; ++columns) {
    ProgressDisplay display({.terminal = true});
    ProgressView view = At(40, 10);
    view.notice = "endpoint judge waits 30 s";
    view.tokens_per_s = 1e6;
    std::string line = display.Update(view, absl::Seconds(1), columns);
    line = line.substr(1, line.size() - 4);
    EXPECT_LT(DisplayWidth(line), columns) << line;
    EXPECT_FALSE(line.empty());
  }
}

TEST(ProgressDisplayTest, EtaIsThatOfTheSlowerStageAndIgnoresResumedWork) {
  ProgressDisplay display({.terminal = true});
  display.Update(At(50, 20), absl::Seconds(0), 200);
  // 25 generations and 10 scorings in 100 s: 25 are left of the first, 70 of the second.
  const std::string line = display.Update(At(75, 30), absl::Seconds(100), 200);
  EXPECT_NE(line.find("ETA 11 min 40 s"), std::string::npos) << line;
}

TEST(ProgressDisplayTest, ColourOnlyWhereAllowedAndOnlyForLosses) {
  ProgressView lost = At(10, 10);
  lost.losses = 2;
  ProgressDisplay plain({.terminal = true, .colour = false});
  EXPECT_EQ(plain.Update(lost, absl::Seconds(0), 100).find("\x1b[33m"), std::string::npos);
  ProgressDisplay colour({.terminal = true, .colour = true});
  EXPECT_NE(colour.Update(lost, absl::Seconds(0), 100).find("\x1b[33m"), std::string::npos);
  ProgressDisplay fine({.terminal = true, .colour = true});
  EXPECT_EQ(fine.Update(At(10, 10), absl::Seconds(0), 100).find("\x1b[33m"), std::string::npos);
}

TEST(ProgressDisplayTest, LinesInAPipeEachTenthAndEveryFiveSeconds) {
  ProgressDisplay display({.terminal = false});
  EXPECT_EQ(display.Update(At(0, 0), absl::Seconds(0), 80),
            "generated 0/100, scored 0/100, ETA ?\n");
  EXPECT_EQ(display.Update(At(5, 0), absl::Seconds(1), 80), "");
  EXPECT_EQ(display.Update(At(15, 5), absl::Seconds(2), 80),
            "generated 15/100, scored 5/100, ETA 38 s\n");
  EXPECT_EQ(display.Update(At(16, 5), absl::Seconds(3), 80), "");
  EXPECT_NE(display.Update(At(17, 5), absl::Seconds(7), 80), "");
  EXPECT_EQ(display.Finish(At(100, 100), absl::Seconds(8), 80),
            "generated 100/100, scored 100/100\n");
}

TEST(ProgressDisplayTest, ALineThatStandsAlreadyIsNotPrintedAgain) {
  ProgressDisplay display({.terminal = false});
  EXPECT_EQ(display.Update(At(100, 100), absl::Seconds(0), 80),
            "generated 100/100, scored 100/100\n");
  EXPECT_EQ(display.Finish(At(100, 100), absl::Seconds(9), 80), "");
}

TEST(ProgressDisplayTest, ClearMakesRoomAndTheNextUpdateDrawsAgain) {
  ProgressDisplay display({.terminal = true});
  EXPECT_EQ(display.Clear(), "");
  EXPECT_NE(display.Update(At(1, 0), absl::Seconds(0), 80), "");
  EXPECT_EQ(display.Clear(), "\r\x1b[K");
  EXPECT_NE(display.Update(At(1, 0), absl::Milliseconds(1), 80), "");
}

TEST(ProgressDisplayTest, AHostileNoticeCannotControlTheTerminal) {
  ProgressDisplay display({.terminal = false});
  ProgressView view = At(0, 0);
  view.notice = "paused: \x1b]0;owned\x07";
  EXPECT_EQ(display.Update(view, absl::Seconds(0), 80).find('\x1b'), std::string::npos);
}

TEST(ShortTest, DurationsAndCounts) {
  EXPECT_EQ(ShortDuration(absl::Seconds(9)), "9 s");
  EXPECT_EQ(ShortDuration(absl::Seconds(250)), "4 min 10 s");
  EXPECT_EQ(ShortDuration(absl::Minutes(125)), "2 h 05 min");
  EXPECT_EQ(ShortCount(812), "812");
  EXPECT_EQ(ShortCount(12345), "12.3 k");
  EXPECT_EQ(ShortCount(4.56e6), "4.56 M");
  EXPECT_EQ(ShortCount(999960), "1.00 M");
}

}  // namespace
}  // namespace assay
