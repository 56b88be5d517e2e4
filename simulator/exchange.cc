#include "simulator/exchange.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "common/base/check.h"

namespace assay {

Exchange::Exchange(ExchangePlan plan, Ledger& ledger, double now_s, bool held)
    : plan_(std::move(plan)), ledger_(ledger), held_(held) {
  if (!held_) BeginAt(now_s);
}

Exchange::~Exchange() {
  if (!closed_) Abandon(ServedOutcome::kClientGone);
  if (on_destroyed_) on_destroyed_();
}

void Exchange::BeginAt(double now_s) { due_s_ = now_s + plan_.latency_s; }

void Exchange::Release(double now_s) {
  ASSAY_CHECK(held_);
  held_ = false;
  BeginAt(now_s);
}

void Exchange::Unhang(double now_s) {
  ASSAY_CHECK(plan_.hang);
  plan_.hang = false;
  BeginAt(now_s);
}

void Exchange::SendHead(std::string& out) {
  if (head_sent_) return;
  head_sent_ = true;
  out += plan_.head;
  if (plan_.content_length >= 0) {
    out += "Content-Length: " + std::to_string(plan_.content_length) + "\r\n";
  } else if (plan_.chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  out += plan_.last_headers;
  out += "\r\n";
  if (plan_.ledger_order == 0) return;
  if (LedgerEntry* entry = ledger_.Find(plan_.ledger_order)) entry->status = plan_.status;
}

void Exchange::SendBody(std::string& out, std::size_t bytes) {
  if (bytes == 0) return;
  if (plan_.chunked) {
    std::array<char, 24> size{};
    const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", bytes);
    out.append(size.data(), static_cast<std::size_t>(length));
  }
  out.append(piece_, piece_at_, bytes);
  if (plan_.chunked) out += "\r\n";
  piece_at_ += bytes;
  sent_ += static_cast<std::int64_t>(bytes);
}

void Exchange::Finish(ExchangeEnd end, ServedOutcome outcome) {
  finished_ = true;
  end_ = end;
  outcome_ = outcome;
  wake_s_ = 0;
}

// Makes the next piece ready; false when there is none yet (wake_s) or any more (piece_ready_ stays
// false and wake_s is 0).
bool Exchange::FetchPiece(double now_s) {
  if (!piece_ready_) {
    piece_.clear();
    piece_at_ = 0;
    double delay_s = 0;
    if (!plan_.body->Next(piece_, delay_s)) return false;
    piece_ready_ = true;
    due_s_ += delay_s;
  }
  if (now_s < due_s_) {
    wake_s_ = due_s_;
    return false;
  }
  return true;
}

void Exchange::Produce(std::string& out, std::size_t room, double now_s) {
  wake_s_ = 0;
  if (held_ || finished_ || plan_.hang) return;
  if (plan_.reset) return Finish(ExchangeEnd::kReset, ServedOutcome::kCut);
  const std::size_t start = out.size();
  while (out.size() - start < room) {
    if (!FetchPiece(now_s)) {
      if (piece_ready_) return;
      SendHead(out);
      if (plan_.chunked) out += "0\r\n\r\n";
      const bool close = plan_.close_after || (plan_.content_length < 0 && !plan_.chunked);
      return Finish(close ? ExchangeEnd::kClose : ExchangeEnd::kOpen, plan_.outcome);
    }
    SendHead(out);
    std::int64_t left = static_cast<std::int64_t>(piece_.size() - piece_at_);
    if (plan_.stall_after_bytes >= 0 && !stalled_) {
      left = std::min(left, plan_.stall_after_bytes - sent_);
    }
    if (plan_.cut_after_bytes >= 0) left = std::min(left, plan_.cut_after_bytes - sent_);
    SendBody(out, static_cast<std::size_t>(left));
    if (sent_ == plan_.cut_after_bytes) {
      if (plan_.cut_end == CutEnd::kClean && plan_.chunked) out += "0\r\n\r\n";
      const bool reset = plan_.cut_end == CutEnd::kReset;
      return Finish(reset ? ExchangeEnd::kReset : ExchangeEnd::kClose, ServedOutcome::kCut);
    }
    if (sent_ == plan_.stall_after_bytes && !stalled_) {
      stalled_ = true;
      if (plan_.stall_s < 0) {
        plan_.hang = true;
        return;
      }
      due_s_ = now_s + plan_.stall_s;
    }
    piece_ready_ = piece_at_ < piece_.size();
  }
}

ExchangeEnd Exchange::Conclude() {
  ASSAY_CHECK(finished_);
  Abandon(outcome_);
  return end_;
}

void Exchange::Abandon(ServedOutcome outcome) {
  if (closed_) return;
  closed_ = true;
  if (plan_.ledger_order == 0) return;
  if (LedgerEntry* entry = ledger_.Find(plan_.ledger_order)) entry->bytes_sent = sent_;
  ledger_.Close(plan_.ledger_order, outcome);
}

}  // namespace assay
