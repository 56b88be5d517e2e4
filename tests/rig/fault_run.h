// One run through a cluster that something is done to: the same run in one process before it as the
// reference, and what must hold at its end. Fixture of the process scenarios (docs/faults.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/rig/cluster_rig.h"
#include "tests/rig/fault_proxy.h"

namespace assay {

#ifdef ASSAY_FAILPOINTS
constexpr bool kTestBuild = true;
#else
constexpr bool kTestBuild = false;
#endif
constexpr char kNotTestBuild[] = "the binary was built without failpoints and mutants";

class FaultRun : public ClusterRig {
 protected:
  // Simulator and reference.
  void Prepare(double latency_ms, int samples, double garbage = 0) {
    SimulatorOptions options;
    options.latency_ms = latency_ms;
    options.judge.garbage_rate = garbage;
    ASSERT_NO_FATAL_FAILURE(Serve(options));
    job_ = SmallJob(samples);
    samples_ = samples;
    reference_ = Canonical(Embedded("reference", job_));
    served_ = Served();
  }
  void Begin(double latency_ms, int samples, double garbage = 0) {
    ASSERT_NO_FATAL_FAILURE(Prepare(latency_ms, samples, garbage));
    ASSERT_NO_FATAL_FAILURE(StartCoordinators());
  }
  std::int64_t Served() { return simulator_->Counts().Total(); }

  // The run has ended well and is the same as without faults; of the requests after `since`, at
  // most `lost` were made before.
  void ExpectWhole(const std::string& run_id, std::int64_t since, int lost) {
    const ProcessEnd end = Watch(run_id);
    EXPECT_EQ(end.exit_code, 0) << end.err << LogOf("first") << LogOf("second");
    const Bill paid = Paid(since);
    EXPECT_LE(paid.repeated, lost);
    EXPECT_EQ(paid.calls - paid.repeated, 2 * samples_);
    EXPECT_TRUE(Canonical(Exported(run_id)) == reference_);
  }

  // Through a proxy to each coordinator.
  std::string Proxied(std::uint64_t seed) {
    for (const char* name : {"first", "second"}) {
      proxies_.push_back(std::make_unique<FaultProxy>(listen_[name], seed++));
    }
    return proxies_[0]->address() + "," + proxies_[1]->address();
  }
  void TearDown() override {
    ClusterRig::TearDown();
    proxies_.clear();
  }

  Words job_;
  int samples_ = 0;
  std::string reference_;
  std::int64_t served_ = 0;  // requests of the reference
  std::vector<std::unique_ptr<FaultProxy>> proxies_;
};

}  // namespace assay
