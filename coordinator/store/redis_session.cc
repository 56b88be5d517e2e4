#include "coordinator/store/redis_session.h"

#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <charconv>
#include <utility>

#include "common/base/log.h"

namespace assay {
namespace {

struct ReplyDeleter {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using OwnedReply = std::unique_ptr<redisReply, ReplyDeleter>;

RedisReply Convert(const redisReply& raw) {
  RedisReply reply;
  switch (raw.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = RedisReply::Kind::kInteger;
      reply.integer = raw.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = RedisReply::Kind::kText;
      reply.text.assign(raw.str, raw.len);
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = RedisReply::Kind::kError;
      reply.text.assign(raw.str, raw.len);
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = RedisReply::Kind::kArray;
      reply.elements.reserve(raw.elements);
      for (std::size_t i = 0; i < raw.elements; ++i) {
        reply.elements.push_back(Convert(*raw.element[i]));
      }
      break;
    default:
      break;
  }
  return reply;
}

struct HostPort {
  std::string host;
  int port = 0;
};

absl::StatusOr<HostPort> ParseHostPort(std::string_view address) {
  const absl::Status bad = InvalidArgument(
      "'" + EscapeForTerminal(address) +
      "' is no address of a Redis server: expected host:port, [v6]:port or unix:/path");
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad;
  HostPort result;
  std::string_view host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const std::string_view port = address.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (error != std::errc() || end != port.data() + port.size()) return bad;
  if (result.port < 1 || result.port > 65535) return bad;
  result.host = std::string(host);
  return result;
}

}  // namespace

struct RedisSession::Context {
  explicit Context(redisContext* context) : redis(context) {}
  ~Context() { redisFree(redis); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  absl::Status Failure() const {
    return Unavailable("redis connection: " +
                       EscapeForTerminal(redis->err != 0 ? redis->errstr : "closed"));
  }

  redisContext* redis;
};

RedisSession::RedisSession(std::unique_ptr<Context> context, std::size_t max_reply_bytes)
    : context_(std::move(context)), max_reply_bytes_(max_reply_bytes) {}

RedisSession::~RedisSession() = default;

absl::StatusOr<std::unique_ptr<RedisSession>> RedisSession::Open(
    const std::string& address, const RedisSessionOptions& options) {
  const timeval connect_timeout = absl::ToTimeval(options.connect_timeout);
  redisContext* raw = nullptr;
  if (address.rfind("unix:", 0) == 0) {
    raw = redisConnectUnixWithTimeout(address.c_str() + 5, connect_timeout);
  } else {
    ASSAY_ASSIGN_OR_RETURN(const HostPort target, ParseHostPort(address));
    raw = redisConnectWithTimeout(target.host.c_str(), target.port, connect_timeout);
  }
  if (raw == nullptr) return Unavailable("redis connection: out of memory");
  auto context = std::make_unique<Context>(raw);
  if (raw->err != 0) return Annotate(context->Failure(), address);
  if (redisSetTimeout(raw, absl::ToTimeval(options.io_timeout)) != REDIS_OK) {
    return Annotate(context->Failure(), address);
  }
  if (raw->connection_type == REDIS_CONN_TCP) redisEnableKeepAlive(raw);
  std::unique_ptr<RedisSession> session(
      new RedisSession(std::move(context), options.max_reply_bytes));
  if (!options.password.empty()) {
    std::vector<RedisReply> replies;
    ASSAY_RETURN_IF_ERROR(session->Exchange({{"AUTH", options.password}}, replies));
    if (!replies[0].is_text("OK")) {
      return FailedPrecondition(
          address + ": the password was refused: " + EscapeForTerminal(replies[0].text));
    }
  }
  return session;
}

absl::Status RedisSession::Flush() {
  int done = 0;
  while (done == 0) {
    if (redisBufferWrite(context_->redis, &done) != REDIS_OK) return context_->Failure();
  }
  return absl::OkStatus();
}

// Not redisGetReply, which gathers without limit.
absl::StatusOr<RedisReply> RedisSession::ReadReply() {
  redisContext* redis = context_->redis;
  while (true) {
    void* raw = nullptr;
    if (redisGetReplyFromReader(redis, &raw) != REDIS_OK) return context_->Failure();
    if (raw != nullptr) {
      const OwnedReply reply(static_cast<redisReply*>(raw));
      return Convert(*reply);
    }
    if (redis->reader->len - redis->reader->pos > max_reply_bytes_) {
      return Unavailable("redis connection: a reply is larger than " +
                         std::to_string(max_reply_bytes_) + " bytes");
    }
    if (redisBufferRead(redis) != REDIS_OK) return context_->Failure();
  }
}

absl::Status RedisSession::Exchange(const std::vector<std::vector<std::string>>& commands,
                                    std::vector<RedisReply>& replies) {
  replies.clear();
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  for (const std::vector<std::string>& command : commands) {
    pointers.clear();
    sizes.clear();
    for (const std::string& part : command) {
      pointers.push_back(part.data());
      sizes.push_back(part.size());
    }
    if (redisAppendCommandArgv(context_->redis, static_cast<int>(command.size()), pointers.data(),
                               sizes.data()) != REDIS_OK) {
      return context_->Failure();
    }
  }
  ASSAY_RETURN_IF_ERROR(Flush());
  replies.reserve(commands.size());
  while (replies.size() < commands.size()) {
    ASSAY_ASSIGN_OR_RETURN(RedisReply reply, ReadReply());
    replies.push_back(std::move(reply));
  }
  return absl::OkStatus();
}

absl::StatusOr<RedisReply> RedisSession::Ask(const std::vector<std::string>& command) {
  std::vector<RedisReply> replies;
  ASSAY_RETURN_IF_ERROR(Exchange({command}, replies));
  if (replies[0].kind == RedisReply::Kind::kError) return StatusOfRedisError(replies[0].text);
  return std::move(replies[0]);
}

absl::Status RedisSession::CheckMaster() {
  ASSAY_ASSIGN_OR_RETURN(const RedisReply role, Ask({"ROLE"}));
  if (role.kind == RedisReply::Kind::kArray && !role.elements.empty()) {
    if (role.elements[0].is_text("master")) return absl::OkStatus();
    return Unavailable("the server is a " + EscapeForTerminal(role.elements[0].text) +
                       ", not the master");
  }
  return Unavailable("the server does not tell its role");
}

void RedisSession::Interrupt() { ::shutdown(context_->redis->fd, SHUT_RDWR); }

}  // namespace assay
