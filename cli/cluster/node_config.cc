#include "cli/cluster/node_config.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cli/cluster/redis_location.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"
#include "common/config/message_decoder.h"
#include "common/config/regular_file.h"

namespace assay {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kConfigBytesMax = std::size_t{1} << 20;
constexpr double kSecondsMax = 1e7;
constexpr int kSlotsMax = 4096;
constexpr int kProgramsMax = 256;

std::string FlagOf(const std::string& field) {
  std::string name = field == "coordinators" ? "coordinator" : field;
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

// Text that YAML would read as something else stays text.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

absl::Status SetFromFlags(const std::vector<FlagValue>& values, pb::Message* message) {
  std::set<std::string> lists;
  for (const FlagValue& value : values) {
    const pb::FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(value.flag);
    if (field == nullptr) return Internal("no field " + value.flag);
    const pb::Reflection& reflection = *message->GetReflection();
    if (field->is_repeated()) {
      if (lists.insert(value.flag).second) reflection.ClearField(message, field);
      reflection.AddString(message, field, value.text);
      continue;
    }
    const bool text = field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
    const absl::Status set = SetField(value.flag, text ? Quoted(value.text) : value.text, message);
    if (!set.ok()) {
      return InvalidArgument(FlagOf(value.flag) + ": " + std::string(MessageOf(set)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSeconds(const pb::Message& message, const std::string& where) {
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_DOUBLE) continue;
    const double value = message.GetReflection()->GetDouble(message, &field);
    if (!std::isfinite(value) || value < 0 || value > kSecondsMax) {
      return InvalidArgument(where + field.name() + ": expected seconds, from 0 to 10000000");
    }
  }
  return absl::OkStatus();
}

absl::Status Load(const ConfigSource& source, pb::Message* message) {
  if (!source.file.empty()) {
    ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadRegularFile(source.file, kConfigBytesMax));
    ASSAY_ASSIGN_OR_RETURN(const ConfigNode document, ParseDocument(text, source.file));
    ASSAY_RETURN_IF_ERROR(DecodeMessage(document, source.file, message));
  }
  ASSAY_RETURN_IF_ERROR(SetFromFlags(source.values, message));
  return CheckSeconds(*message, source.file.empty() ? "" : source.file + ": ");
}

// Sets fields that were left at zero.
template <typename Message>
void Default(Message& config, double (Message::*get)() const, void (Message::*set)(double),
             double value) {
  if ((config.*get)() == 0) (config.*set)(value);
}

// "127.0.0.1:7400" -> "c_127.0.0.1_7400": what a writer's name may hold.
std::string WriterName(const std::string& listen) {
  std::string name = "c_" + listen;
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_';
    if (!plain) c = '_';
  }
  return name.substr(0, 64);
}

std::string HostName() {
  char name[256] = {};
  if (::gethostname(name, sizeof(name) - 1) != 0) return "agent";
  return name;
}

void FillDefaults(v1::CoordinatorConfig& config) {
  using Config = v1::CoordinatorConfig;
  if (config.listen().empty()) config.set_listen("127.0.0.1:7400");
  if (config.store().empty()) config.set_store("redis");
  if (config.redis().empty()) config.set_redis("127.0.0.1:6379");
  if (config.redis_master().empty()) config.set_redis_master("assay");
  Default(config, &Config::redis_wait_timeout_s, &Config::set_redis_wait_timeout_s, 0.1);
  if (config.writer().empty()) config.set_writer(WriterName(config.listen()));
  Default(config, &Config::lease_s, &Config::set_lease_s, 45);
  Default(config, &Config::lease_grace_s, &Config::set_lease_grace_s, 5);
  Default(config, &Config::sync_hold_s, &Config::set_sync_hold_s, 20);
  Default(config, &Config::progress_limit_s, &Config::set_progress_limit_s, 7200);
  Default(config, &Config::cancel_grace_s, &Config::set_cancel_grace_s, 60);
  Default(config, &Config::storage_retry_s, &Config::set_storage_retry_s, 1);
  Default(config, &Config::election_ttl_s, &Config::set_election_ttl_s, 10);
  Default(config, &Config::election_renew_s, &Config::set_election_renew_s,
          0.3 * config.election_ttl_s());
  Default(config, &Config::election_demote_s, &Config::set_election_demote_s,
          0.7 * config.election_ttl_s());
  Default(config, &Config::drain_s, &Config::set_drain_s, 10);
  Default(config, &Config::max_connection_age_s, &Config::set_max_connection_age_s, 600);
}

}  // namespace

absl::StatusOr<v1::CoordinatorConfig> LoadCoordinatorConfig(const ConfigSource& source) {
  v1::CoordinatorConfig config;
  ASSAY_RETURN_IF_ERROR(Load(source, &config));
  FillDefaults(config);
  if (config.store() != "redis" && config.store() != "memory") {
    return InvalidArgument("store: " + QuoteForError(config.store()) +
                           ", expected redis or memory");
  }
  if (config.blob_dir().empty()) {
    return InvalidArgument("blob_dir: expected the folder for segments (--blob-dir DIR)");
  }
  ASSAY_RETURN_IF_ERROR(CheckRedisLocation(LocationIn(config)));
  if (config.election_renew_s() >= config.election_demote_s() ||
      config.election_demote_s() >= config.election_ttl_s()) {
    return InvalidArgument(
        "election: expected election_renew_s < election_demote_s < election_ttl_s");
  }
  if (config.advertise().find_first_of(" \t\r\n") != std::string::npos) {
    return InvalidArgument("advertise: expected host:port");
  }
  return config;
}

absl::StatusOr<v1::AgentConfig> LoadAgentConfig(const ConfigSource& source, const std::string& role,
                                                Random& random) {
  using Config = v1::AgentConfig;
  Config config;
  ASSAY_RETURN_IF_ERROR(Load(source, &config));
  if (config.id().empty()) config.set_id(role + "-" + HostName() + "-" + random.Hex(6));
  if (config.id().size() > 128) return InvalidArgument("id: expected at most 128 bytes");
  if (config.slots() == 0) config.set_slots(16);
  if (config.slots() < 0 || config.slots() > kSlotsMax) {
    return InvalidArgument("slots: expected 1 to " + std::to_string(kSlotsMax));
  }
  if (config.programs_at_once() < 0 || config.programs_at_once() > kProgramsMax) {
    return InvalidArgument("programs_at_once: expected 1 to " + std::to_string(kProgramsMax));
  }
  Default(config, &Config::drain_s, &Config::set_drain_s, 20);
  Default(config, &Config::sync_deadline_s, &Config::set_sync_deadline_s, 29);
  Default(config, &Config::rpc_deadline_s, &Config::set_rpc_deadline_s, 30);
  return config;
}

}  // namespace assay
