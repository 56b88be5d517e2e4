// assay_simulation --seed N [--trace] | --seeds N | --minutes N, [--first N], [--mutant NAME]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "common/base/log.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/mutants.h"

namespace assay {
namespace {

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t seeds = 1;
  double minutes = 0;
  bool trace = false;
  bool twice = false;
  std::string mutant;
};

int Usage() {
  std::fprintf(stderr,
               "usage: assay_simulation --seed N [--trace] | --seeds N | --minutes N, [--first N] "
               "[--twice] [--mutant NAME]\nmutants:");
  for (const auto& [name, mutants] : AllMutants()) std::fprintf(stderr, " %s", name.c_str());
  std::fprintf(stderr, "\n");
  return 2;
}

bool Parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--trace") {
      arguments.trace = true;
      continue;
    }
    if (name == "--twice") {
      arguments.twice = true;
      continue;
    }
    std::string value;
    if (const std::size_t equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      return false;
    }
    if (name == "--seed" || name == "--first") {
      arguments.first = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--seeds") {
      arguments.seeds = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--minutes") {
      arguments.minutes = std::strtod(value.c_str(), nullptr);
      arguments.seeds = ~std::uint64_t{0};
    } else if (name == "--mutant") {
      arguments.mutant = value;
    } else {
      return false;
    }
  }
  return true;
}

int Run(const Arguments& arguments) {
  SimulationOptions options;
  options.trace = arguments.trace;
  if (!arguments.mutant.empty()) {
    const auto found = AllMutants().find(arguments.mutant);
    if (found == AllMutants().end()) return Usage();
    options.mutants = found->second;
  }
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t events = 0;
  absl::Duration virtual_time;
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    if (arguments.minutes > 0 && seconds() > arguments.minutes * 60) break;
    const std::uint64_t seed = arguments.first + i;
    const SimulationResult result = Simulate(seed, options);
    ++done;
    events += result.events;
    virtual_time += result.virtual_time;
    std::string problem = result.violation;
    if (arguments.twice && Simulate(seed, options).trace_hash != result.trace_hash) {
      problem = "two runs of the seed differ";
    }
    if (problem.empty()) continue;
    ++failed;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), problem.c_str());
    std::fflush(stdout);
  }
  std::printf("%llu seeds, %llu failed, %.1f s, %.1f seeds/s, %.1f virtual hours, %llu events\n",
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(failed),
              seconds(), static_cast<double>(done) / seconds(), absl::ToDoubleHours(virtual_time),
              static_cast<unsigned long long>(events));
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  assay::Arguments arguments;
  if (!assay::Parse(argc, argv, arguments)) return assay::Usage();
  assay::SetLogLevel(arguments.trace ? assay::LogLevel::kInfo : assay::LogLevel::kError);
  return assay::Run(arguments);
}
