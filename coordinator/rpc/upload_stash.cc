#include "coordinator/rpc/upload_stash.h"

#include <algorithm>
#include <utility>

namespace assay {

std::list<UploadStash::Entry>::iterator UploadStash::Find(const std::string& name) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [&](const Entry& entry) { return entry.name == name; });
}

void UploadStash::DropOld() {
  const absl::Duration now = clock_.SteadyNow();
  while (!entries_.empty() &&
         (bytes_ > limits_.bytes || now - entries_.front().since > limits_.age)) {
    bytes_ -= entries_.front().bytes.size();
    entries_.pop_front();
  }
}

void UploadStash::Keep(const std::string& name, std::string bytes) {
  Take(name);
  if (bytes.empty()) return;
  bytes_ += bytes.size();
  entries_.push_back({name, std::move(bytes), clock_.SteadyNow()});
  DropOld();
}

std::size_t UploadStash::SizeOf(const std::string& name) {
  DropOld();
  const auto found = Find(name);
  return found == entries_.end() ? 0 : found->bytes.size();
}

std::string UploadStash::Take(const std::string& name) {
  DropOld();
  const auto found = Find(name);
  if (found == entries_.end()) return "";
  std::string bytes = std::move(found->bytes);
  bytes_ -= bytes.size();
  entries_.erase(found);
  return bytes;
}

}  // namespace assay
