#include "simulator/ledger.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "simulator/json_text.h"

namespace assay {
namespace {

std::int64_t& CountOf(LedgerCounts& counts, ServedOutcome outcome) {
  switch (outcome) {
    case ServedOutcome::kInFlight:
      return counts.in_flight;
    case ServedOutcome::kComplete:
      return counts.complete;
    case ServedOutcome::kCut:
      return counts.cut;
    case ServedOutcome::kError:
      return counts.error;
    case ServedOutcome::kClientGone:
      break;
  }
  return counts.client_gone;
}

void AppendCounts(std::string& out, const LedgerCounts& counts) {
  JsonObjectWriter writer(out);
  writer.Number("total", counts.Total());
  writer.Number("in_flight", counts.in_flight);
  writer.Number("complete", counts.complete);
  writer.Number("cut", counts.cut);
  writer.Number("error", counts.error);
  writer.Number("client_gone", counts.client_gone);
  writer.Number("most_in_flight", counts.most_in_flight);
  writer.Close();
}

void AppendEntry(std::string& out, const LedgerEntry& entry) {
  JsonObjectWriter writer(out);
  writer.Number("order", entry.order);
  writer.String("id", entry.id);
  writer.String("model", entry.model);
  writer.String("kind", entry.kind);
  writer.String("body_sha256", entry.body_sha256);
  writer.String("prompt_sha256", entry.prompt_sha256);
  writer.String("outcome", ServedOutcomeName(entry.outcome));
  writer.Number("status", entry.status);
  writer.Bool("streamed", entry.streamed);
  writer.Number("prompt_tokens", entry.prompt_tokens);
  writer.Number("completion_tokens", entry.completion_tokens);
  writer.Number("bytes_sent", entry.bytes_sent);
  writer.String("fault", entry.fault);
  writer.Close();
}

}  // namespace

std::string_view ServedOutcomeName(ServedOutcome outcome) {
  switch (outcome) {
    case ServedOutcome::kInFlight:
      return "in_flight";
    case ServedOutcome::kComplete:
      return "complete";
    case ServedOutcome::kCut:
      return "cut";
    case ServedOutcome::kError:
      return "error";
    case ServedOutcome::kClientGone:
      return "client_gone";
  }
  return "";
}

std::int64_t Ledger::Open(LedgerEntry entry) {
  entry.order = ++opened_;
  entry.outcome = ServedOutcome::kInFlight;
  if (entries_.size() < entries_max_) entries_.push_back(std::move(entry));
  ++counts_.in_flight;
  counts_.most_in_flight = std::max(counts_.most_in_flight, counts_.in_flight);
  return opened_;
}

LedgerEntry* Ledger::Find(std::int64_t order) {
  ASSAY_CHECK(order >= 1 && order <= opened_);
  const auto index = static_cast<std::size_t>(order - 1);
  return index < entries_.size() ? &entries_[index] : nullptr;
}

void Ledger::Close(std::int64_t order, ServedOutcome outcome) {
  ASSAY_CHECK(outcome != ServedOutcome::kInFlight);
  if (LedgerEntry* entry = Find(order)) {
    ASSAY_CHECK(entry->outcome == ServedOutcome::kInFlight);
    entry->outcome = outcome;
  }
  --counts_.in_flight;
  ASSAY_CHECK(counts_.in_flight >= 0);
  ++CountOf(counts_, outcome);
}

std::string Ledger::ToJson(std::int64_t after) const {
  std::string out = "{\"counts\":";
  AppendCounts(out, counts_);
  out += ",\"not_kept\":" + std::to_string(opened_ - static_cast<std::int64_t>(entries_.size()));
  out += ",\"requests\":[";
  bool first = true;
  for (auto i = static_cast<std::size_t>(std::max<std::int64_t>(after, 0)); i < entries_.size();
       ++i) {
    if (!first) out += ',';
    first = false;
    out += '\n';
    AppendEntry(out, entries_[i]);
  }
  out += "\n]}\n";
  return out;
}

}  // namespace assay
