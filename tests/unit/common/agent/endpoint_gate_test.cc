#include "common/agent/endpoint_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/fakes/fake_executor.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Endpoint MakeEndpoint(const std::string& id, int max_in_flight) {
  v1::Endpoint endpoint;
  endpoint.set_id(id);
  endpoint.set_max_in_flight(max_in_flight);
  return endpoint;
}

v1::EndpointLimit MakeLimit(const std::string& id, int max_in_flight, int not_before_ms = 0) {
  v1::EndpointLimit limit;
  limit.set_endpoint(id);
  limit.set_max_in_flight(max_in_flight);
  limit.set_not_before_ms(not_before_ms);
  return limit;
}

class EndpointGateTest : public ::testing::Test {
 protected:
  std::uint64_t Enter(int name, const std::string& id = "e", int max_in_flight = 2) {
    return gate_.Enter(MakeEndpoint(id, max_in_flight), [this, name] { ran_.push_back(name); });
  }

  FakeExecutor executor_;
  EndpointGate gate_{executor_, executor_.clock()};
  std::vector<int> ran_;
};

TEST_F(EndpointGateTest, GrantsInOrderAndNeverInsideEnter) {
  Enter(1);
  Enter(2);
  Enter(3);
  Enter(4);
  EXPECT_THAT(ran_, IsEmpty());
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(1, 2));
  EXPECT_EQ(gate_.in_flight("e"), 2);
  gate_.Leave("e");
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(1, 2, 3));
}

TEST_F(EndpointGateTest, EndpointsDoNotShareTheirPlaces) {
  Enter(1, "a", 1);
  Enter(2, "a", 1);
  Enter(3, "b", 1);
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(1, 3));
}

TEST_F(EndpointGateTest, WithoutAnyLimitSixteen) {
  for (int i = 0; i < 20; ++i) Enter(i, "e", 0);
  executor_.RunReady();
  EXPECT_EQ(ran_.size(), 16u);
}

TEST_F(EndpointGateTest, TheCoordinatorsLimitWins) {
  gate_.SetLimit(MakeLimit("e", 1));
  Enter(1, "e", 5);
  Enter(2, "e", 5);
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(1));
  gate_.SetLimit(MakeLimit("e", 0));
  gate_.Leave("e");
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(1));
  gate_.SetLimit(MakeLimit("e", 3));
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(1, 2));
}

TEST_F(EndpointGateTest, WaitsUntilNotBefore) {
  gate_.SetLimit(MakeLimit("e", 4, 5000));
  Enter(1);
  executor_.Advance(absl::Seconds(4));
  EXPECT_THAT(ran_, IsEmpty());
  gate_.SetLimit(MakeLimit("e", 4, 3000));  // throttled again
  executor_.Advance(absl::Milliseconds(2999));
  EXPECT_THAT(ran_, IsEmpty());
  executor_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(ran_, ElementsAre(1));
  Enter(2);
  gate_.SetLimit(MakeLimit("e", 4, 0));
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(1, 2));
}

TEST_F(EndpointGateTest, WithdrawGivesThePlaceToTheNext) {
  const std::uint64_t first = Enter(1, "e", 1);
  Enter(2, "e", 1);
  const std::uint64_t third = Enter(3, "e", 1);
  gate_.Withdraw(first);  // granted, not yet run
  gate_.Withdraw(third);  // waiting
  gate_.Withdraw(99);
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(2));
  gate_.Leave("e");
  executor_.RunReady();
  EXPECT_THAT(ran_, ElementsAre(2));
  EXPECT_EQ(gate_.in_flight("e"), 0);
}

}  // namespace
}  // namespace assay
