#include "simulator/request_router.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "simulator/json_text.h"

namespace assay {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";
constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";
constexpr std::string_view kHtmlError =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n<hr><center>simulated proxy</center>\r\n</body>\r\n</html>\r\n";
constexpr std::string_view kGarbage = "\x01\xfe}{]\"\\u12 not JSON \xc3\x28 data\n";
constexpr std::int64_t kLengthTooLong = 1000;

std::int64_t UnixNow() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::string StatusLine(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(HttpReason(status)) + "\r\n";
}

int StatusOf(const absl::Status& status) { return absl::IsNotFound(status) ? 404 : 400; }

}  // namespace

// What is known of the request that is being routed.
struct RequestRouter::Served {
  bool http_1_0 = false;
  bool close = false;
  bool full = false;  // no slot, and no queue for one
  std::int64_t order = 0;
  std::string id;
  std::string extra_headers;
};

RequestRouter::RequestRouter(const SimulatorOptions& options, ModelCatalog catalog, Ledger& ledger)
    : options_(options), catalog_(std::move(catalog)), ledger_(ledger), faults_(options.faults) {}

bool RequestRouter::Allowed(const ReceivedRequest& request) const {
  return options_.api_key.empty() ||
         request.Header("authorization") == "Bearer " + options_.api_key;
}

std::string RequestRouter::ModelsBody() const {
  std::string out = "{\"object\":\"list\",\"data\":[";
  bool first = true;
  for (const std::string& name : catalog_.Names()) {
    if (!first) out += ',';
    first = false;
    JsonObjectWriter model(out);
    model.String("id", name);
    model.String("object", "model");
    model.Number("created", 0);
    model.String("owned_by", "assay-simulator");
    model.Close();
  }
  return out + "]}";
}

// Connection headers, and what else ends the header block.
void RequestRouter::FinishHead(const Served& served, bool streamed, ExchangePlan& plan) const {
  plan.close_after = served.close || (llama() && (streamed || plan.status >= 400));
  plan.head += "Server: assay-simulator\r\n" + served.extra_headers;
  const bool says_close = served.close || (llama() && plan.status >= 400);
  if (says_close) {
    plan.last_headers = "Connection: close\r\n";
  } else if (llama()) {
    // Also before it closes after a stream: the real one announces what it does not do.
    plan.last_headers = "Keep-Alive: timeout=5, max=100\r\n";
  }
}

ExchangePlan RequestRouter::PlanBody(std::string body, std::string_view content_type, int status,
                                     const Served& served) const {
  ExchangePlan plan;
  plan.status = status;
  plan.head = StatusLine(status) + "Content-Type: " + std::string(content_type) + "\r\n";
  plan.content_length = static_cast<std::int64_t>(body.size());
  plan.body = FixedBody(std::move(body));
  plan.outcome = status == 200 ? ServedOutcome::kComplete : ServedOutcome::kError;
  plan.ledger_order = served.order;
  FinishHead(served, false, plan);
  return plan;
}

ExchangePlan RequestRouter::PlanError(int status, std::string_view code, std::string_view message,
                                      const Served& served) const {
  return PlanBody(ErrorBody(options_.dialect, status, code, message), kJson, status, served);
}

ExchangePlan RequestRouter::Refuse(int status, std::string_view why) const {
  Served served;
  served.close = true;
  return PlanError(status, "", why, served);
}

RoutedRequest RequestRouter::Route(const ReceivedRequest& request, const RequestPlace& place) {
  Served served;
  served.http_1_0 = request.http_1_0;
  served.close = !request.keep_alive;
  if (llama() && (place.request_of_connection >= kLlamaRequestsMax || place.pipelined)) {
    served.close = true;
  }
  std::string_view path = request.path;
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  const bool versioned = path.size() != request.path.size();
  const bool chat = path == "/chat/completions";
  if ((versioned || llama()) && (chat || path == "/completions")) {
    if (request.method != "POST") {
      return {PlanError(llama() ? 404 : 405, "", "POST only", served), false};
    }
    served.full = place.slots_full && !llama();
    return RouteGeneration(request, chat, served);
  }
  return RouteGet(request, served);
}

RoutedRequest RequestRouter::RouteGet(const ReceivedRequest& request, const Served& served) {
  const bool get = request.method == "GET";
  if (get && request.path == "/health") {
    return {PlanBody("{\"status\":\"ok\"}", kJson, 200, served), false};
  }
  if (get && request.path == "/ledger") {
    std::int64_t after = 0;
    const std::string_view query = request.query;
    if (query.starts_with("after=")) {
      std::from_chars(query.data() + 6, query.data() + query.size(), after);
    }
    return {PlanBody(ledger_.ToJson(after), kJson, 200, served), false};
  }
  if (get && (request.path == "/v1/models" || (llama() && request.path == "/models"))) {
    if (!llama() && !Allowed(request)) {
      return {PlanError(401, "", "Incorrect API key provided", served), false};
    }
    return {PlanBody(ModelsBody(), kJson, 200, served), false};
  }
  return {PlanError(404, llama() ? "" : "unknown_url",
                    "Unknown path " + EscapeForTerminal(request.path), served),
          false};
}

RoutedRequest RequestRouter::RouteGeneration(const ReceivedRequest& request, bool chat,
                                             Served& served) {
  LedgerEntry entry;
  entry.kind = chat ? "chat" : "completion";
  entry.body_sha256 = Sha256Hex(request.body);
  served.id = (chat ? "chatcmpl-sim-" : "cmpl-sim-") + std::to_string(++answers_);
  entry.id = served.id;
  const absl::StatusOr<CompletionRequest> parsed = ParseCompletionRequest(request.body, chat);
  if (parsed.ok()) {
    entry.model = parsed->model;
    entry.prompt_sha256 = Sha256Hex(parsed->prompt);
    entry.streamed = parsed->stream;
  }
  const std::string body_sha256 = entry.body_sha256;
  served.order = ledger_.Open(std::move(entry));
  if (!Allowed(request)) {
    return {PlanError(401, "", "Incorrect API key provided", served), false};
  }
  if (!parsed.ok()) {
    const bool no_json = absl::IsDataLoss(parsed.status());
    const std::string message =
        (no_json ? "The body could not be parsed as JSON: " : "Invalid request: ") +
        std::string(MessageOf(parsed.status()));
    return {PlanError(no_json && llama() ? 500 : 400, "", message, served), false};
  }
  const FaultRule* rule =
      faults_.Match({parsed->model, parsed->prompt, chat ? "chat" : "completion", body_sha256});
  static const FaultAction kNoFault;
  const FaultAction& action = rule != nullptr ? rule->action : kNoFault;
  LedgerEntry* kept = ledger_.Find(served.order);
  if (rule != nullptr && kept != nullptr) kept->fault = rule->name;
  if (rule == nullptr && served.full) {
    served.extra_headers =
        "Retry-After: 1\r\nx-ratelimit-limit-requests: " + std::to_string(options_.slots) +
        "\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 1s\r\n";
    return {PlanError(429, "", "Rate limit reached: every slot is taken", served), false};
  }
  absl::StatusOr<SimulatedAnswer> answer = catalog_.Answer(*parsed, body_sha256);
  if (!answer.ok()) {
    return {PlanError(StatusOf(answer.status()), "", MessageOf(answer.status()), served), false};
  }
  if (kept != nullptr) {
    kept->prompt_tokens = answer->prompt_tokens;
    kept->completion_tokens = answer->completion_tokens;
  }
  return {PlanAnswer(*parsed, *std::move(answer), action, served), true};
}

ExchangePlan RequestRouter::PlanAnswer(const CompletionRequest& request, SimulatedAnswer answer,
                                       const FaultAction& action, const Served& served) {
  ReplyShape shape;
  shape.dialect = options_.dialect;
  shape.chat = request.chat;
  shape.include_usage = request.include_usage;
  shape.no_done = action.no_done;
  shape.no_finish = action.no_finish;
  shape.chunk_tokens = options_.chunk_tokens;
  shape.id = served.id;
  shape.model = request.model;
  shape.created = UnixNow();
  const double pace = action.tokens_per_s >= 0 ? action.tokens_per_s : options_.tokens_per_s;
  ExchangePlan plan;
  plan.ledger_order = served.order;
  if (request.stream) {
    plan.chunked = !served.http_1_0;
    plan.body = StreamBody(std::move(shape), std::move(answer), action, pace);
  } else {
    const double delay_s = pace > 0 ? static_cast<double>(answer.completion_tokens) / pace : 0;
    std::string body = PlainBody(shape, answer);
    plan.content_length = static_cast<std::int64_t>(body.size());
    plan.body = FixedBody(std::move(body), delay_s);
  }
  ApplyFaults(request, action, served, plan);
  return plan;
}

// Replaces the answer of `plan` where the action says so, then adds head, timing and cuts.
void RequestRouter::ApplyFaults(const CompletionRequest& request, const FaultAction& action,
                                const Served& served, ExchangePlan& plan) const {
  std::string_view content_type = request.stream ? kEventStream : kJson;
  bool replaced = true;
  std::string body;
  if (action.body_set) {
    body = action.body;
  } else if (action.status >= 300) {
    body = ErrorBody(options_.dialect, action.status, action.error_code,
                     "simulated " + std::string(HttpReason(action.status)));
    content_type = kJson;
  } else if (action.html_200) {
    body = kHtmlError;
    content_type = "text/html";
  } else if (action.garbage) {
    body = kGarbage;
  } else if (!request.stream && action.error_after_bytes >= 0) {
    body = ErrorBody(options_.dialect, 500, "", "simulated failure");
  } else {
    replaced = false;
  }
  if (replaced) {
    plan.chunked = false;
    plan.content_length = static_cast<std::int64_t>(body.size());
    plan.body = FixedBody(std::move(body));
  }
  if (action.huge_bytes > 0) {
    plan.body = HugeBody(action.huge_bytes, request.stream);
    plan.content_length = -1;
    plan.chunked = !served.http_1_0;
  }
  plan.status = action.status != 0 ? action.status : 200;
  const bool whole = !replaced && action.huge_bytes == 0 && !action.no_done && !action.no_finish &&
                     action.error_after_bytes < 0 && !action.comments_forever;
  if (!whole || plan.status != 200) plan.outcome = ServedOutcome::kError;
  if (action.long_length && plan.content_length >= 0) {
    plan.content_length += kLengthTooLong;
    plan.outcome = ServedOutcome::kCut;
  }
  plan.head = StatusLine(plan.status) + "Content-Type: " + std::string(content_type) + "\r\n";
  if (!action.retry_after.empty()) plan.head += "Retry-After: " + action.retry_after + "\r\n";
  for (const auto& [name, value] : action.headers) plan.head += name + ": " + value + "\r\n";
  FinishHead(served, request.stream, plan);
  if (action.long_length) plan.close_after = true;
  plan.latency_s = (action.latency_ms >= 0 ? action.latency_ms : options_.latency_ms) / 1000;
  plan.hang = action.hang;
  plan.reset = action.reset;
  plan.cut_after_bytes = action.cut_after_bytes;
  plan.cut_end = action.cut_end;
  plan.stall_after_bytes = action.stall_after_bytes;
  plan.stall_s = action.stall_ms < 0 ? -1 : static_cast<double>(action.stall_ms) / 1000;
}

}  // namespace assay
