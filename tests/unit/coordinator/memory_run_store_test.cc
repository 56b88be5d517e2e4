#include "coordinator/store/memory_run_store.h"

#include "tests/fakes/fake_executor.h"
#include "tests/unit/coordinator/run_store_contract.h"

namespace assay {
namespace {

class MemoryFixture : public RunStoreFixture {
 public:
  RunStore& store() override { return store_; }
  void RunUntil(const std::function<bool()>& done) override {
    ASSERT_TRUE(executor_.RunUntil(done, absl::Seconds(1)));
  }

 private:
  FakeExecutor executor_;
  MemoryRunStore store_{executor_};
};

INSTANTIATE_TEST_SUITE_P(Memory, RunStoreContract,
                         testing::Values([] { return std::make_unique<MemoryFixture>(); }));

TEST(AttemptId, TextIsExact) {
  const AttemptId id{12, 0xab};
  EXPECT_EQ(id.ToString(), "12.00000000000000ab");
  EXPECT_EQ(AttemptId::Parse("12.00000000000000ab"), id);
  EXPECT_EQ(AttemptId::Parse("0"), AttemptId{});
  for (const char* bad : {"", "12", "12.ab", "012.00000000000000ab", "0.00000000000000ab",
                          "12.00000000000000AB", "12.00000000000000ab ", "-1.00000000000000ab"}) {
    EXPECT_FALSE(AttemptId::Parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace assay
