// From a request to the plan of its answer: routes, key check, models, fault rules, ledger entry.
// Owned by the server; event thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/exchange.h"
#include "simulator/fault_script.h"
#include "simulator/http_request.h"
#include "simulator/ledger.h"
#include "simulator/model_catalog.h"
#include "simulator/simulator.h"

namespace assay {

// What the router needs to know of the connection and the server.
struct RequestPlace {
  std::int64_t request_of_connection = 1;
  bool pipelined = false;
  bool slots_full = false;
};

struct RoutedRequest {
  ExchangePlan plan;
  bool generates = false;  // takes a slot
};

class RequestRouter {
 public:
  // `options` and `ledger` outlive the router.
  RequestRouter(const SimulatorOptions& options, ModelCatalog catalog, Ledger& ledger);

  RoutedRequest Route(const ReceivedRequest& request, const RequestPlace& place);
  // The answer to bytes that are no request.
  ExchangePlan Refuse(int status, std::string_view why) const;

  void SetFaults(std::vector<FaultRule> rules) { faults_ = FaultMatcher(std::move(rules)); }

  static constexpr std::int64_t kLlamaRequestsMax = 100;
  static constexpr double kLlamaIdleSeconds = 5;

 private:
  struct Served;

  RoutedRequest RouteGet(const ReceivedRequest& request, const Served& served);
  RoutedRequest RouteGeneration(const ReceivedRequest& request, bool chat, Served& served);
  ExchangePlan PlanAnswer(const CompletionRequest& request, SimulatedAnswer answer,
                          const FaultAction& action, const Served& served);
  ExchangePlan PlanBody(std::string body, std::string_view content_type, int status,
                        const Served& served) const;
  ExchangePlan PlanError(int status, std::string_view code, std::string_view message,
                         const Served& served) const;
  void ApplyFaults(const CompletionRequest& request, const FaultAction& action,
                   const Served& served, ExchangePlan& plan) const;
  void FinishHead(const Served& served, bool streamed, ExchangePlan& plan) const;
  bool Allowed(const ReceivedRequest& request) const;
  std::string ModelsBody() const;

  bool llama() const { return options_.dialect == SimulatorDialect::kLlama; }

  const SimulatorOptions& options_;
  ModelCatalog catalog_;
  Ledger& ledger_;
  FaultMatcher faults_;
  std::int64_t answers_ = 0;
};

}  // namespace assay
