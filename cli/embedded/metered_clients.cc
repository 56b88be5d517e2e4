#include "cli/embedded/metered_clients.h"

#include <map>
#include <utility>

#include "common/metrics/metric_names.h"

namespace assay {
namespace {

constexpr double kMillisecondsPerSecond = 1000.0;

void CountTokens(MetricRegistry& metrics, const std::string& endpoint, const char* kind,
                 std::int64_t tokens) {
  if (tokens <= 0) return;
  metrics.GetCounter(metric::kTokens, {{"endpoint", endpoint}, {"kind", kind}})
      .Add(static_cast<double>(tokens));
}

void CountReply(MetricRegistry& metrics, const std::string& endpoint, const v1::Reply& reply) {
  const v1::Usage& usage = reply.usage();
  CountTokens(metrics, endpoint, "prompt", usage.prompt_tokens());
  CountTokens(metrics, endpoint, "completion", usage.completion_tokens());
  CountTokens(metrics, endpoint, "reasoning", usage.reasoning_tokens());
  const v1::Timings& timings = reply.timings();
  if (timings.first_token_ms() < 0) return;  // not streamed
  metrics.GetHistogram(metric::kFirstToken, {{"endpoint", endpoint}}, metric::FirstTokenBounds())
      .Observe(static_cast<double>(timings.first_token_ms()) / kMillisecondsPerSecond);
  metrics
      .GetHistogram(metric::kInterTokenGap, {{"endpoint", endpoint}}, metric::InterTokenGapBounds())
      .Observe(static_cast<double>(timings.max_gap_ms()) / kMillisecondsPerSecond);
}

}  // namespace

std::string ClassLabel(v1::ErrorClass error_class) {
  if (error_class == v1::ERROR_CLASS_UNSPECIFIED) return "ok";
  static constexpr std::string_view kPrefix = "ERROR_CLASS_";
  std::string label = v1::ErrorClass_Name(error_class);
  if (label.compare(0, kPrefix.size(), kPrefix) != 0) return "unknown";
  label.erase(0, kPrefix.size());
  for (char& c : label) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return label;
}

LlmCallId MeteredChatClient::Start(LlmCall call, Callback<const LlmProgress&> progress,
                                   Callback<LlmResult> done) {
  std::string endpoint = call.endpoint.id();
  return inner_.Start(std::move(call), std::move(progress),
                      [&metrics = metrics_, endpoint = std::move(endpoint),
                       done = std::move(done)](LlmResult result) mutable {
                        v1::ErrorClass error_class = v1::ERROR_CLASS_UNSPECIFIED;
                        if (const auto* reply = std::get_if<v1::Reply>(&result)) {
                          CountReply(metrics, endpoint, *reply);
                        } else {
                          error_class = std::get<v1::Error>(result).error_class();
                        }
                        metrics
                            .GetCounter(metric::kCalls, {{"endpoint", endpoint},
                                                         {"class", ClassLabel(error_class)}})
                            .Add();
                        done(std::move(result));
                      });
}

void MeteredWorkClient::Sync(v1::SyncRequest request,
                             Callback<absl::StatusOr<v1::SyncResponse>> done) {
  std::map<std::string, v1::ErrorClass> finished;
  for (const v1::FinishedAttempt& attempt : request.finished()) {
    finished[attempt.attempt()] = attempt.error().error_class();
  }
  inner_.Sync(std::move(request), [&metrics = metrics_, finished = std::move(finished),
                                   done = std::move(done)](
                                      absl::StatusOr<v1::SyncResponse> response) mutable {
    for (const v1::SettledAttempt& settled :
         response.ok() ? response->settled() : v1::SyncResponse::default_instance().settled()) {
      const auto attempt = finished.find(settled.attempt());
      if (attempt == finished.end() || settled.settlement() == v1::SETTLEMENT_DUPLICATE) {
        continue;
      }
      metrics.GetCounter(metric::kUnitAttempts, {{"class", ClassLabel(attempt->second)}}).Add();
    }
    done(std::move(response));
  });
}

void MeteredWorkClient::FetchInputs(v1::FetchInputsRequest request,
                                    Callback<absl::StatusOr<v1::UnitInputs>> done) {
  inner_.FetchInputs(std::move(request), std::move(done));
}

void MeteredWorkClient::AppendJournal(v1::AppendJournalRequest request,
                                      Callback<absl::Status> done) {
  inner_.AppendJournal(std::move(request), std::move(done));
}

void MeteredWorkClient::PutEnvelope(v1::Envelope envelope,
                                    Callback<absl::StatusOr<std::string>> done) {
  inner_.PutEnvelope(std::move(envelope), std::move(done));
}

}  // namespace assay
