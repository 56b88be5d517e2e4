#include "tests/fakes/redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "common/base/check.h"
#include "common/base/random.h"
#include "coordinator/store/redis_session.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

bool InPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  folders += ":/usr/bin:/usr/local/bin";
  std::size_t start = 0;
  while (start < folders.size()) {
    const std::size_t end = std::min(folders.find(':', start), folders.size());
    const fs::path file = fs::path(folders.substr(start, end - start)) / program;
    if (::access(file.c_str(), X_OK) == 0) return true;
    start = end + 1;
  }
  return false;
}

fs::path MakeFolder() {
  std::string name = (fs::temp_directory_path() / "assay-redis-XXXXXX").string();
  ASSAY_CHECK(::mkdtemp(name.data()) != nullptr);
  return name;
}

pid_t Spawn(std::vector<std::string> arguments, const fs::path& output) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  ASSAY_CHECK(pid >= 0);
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

void KillAndWait(pid_t& pid) {
  if (pid <= 0) return;
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  pid = -1;
}

// Polls a process of the system: there is nothing to wait on.
bool Within(std::chrono::seconds limit, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

absl::StatusOr<RedisReply> AskOnce(const std::string& address,
                                   const std::vector<std::string>& command) {
  ASSAY_ASSIGN_OR_RETURN(const auto session, RedisSession::Open(address, {}));
  return session->Ask(command);
}

}  // namespace

int FreeLowPort() {
  Random random(SystemSeed());
  for (int i = 0; i < 1000; ++i) {
    const int port = 20000 + static_cast<int>(random.Below(12000));
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const int bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(fd);
    if (bound == 0) return port;
  }
  ASSAY_CHECK(false);
  return 0;
}

bool RedisServer::Installed() { return InPath("redis-server"); }

RedisServer::RedisServer(RedisServerOptions options)
    : options_(std::move(options)), folder_(MakeFolder()) {
  if (options_.tcp) {
    port_ = FreeLowPort();
    address_ = "127.0.0.1:" + std::to_string(port_);
  } else {
    address_ = "unix:" + (folder_ / "redis.sock").string();
  }
  Start();
}

RedisServer::~RedisServer() {
  Kill();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void RedisServer::Start() {
  ASSAY_CHECK(pid_ < 0);
  std::vector<std::string> arguments = {
      "redis-server",        "--dir",  folder_.string(), "--save", "", "--port",
      std::to_string(port_), "--bind", "127.0.0.1"};
  if (!options_.tcp) {
    const std::string socket = (folder_ / "redis.sock").string();
    arguments.insert(arguments.end(), {"--unixsocket", socket});
  }
  if (options_.appendfsync == "no") {
    arguments.insert(arguments.end(), {"--appendonly", "no"});
  } else {
    arguments.insert(arguments.end(),
                     {"--appendonly", "yes", "--appendfsync", options_.appendfsync});
  }
  arguments.insert(arguments.end(), options_.more.begin(), options_.more.end());
  pid_ = Spawn(arguments, folder_ / "output");
  ASSAY_CHECK(Within(std::chrono::seconds(20), [this] {
    const absl::StatusOr<RedisReply> pong = AskOnce(address_, {"PING"});
    return pong.ok() && pong->is_text("PONG");
  }));
}

void RedisServer::Kill() { KillAndWait(pid_); }
void RedisServer::Freeze() { ::kill(pid_, SIGSTOP); }
void RedisServer::Thaw() { ::kill(pid_, SIGCONT); }

RedisReply RedisServer::Run(const std::vector<std::string>& command) const {
  absl::StatusOr<RedisReply> reply = AskOnce(address_, command);
  ASSAY_CHECK(reply.ok());
  return *std::move(reply);
}

bool RedisSentinels::Installed() { return InPath("redis-sentinel"); }

RedisSentinels::RedisSentinels(const std::string& master_name, int master_port, int down_after_ms,
                               int replicas)
    : folder_(MakeFolder()) {
  for (int i = 0; i < 3; ++i) {
    const int port = FreeLowPort();
    const fs::path config = folder_ / ("sentinel-" + std::to_string(i) + ".conf");
    std::ofstream(config) << "port " << port << "\nbind 127.0.0.1\ndir " << folder_.string()
                          << "\nsentinel monitor " << master_name << " 127.0.0.1 " << master_port
                          << " 2\nsentinel down-after-milliseconds " << master_name << " "
                          << down_after_ms << "\nsentinel failover-timeout " << master_name
                          << " 5000\n";
    pids_.push_back(Spawn({"redis-sentinel", config.string()}, folder_ / "output"));
    addresses_.push_back("127.0.0.1:" + std::to_string(port));
  }
  for (const std::string& address : addresses_) {
    ASSAY_CHECK(Within(std::chrono::seconds(30), [&] {
      const absl::StatusOr<RedisReply> state =
          AskOnce(address, {"SENTINEL", "master", master_name});
      if (!state.ok()) return false;
      int agreed = 0;
      for (std::size_t k = 0; k + 1 < state->elements.size(); k += 2) {
        const std::string& value = state->elements[k + 1].text;
        agreed += state->elements[k].is_text("num-other-sentinels") && value == "2";
        agreed += state->elements[k].is_text("num-slaves") && value == std::to_string(replicas);
      }
      return agreed == 2;
    }));
  }
}

RedisSentinels::~RedisSentinels() {
  for (pid_t& pid : pids_) KillAndWait(pid);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace assay
