// Structured logging front: one line an event, logfmt, controls escaped, to standard error.
// Never log a key, a prompt or generated text (reliability.md T18). Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace assay {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One key=value pair of a log line.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)) {}
  LogField(std::string_view k, int v) : key(k), value(std::to_string(v)) {}
  LogField(std::string_view k, double v) : key(k), value(std::to_string(v)) {}
  std::string key;
  std::string value;
};

void SetLogLevel(LogLevel minimum);
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// `text` with every control and invalid byte shown as \xhh, cut to `max_bytes` with "..." at the
// end.
std::string EscapeForTerminal(std::string_view text, std::size_t max_bytes = 80);

}  // namespace assay
