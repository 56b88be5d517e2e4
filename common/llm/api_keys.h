// Where keys of endpoints come from, and a type that keeps them out of logs. A key is read once,
// from the environment variable or file that the endpoint names; never from a spec. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "assay/v1/spec.pb.h"
#include "common/base/mutex.h"
#include "common/base/status.h"

namespace assay {

// A string that cannot be printed, compared or logged by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  bool empty() const { return value_.empty(); }
  // For a request header, and to scrub the value from texts.
  const std::string& Reveal() const { return value_; }

 private:
  std::string value_;
};

template <typename Stream>
Stream& operator<<(Stream&, const Secret&) = delete;

// Value of an environment variable; nullopt when it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

class ApiKeys {
 public:
  explicit ApiKeys(EnvironmentLookup environment);

  // The key of `endpoint`, white space around it removed; an empty Secret when the endpoint names
  // no source. kInvalidArgument: both sources are named, the variable is not set, the file cannot
  // be read or is over 16 KiB, or the value is empty or not one printable ASCII word. Messages name
  // the source, never the value. May read a file; later calls for the same source do not.
  absl::StatusOr<Secret> KeyOf(const v1::Endpoint& endpoint);

 private:
  EnvironmentLookup environment_;
  Mutex mutex_;
  std::map<std::string, Secret> known_ ABSL_GUARDED_BY(mutex_);  // by source
};

}  // namespace assay
