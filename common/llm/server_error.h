// What a server says when it refuses: reading error bodies of every dialect, and the class of each
// failure (reliability.md 1.9; docs/errors.md). Pure.
#pragma once

#include <string>
#include <string_view>

#include "assay/v1/unit.pb.h"
#include "common/llm/json_reader.h"

namespace assay {

struct ServerError {
  std::string message{};
  std::string type{};
  std::string code{};  // numbers as written; llama-server's are HTTP statuses

  bool empty() const { return message.empty() && type.empty() && code.empty(); }
};

// Reads the value of an "error" member: an object, or a string.
void ReadErrorValue(JsonReader& reader, ServerError& error);

// Reads the body of a failed reply: {"error": ...}, FastAPI's {"detail": ...} (without the echoed
// input), or {"message", "type", "code"}. Empty when it is none of these.
ServerError ReadErrorBody(std::string_view body);

// True when the server says that prompt and answer do not fit the model's window: by a code, or, as
// servers without one do, in the words of the message.
bool IsContextError(const ServerError& error);

// Class of a reply whose status is not 200.
v1::ErrorClass ClassOfStatus(int http_status, const ServerError& error);

// Class of an error object inside a reply with status 200: by its code, else by its type, else
// infra.
v1::ErrorClass ClassOfErrorObject(const ServerError& error);

}  // namespace assay
