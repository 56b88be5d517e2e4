#include "common/llm/server_error.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace assay {
namespace {

constexpr std::array<std::string_view, 4> kContextCodes = {
    "context_length_exceeded", "exceed_context_size_error", "context_window_exceeded",
    "string_above_max_length"};

constexpr std::array<std::string_view, 6> kQuotaCodes = {
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active",
    "quota_exceeded",     "insufficient_balance",       "credit_balance_too_low"};

struct NamedClass {
  std::string_view name;
  v1::ErrorClass error_class;
};

constexpr std::array kClassesByName = {
    NamedClass{"rate_limit_exceeded", v1::ERROR_CLASS_THROTTLE},
    NamedClass{"rate_limit_error", v1::ERROR_CLASS_THROTTLE},
    NamedClass{"slow_down", v1::ERROR_CLASS_THROTTLE},
    NamedClass{"too_many_requests", v1::ERROR_CLASS_THROTTLE},
    NamedClass{"invalid_api_key", v1::ERROR_CLASS_AUTH},
    NamedClass{"authentication_error", v1::ERROR_CLASS_AUTH},
    NamedClass{"permission_error", v1::ERROR_CLASS_AUTH},
    NamedClass{"permission_denied", v1::ERROR_CLASS_AUTH},
    NamedClass{"invalid_request_error", v1::ERROR_CLASS_REQUEST},
    NamedClass{"bad_request_error", v1::ERROR_CLASS_REQUEST},
    NamedClass{"BadRequestError", v1::ERROR_CLASS_REQUEST},
    NamedClass{"request_too_large", v1::ERROR_CLASS_REQUEST},
    NamedClass{"model_not_found", v1::ERROR_CLASS_CONFIG},
    NamedClass{"not_found_error", v1::ERROR_CLASS_CONFIG},
    NamedClass{"NotFoundError", v1::ERROR_CLASS_CONFIG},
};

template <std::size_t kCount>
bool IsOneOf(std::string_view text, const std::array<std::string_view, kCount>& names) {
  for (std::string_view name : names) {
    if (text == name) return true;
  }
  return false;
}

// vLLM, SGLang and text-generation-inference answer 400 without a code (reliability.md 1.9).
constexpr std::array<std::string_view, 5> kContextWords = {
    "maximum context length", "context length of", "exceeds the available context size",
    "longer than the model's context", "exceeds the context window"};

bool IsQuotaError(const ServerError& error) {
  return IsOneOf(error.code, kQuotaCodes) || IsOneOf(error.type, kQuotaCodes);
}

// Appends a string or a number; takes any other value.
void ReadText(JsonReader& reader, std::string& out) {
  std::string_view written;
  switch (reader.Peek()) {
    case JsonKind::kString:
      reader.ReadString(out);
      return;
    case JsonKind::kNumber:
      if (reader.ReadNumber(written)) out.append(written);
      return;
    default:
      reader.Skip();
  }
}

bool ReadErrorMember(std::string_view key, JsonReader& reader, ServerError& error) {
  std::string* field = key == "message" ? &error.message
                       : key == "type"  ? &error.type
                       : key == "code"  ? &error.code
                                        : nullptr;
  if (field == nullptr) return false;
  field->clear();
  ReadText(reader, *field);
  return true;
}

// FastAPI: {"detail": "text"} or {"detail": [{"loc": [...], "msg": "text", "input": ...}]}.
void ReadDetail(JsonReader& reader, ServerError& error) {
  if (reader.Peek() != JsonKind::kArray) {
    ReadText(reader, error.message);
    return;
  }
  reader.EnterArray();
  while (reader.NextElement()) {
    if (reader.Peek() != JsonKind::kObject) {
      reader.Skip();
      continue;
    }
    std::string place;
    std::string message;
    std::string_view key;
    reader.EnterObject();
    while (reader.NextMember(key)) {
      if (key == "msg") {
        ReadText(reader, message);
      } else if (key == "loc" && reader.Peek() == JsonKind::kArray) {
        reader.EnterArray();
        while (reader.NextElement()) {
          if (!place.empty()) place += '.';
          ReadText(reader, place);
        }
      } else {
        reader.Skip();
      }
    }
    if (!error.message.empty()) error.message += "; ";
    error.message += place.empty() ? message : place + ": " + message;
  }
}

}  // namespace

void ReadErrorValue(JsonReader& reader, ServerError& error) {
  if (reader.Peek() != JsonKind::kObject) {
    ReadText(reader, error.message);
    return;
  }
  std::string_view key;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (!ReadErrorMember(key, reader, error)) reader.Skip();
  }
}

ServerError ReadErrorBody(std::string_view body) {
  JsonReader reader(body);
  ServerError inner;
  ServerError outer;
  // Google's dialect wraps the object in an array.
  const bool wrapped =
      reader.Peek() == JsonKind::kArray && reader.EnterArray() && reader.NextElement();
  if (reader.Peek() != JsonKind::kObject) return {};
  std::string_view key;
  reader.EnterObject();
  while (reader.NextMember(key)) {
    if (key == "error") {
      ReadErrorValue(reader, inner);
    } else if (key == "detail") {
      ReadDetail(reader, outer);
    } else if (!ReadErrorMember(key, reader, outer)) {
      reader.Skip();
    }
  }
  if (wrapped) {
    while (reader.NextElement()) reader.Skip();
  }
  return inner.empty() ? outer : inner;
}

bool IsContextError(const ServerError& error) {
  if (IsOneOf(error.code, kContextCodes) || IsOneOf(error.type, kContextCodes)) return true;
  // Only where the request is refused: a rate limit may quote the same words.
  const bool refused = error.code.empty() || error.code == "400" || error.code == "BadRequestError";
  return refused && std::any_of(kContextWords.begin(), kContextWords.end(), [&](auto words) {
           return error.message.find(words) != std::string::npos;
         });
}

v1::ErrorClass ClassOfStatus(int http_status, const ServerError& error) {
  if (http_status >= 400 && IsContextError(error)) return v1::ERROR_CLASS_REQUEST;
  switch (http_status) {
    case 400:
    case 413:
    case 422:
      return v1::ERROR_CLASS_REQUEST;
    case 401:
    case 403:
      return v1::ERROR_CLASS_AUTH;
    case 402:
      return v1::ERROR_CLASS_QUOTA;
    case 404:
      return v1::ERROR_CLASS_CONFIG;
    case 408:
    case 409:
    case 425:
    case 499:
      return v1::ERROR_CLASS_INFRA;
    case 429:
      return IsQuotaError(error) ? v1::ERROR_CLASS_QUOTA : v1::ERROR_CLASS_THROTTLE;
    default:
      break;
  }
  if (http_status >= 500 && http_status < 600) return v1::ERROR_CLASS_INFRA;
  if (http_status >= 300 && http_status < 400) return v1::ERROR_CLASS_CONFIG;
  if (http_status >= 100 && http_status < 300) return v1::ERROR_CLASS_PROTOCOL;
  return v1::ERROR_CLASS_UNKNOWN;
}

v1::ErrorClass ClassOfErrorObject(const ServerError& error) {
  if (IsContextError(error)) return v1::ERROR_CLASS_REQUEST;
  if (IsQuotaError(error)) return v1::ERROR_CLASS_QUOTA;
  for (std::string_view name : {std::string_view(error.code), std::string_view(error.type)}) {
    for (const NamedClass& known : kClassesByName) {
      if (name == known.name) return known.error_class;
    }
  }
  int status = 0;
  const char* end = error.code.data() + error.code.size();
  const auto [stop, problem] = std::from_chars(error.code.data(), end, status);
  if (problem == std::errc() && stop == end && status >= 400 && status < 600) {
    return ClassOfStatus(status, error);
  }
  return v1::ERROR_CLASS_INFRA;
}

}  // namespace assay
