#include "coordinator/core/recent_texts.h"

#include <utility>

namespace assay {

std::shared_ptr<const GeneratedText> RecentTexts::Find(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

void RecentTexts::Add(const std::string& key, std::shared_ptr<const GeneratedText> text) {
  const std::size_t size = text->text.size();
  if (size > max_bytes_ || by_key_.count(key) > 0) return;
  while (bytes_ + size > max_bytes_) {
    const auto oldest = by_key_.find(order_.front());
    bytes_ -= oldest->second->text.size();
    by_key_.erase(oldest);
    order_.pop_front();
  }
  bytes_ += size;
  order_.push_back(key);
  by_key_.emplace(key, std::move(text));
}

}  // namespace assay
