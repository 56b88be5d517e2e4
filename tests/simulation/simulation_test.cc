// A few hundred seeds of the simulated cluster, each twice; every seed that ever failed; and every
// mutant, each of which must be found.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/base/log.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/mutants.h"

namespace assay {
namespace {

std::uint64_t SeedsToRun() {
#ifdef ASSAY_SIMULATION_SEEDS
  return ASSAY_SIMULATION_SEEDS;
#else
  return 200;
#endif
}

class Simulation : public ::testing::Test {
 protected:
  void SetUp() override { SetLogLevel(LogLevel::kError); }
};

void RunSeed(std::uint64_t seed, bool twice) {
  const SimulationResult result = Simulate(seed);
  ASSERT_EQ(result.violation, "") << "reproduce with: assay_simulation --seed " << seed
                                  << " --trace";
  if (!twice) return;
  ASSERT_EQ(Simulate(seed).trace_hash, result.trace_hash)
      << "two runs of seed " << seed << " differ";
}

TEST_F(Simulation, EverySeedHoldsAndRepeats) {
  const bool few = SeedsToRun() <= 1000;
  for (std::uint64_t seed = 1; seed <= SeedsToRun(); ++seed) {
    ASSERT_NO_FATAL_FAILURE(RunSeed(seed, few || seed % 20 == 0));
  }
}

TEST_F(Simulation, SeedsThatFailedOnceHold) {
  std::ifstream file(std::string(ASSAY_SOURCE_DIR) + "/tests/simulation/seeds.txt");
  ASSERT_TRUE(file.good());
  int seeds = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::uint64_t seed = 0;
    std::string why;
    std::istringstream words(line);
    ASSERT_TRUE(words >> seed >> why) << "a seed and one line why: " << line;
    ASSERT_NO_FATAL_FAILURE(RunSeed(seed, false)) << line;
    ++seeds;
  }
  EXPECT_GT(seeds, 0);
}

TEST_F(Simulation, EveryMutantIsFound) {
  constexpr std::uint64_t kWithin = 1000;
  for (const auto& [name, mutants] : AllMutants()) {
    std::uint64_t seed = 1;
    while (seed <= kWithin && Simulate(seed, {.mutants = mutants}).violation.empty()) ++seed;
    EXPECT_LE(seed, kWithin) << "nobody noticed " << name;
    RecordProperty(name, static_cast<int>(seed));
    std::printf("mutant %s: first found by seed %llu\n", name.c_str(),
                static_cast<unsigned long long>(seed));
  }
}

}  // namespace
}  // namespace assay
