// Reads the text out of a recorded stream of an OpenAI-compatible server, for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/json/json.h"

namespace assay {

struct SseReading {
  std::vector<Json> events;
  std::string text;
  std::string reasoning;
  std::string finish_reason;
  Json usage;
  bool done = false;
  bool malformed = false;
};

inline void ReadSseEvent(std::string_view line, SseReading& reading) {
  if (!line.starts_with("data: ")) {
    reading.malformed = reading.malformed || !(line.empty() || line.starts_with(":"));
    return;
  }
  line.remove_prefix(6);
  if (line == "[DONE]") {
    reading.done = true;
    return;
  }
  const auto event = ParseJson(line);
  if (!event.ok()) {
    reading.malformed = true;
    return;
  }
  reading.events.push_back(*event);
  if (event->contains("usage") && !(*event)["usage"].is_null()) reading.usage = (*event)["usage"];
  if (!event->contains("choices") || (*event)["choices"].empty()) return;
  const Json& choice = (*event)["choices"][0];
  const Json& delta = choice.contains("delta") ? choice["delta"] : choice;
  for (const char* name : {"content", "text"}) {
    if (delta.contains(name) && delta[name].is_string()) {
      reading.text += delta[name].get<std::string>();
    }
  }
  if (delta.contains("reasoning_content")) {
    reading.reasoning += delta["reasoning_content"].get<std::string>();
  }
  if (choice["finish_reason"].is_string()) {
    reading.finish_reason = choice["finish_reason"].get<std::string>();
  }
}

inline SseReading ReadSse(std::string_view body) {
  SseReading reading;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    if (end == std::string_view::npos) break;
    ReadSseEvent(body.substr(0, end), reading);
    body.remove_prefix(end + 1);
  }
  return reading;
}

}  // namespace assay
