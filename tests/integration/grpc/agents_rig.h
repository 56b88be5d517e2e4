// A worker and a judge with scripted models that work until a run is sealed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/agent/task_agent.h"
#include "tests/fakes/scripted_chat_client.h"
#include "tests/integration/grpc/coordinator_rig.h"
#include "worker/strategy_registry.h"

namespace assay {

template <typename Link>
void RunAgentsToTheSeal(CoordinatorRig& rig, Link& link, const std::string& run_id) {
  LoopThread& loop = link.loop();
  SystemClock clock;
  ScriptedChatClient chat(loop.executor, SmallAnswer);
  const auto make = [&](const std::string& id, std::vector<v1::UnitKind> kinds,
                        MachineFactory factory) {
    TaskAgentOptions options;
    options.agent_id = id + run_id;
    options.kinds = std::move(kinds);
    return std::make_unique<TaskAgent>(
        TaskAgentSeams{loop.executor, clock, link.client(), chat, std::move(factory), Random(3)},
        options);
  };
  auto worker = make("worker", {v1::UNIT_KIND_GENERATE}, MakeStrategy);
  auto judge =
      make("judge", {v1::UNIT_KIND_PREPARE, v1::UNIT_KIND_SCORE_RULES, v1::UNIT_KIND_SCORE_JUDGED},
           MakeScorer);
  auto sealed = std::make_shared<std::promise<void>>();
  std::uint64_t watch = 0;
  rig.core.Do([&] {
    auto told = std::make_shared<bool>(false);
    watch = rig.desk->Watch(run_id, [&rig, run_id, sealed, told] {
      const auto progress = rig.desk->leader()->Progress(run_id);
      if (*told || !progress.ok() || progress->phase != RunPhase::kSealed) return;
      *told = true;
      sealed->set_value();
    });
  });
  std::promise<void> ended;
  int running = 2;
  loop.Do([&] {
    const auto count = [&](absl::Status) {
      if (--running == 0) ended.set_value();
    };
    worker->Start(count);
    judge->Start(count);
  });
  ASSERT_EQ(sealed->get_future().wait_for(kTestLimit), std::future_status::ready);
  loop.Do([&] {
    worker->Drain(absl::ZeroDuration());
    judge->Drain(absl::ZeroDuration());
  });
  ASSERT_EQ(ended.get_future().wait_for(kTestLimit), std::future_status::ready);
  rig.core.Do([&] { rig.desk->Unwatch(watch); });
  loop.Do([&] {
    worker.reset();
    judge.reset();
  });
}

}  // namespace assay
