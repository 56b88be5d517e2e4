#include "common/config/config_errors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>

#include "common/base/log.h"
#include "common/base/status.h"

namespace assay {
namespace {

constexpr std::size_t kMaxShown = 20;
constexpr std::size_t kMaxKept = 1000;

bool IsKeyCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

// Words of prose have neither digits nor mixed case ("sk-learn-like-interfaces").
bool LooksRandom(std::string_view text) {
  const auto any = [text](int (*is)(int)) {
    return std::any_of(text.begin(), text.end(),
                       [is](char c) { return is(static_cast<unsigned char>(c)) != 0; });
  };
  return any(std::isdigit) || (any(std::isupper) && any(std::islower));
}

// True when `outer` is `inner` or a part of the path to it.
bool Contains(std::string_view outer, std::string_view inner) {
  if (outer.empty()) return true;
  if (inner.substr(0, outer.size()) != outer) return false;
  return inner.size() == outer.size() || inner[outer.size()] == '.' || inner[outer.size()] == '[';
}

}  // namespace

ConfigErrors::ConfigErrors(std::string_view file, const ConfigNode* root)
    : file_(file), root_(root) {}

void ConfigErrors::AddAt(int line, int column, std::string_view path, std::string_view what) {
  if (errors_.size() >= kMaxKept) {
    ++dropped_;
    return;
  }
  errors_.push_back({line, column, std::string(path), std::string(what)});
}

void ConfigErrors::Add(std::string_view path, std::string_view what) {
  if (root_ == nullptr) return AddAt(0, 0, path, what);
  const ConfigNode& node = FindNode(*root_, path);
  AddAt(node.line, node.column, path, what);
}

void ConfigErrors::AddUnlessBroken(std::string_view path, std::string_view what) {
  if (!Broken(path)) Add(path, what);
}

bool ConfigErrors::Broken(std::string_view path) const {
  return std::any_of(errors_.begin(), errors_.end(), [path](const Entry& entry) {
    return Contains(entry.path, path) || Contains(path, entry.path);
  });
}

bool ConfigErrors::Written(std::string_view path) const {
  if (root_ == nullptr) return false;
  bool exact = false;
  FindNode(*root_, path, &exact);
  return exact;
}

absl::Status ConfigErrors::ToStatus() const {
  if (errors_.empty()) return absl::OkStatus();
  std::vector<const Entry*> sorted;
  for (const Entry& entry : errors_) sorted.push_back(&entry);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->line, a->column) < std::tie(b->line, b->column);
  });
  std::string message;
  for (std::size_t i = 0; i < sorted.size() && i < kMaxShown; ++i) {
    const Entry& entry = *sorted[i];
    if (i > 0) message += "\n";
    message += file_;
    if (entry.line > 0) {
      message += ":" + std::to_string(entry.line) + ":" + std::to_string(entry.column);
    }
    if (!message.empty() && message.back() != '\n') message += ": ";
    if (!entry.path.empty()) message += entry.path + ": ";
    message += entry.what;
  }
  if (sorted.size() > kMaxShown) {
    message += "\n... and " + std::to_string(sorted.size() - kMaxShown + dropped_) + " more";
  }
  return InvalidArgument(message);
}

bool LooksLikeSecret(std::string_view value) {
  struct Shape {
    std::string_view prefix;
    std::size_t tail;  // key characters that follow, at least
  };
  constexpr std::array<Shape, 17> kShapes = {{{"sk-", 16},
                                              {"sk_", 20},
                                              {"hf_", 20},
                                              {"ghp_", 20},
                                              {"github_pat_", 20},
                                              {"AIza", 24},
                                              {"xoxb-", 16},
                                              {"xoxp-", 16},
                                              {"AKIA", 16},
                                              {"gsk_", 20},
                                              {"nvapi-", 20},
                                              {"pplx-", 20},
                                              {"tgp_", 20},
                                              {"xai-", 20},
                                              {"r8_", 20},
                                              {"eyJ", 30},
                                              {"Bearer ", 12}}};
  if (value.find("PRIVATE KEY-----") != std::string_view::npos) return true;
  for (const Shape& shape : kShapes) {
    for (std::size_t at = value.find(shape.prefix); at != std::string_view::npos;
         at = value.find(shape.prefix, at + 1)) {
      if (at > 0 && IsKeyCharacter(value[at - 1])) continue;
      std::size_t end = at + shape.prefix.size();
      while (end < value.size() && IsKeyCharacter(value[end])) ++end;
      const std::string_view tail =
          value.substr(at + shape.prefix.size(), end - at - shape.prefix.size());
      if (tail.size() >= shape.tail && LooksRandom(tail)) return true;
    }
  }
  return false;
}

std::string QuoteForError(std::string_view value) {
  if (LooksLikeSecret(value)) return "(a value not shown here, since it looks like a key)";
  return "'" + EscapeForTerminal(value) + "'";
}

}  // namespace assay
