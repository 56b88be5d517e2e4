#include "suites/hellobench/weights.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/config/config_errors.h"

namespace assay {
namespace {

constexpr char kBlank[] = " \t\r\n";

struct Item {
  std::string_view text;
  std::size_t at = 0;  // in the file
};

std::optional<double> NumberOf(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// What stands between the commas of text[begin, end).
std::vector<Item> ItemsOf(std::string_view text, std::size_t begin, std::size_t end) {
  std::vector<Item> items;
  while (begin < end) {
    const std::size_t comma = std::min(text.find(',', begin), end);
    const std::string_view raw = text.substr(begin, comma - begin);
    const std::size_t first = raw.find_first_not_of(kBlank);
    if (first != std::string_view::npos) {
      const std::size_t last = raw.find_last_not_of(kBlank);
      items.push_back({raw.substr(first, last - first + 1), begin + first});
    } else if (comma < end) {
      items.push_back({"", begin});
    }
    begin = comma + 1;
  }
  return items;
}

class WeightsReader {
 public:
  WeightsReader(std::string_view text, const std::string& path, bool only_weights,
                const std::string& advice)
      : text_(text), path_(path), only_weights_(only_weights), advice_(advice) {}

  absl::StatusOr<HelloBenchWeights> Read() {
    for (std::size_t at = text_.find('['); at != std::string_view::npos;
         at = text_.find('[', at + 1)) {
      const std::optional<std::string_view> name = NameBefore(at);
      if (name.has_value()) ASSAY_RETURN_IF_ERROR(ReadList(std::string(*name), at));
    }
    if (!weights_.empty()) return std::move(weights_);
    return InvalidArgument(path_ + ": no weights in it, expected 'category': [number, ...]; " +
                           advice_);
  }

 private:
  absl::Status Problem(std::size_t at, const std::string& field, const std::string& what) const {
    return InvalidArgument(path_ + ":" + std::to_string(LineOf(at)) + ": " + field + ": " + what +
                           "; " + advice_);
  }

  std::ptrdiff_t LineOf(std::size_t at) const {
    return 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  }

  // The key of a dictionary's entry whose list begins at `bracket`.
  std::optional<std::string_view> NameBefore(std::size_t bracket) const {
    const std::string_view before = text_.substr(0, bracket);
    const std::size_t colon = before.find_last_not_of(kBlank);
    if (colon == std::string_view::npos || colon == 0 || before[colon] != ':') return std::nullopt;
    const std::size_t quote = before.find_last_not_of(kBlank, colon - 1);
    if (quote == std::string_view::npos || quote == 0) return std::nullopt;
    if (before[quote] != '\'' && before[quote] != '"') return std::nullopt;
    const std::size_t open = before.rfind(before[quote], quote - 1);
    if (open == std::string_view::npos) return std::nullopt;
    return before.substr(open + 1, quote - open - 1);
  }

  absl::Status ReadList(const std::string& name, std::size_t bracket) {
    const std::size_t close = text_.find_first_of("[]", bracket + 1);
    const bool ends = close != std::string_view::npos && text_[close] == ']';
    const std::vector<Item> items = ItemsOf(text_, bracket + 1, std::min(close, text_.size()));
    const bool weights =
        only_weights_ || std::any_of(items.begin(), items.end(), [](const Item& item) {
          return NumberOf(item.text).has_value();
        });
    if (!weights) return absl::OkStatus();
    if (!ends) return Problem(bracket, name, "the list has no end, expected ']'");
    std::vector<double> values;
    double sum = 0;
    for (const Item& item : items) {
      const std::optional<double> value = NumberOf(item.text);
      if (!value.has_value() || !(*value > 0)) {
        return Problem(item.at, name + "[" + std::to_string(values.size()) + "]",
                       "expected a number above 0, found " + QuoteForError(item.text));
      }
      values.push_back(*value);
      sum += *value;
    }
    if (!(sum > 99.999 && sum < 100.001)) {
      return Problem(bracket, name,
                     "expected weights that add up to 100, found " + std::to_string(sum));
    }
    const auto [earlier, added] = lines_.emplace(name, LineOf(bracket));
    if (!added && weights_[name] != values) {
      return Problem(bracket, name,
                     "line " + std::to_string(earlier->second) + " has other weights for it");
    }
    weights_[name] = std::move(values);
    return absl::OkStatus();
  }

  const std::string_view text_;
  const std::string& path_;
  const bool only_weights_;
  const std::string& advice_;
  HelloBenchWeights weights_;
  std::map<std::string, std::ptrdiff_t> lines_;
};

}  // namespace

absl::StatusOr<HelloBenchWeights> ParseHelloBenchWeights(std::string_view text,
                                                         const std::string& path, bool only_weights,
                                                         const std::string& advice) {
  return WeightsReader(text, path, only_weights, advice).Read();
}

}  // namespace assay
