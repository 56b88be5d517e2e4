#include "tests/bench/mock_llm.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <queue>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/check.h"

namespace assay {
namespace {

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string Chunk(std::string_view bytes) {
  std::array<char, 24> size;
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return size.data() + std::string(bytes) + "\r\n";
}

std::string Event(std::string_view choice) {
  return Chunk(
      R"(data: {"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk","created":1700000000,)"
      R"("model":"mock","system_fingerprint":"fp_0123456789","choices":[)" +
      std::string(choice) + "]}\n\n");
}

std::string Plain(std::string_view escaped_text, int tokens) {
  const std::string body =
      R"({"id":"chatcmpl-0123456789abcdef","object":"chat.completion","created":1700000000,)"
      R"("model":"mock","choices":[{"index":0,"message":{"role":"assistant","content":")" +
      std::string(escaped_text) +
      R"(","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":80,)"
      R"("completion_tokens":)" +
      std::to_string(tokens) + R"(,"total_tokens":780},"system_fingerprint":"fp_0123456789"})";
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Words of four letters, no two texts alike.
std::string TextOf(int bytes, unsigned seed) {
  std::uint32_t state = seed * 2654435761u + 1;
  std::string text;
  while (static_cast<int>(text.size()) < bytes) {
    for (int i = 0; i < 4; ++i) {
      state = state * 1664525u + 1013904223u;
      text.push_back((i % 2 == 0 ? "bdfgklmnprst" : "aeiouaeiouae")[(state >> 24) % 12]);
    }
    text.push_back(' ');
  }
  text.resize(static_cast<std::size_t>(bytes));
  return text;
}

// The nonce that a strict judge prompt asks for, as it stands in a JSON string; empty: none.
std::string_view NonceIn(std::string_view body) {
  constexpr std::string_view kMark = R"(nonce\": \")";
  const std::size_t at = body.rfind(kMark);
  return at == std::string_view::npos ? std::string_view() : body.substr(at + kMark.size(), 32);
}

std::string Scores(std::string_view nonce) {
  return Plain(R"({\"analysis\": \"Clear and even throughout; the middle part could say more.\", )"
               R"(\"coherence\": 4, \"content\": 3, \"depth\": 3, \"instruction_following\": 4, )"
               R"(\"language\": 4, \"originality\": 2, \"nonce\": \")" +
                   std::string(nonce) + R"(\"})",
               80);
}

struct Connection {
  int socket = -1;
  std::string scores;  // what a judge answers; empty: it was no judge prompt
  std::string input;
  int events_sent = -1;  // of a stream; -1: no stream is running
};

class Server {
 public:
  Server(int listener, MockLlmOptions options) : listener_(listener), options_(options) {
    for (int i = 0; i < options_.texts; ++i) {
      plain_.push_back(Plain(TextOf(options_.reply_bytes, static_cast<unsigned>(i)), 700));
    }
    head_ =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    event_ =
        Event(R"({"index":0,"delta":{"content":"word "},"logprobs":null,"finish_reason":null})");
    end_ = Event(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})") +
           Chunk(R"(data: {"choices":[],"usage":{"prompt_tokens":80,"completion_tokens":101}})"
                 "\n\n") +
           Chunk("data: [DONE]\n\n") + Chunk("");
  }

  [[noreturn]] void Run() {
    epoll_ = epoll_create1(0);
    Watch(listener_);
    std::array<epoll_event, 256> ready;
    while (true) {
      const int count = epoll_wait(epoll_, ready.data(), ready.size(), WaitMs());
      for (int i = 0; i < count; ++i) {
        const int socket = ready[static_cast<std::size_t>(i)].data.fd;
        if (socket == listener_) {
          Accept();
        } else {
          Read(socket);
        }
      }
      SendDue();
    }
  }

 private:
  struct Due {
    std::int64_t at_ms;
    std::uint64_t generation;  // of the connection, which may be gone and its socket reused
    int socket;
    bool operator>(const Due& other) const { return at_ms > other.at_ms; }
  };
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint64_t generation = 0;
  };

  void Watch(int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  int WaitMs() const {
    if (due_.empty()) return -1;
    return static_cast<int>(std::clamp<std::int64_t>(due_.top().at_ms - NowMs(), 0, 1000));
  }

  void Accept() {
    while (true) {
      const int accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (accepted < 0) return;
      const int on = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      if (slots_.size() <= static_cast<std::size_t>(accepted)) {
        slots_.resize(static_cast<std::size_t>(accepted) + 1);
      }
      Slot& slot = slots_[static_cast<std::size_t>(accepted)];
      slot.connection = std::make_unique<Connection>();
      slot.connection->socket = accepted;
      slot.generation = ++generations_;
      Watch(accepted);
    }
  }

  void Close(int socket) {
    slots_[static_cast<std::size_t>(socket)].connection.reset();
    close(socket);
  }

  void Read(int socket) {
    Connection* connection = slots_[static_cast<std::size_t>(socket)].connection.get();
    if (connection == nullptr) return;
    std::array<char, 65536> bytes;
    const ssize_t got = recv(socket, bytes.data(), bytes.size(), 0);
    if (got <= 0) {
      if (got == 0 || errno != EAGAIN) Close(socket);
      return;
    }
    connection->input.append(bytes.data(), static_cast<std::size_t>(got));
    const std::size_t head = connection->input.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const std::size_t length = connection->input.find("Content-Length: ");
    const std::size_t body =
        length < head ? std::strtoul(connection->input.c_str() + length + 16, nullptr, 10) : 0;
    if (connection->input.size() < head + 4 + body) return;
    const bool stream = connection->input.find("\"stream\":true", head) != std::string::npos;
    const std::string_view nonce = NonceIn(std::string_view(connection->input).substr(head));
    connection->scores = nonce.empty() ? "" : Scores(nonce);
    connection->input.erase(0, head + 4 + body);
    Answer(*connection, stream);
  }

  void Answer(Connection& connection, bool stream) {
    if (!stream && options_.latency_ms == 0) return SendPlain(connection);
    std::int64_t delay = options_.latency_ms;
    if (stream) {
      connection.events_sent = 0;
      Send(connection.socket, head_);
      delay += options_.interval_ms;
      if (options_.stagger_ms > 0) delay += (streams_++ * 7) % options_.stagger_ms;
    }
    Schedule(connection.socket, NowMs() + delay);
  }

  void Schedule(int socket, std::int64_t at_ms) {
    due_.push({at_ms, slots_[static_cast<std::size_t>(socket)].generation, socket});
  }

  void SendDue() {
    const std::int64_t now = NowMs();
    while (!due_.empty() && due_.top().at_ms <= now) {
      const Due due = due_.top();
      due_.pop();
      Slot& slot = slots_[static_cast<std::size_t>(due.socket)];
      if (slot.connection == nullptr || slot.generation != due.generation) continue;
      Connection& connection = *slot.connection;
      if (connection.events_sent < 0) {
        SendPlain(connection);
      } else if (connection.events_sent++ < options_.events) {
        Schedule(due.socket, due.at_ms + options_.interval_ms);
        Send(due.socket, event_);
      } else {
        connection.events_sent = -1;
        Send(due.socket, end_);
      }
    }
  }

  void SendPlain(Connection& connection) {
    if (!connection.scores.empty()) return Send(connection.socket, connection.scores);
    Send(connection.socket, plain_[next_text_]);
    next_text_ = (next_text_ + 1) % plain_.size();
  }

  // Everything that is sent fits into a socket's buffer; a peer that does not read is cut off.
  void Send(int socket, const std::string& bytes) {
    if (send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size())) {
      Close(socket);
    }
  }

  const int listener_;
  const MockLlmOptions options_;
  int epoll_ = -1;
  std::vector<std::string> plain_;
  std::size_t next_text_ = 0;
  std::string head_;
  std::string event_;
  std::string end_;
  std::vector<Slot> slots_;  // by socket
  std::uint64_t generations_ = 0;
  std::int64_t streams_ = 0;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace

MockLlm::MockLlm(MockLlmOptions options) {
  rlimit files{};
  ASSAY_CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  ASSAY_CHECK(bind(listener, reinterpret_cast<sockaddr*>(&address), length) == 0);
  ASSAY_CHECK(listen(listener, 4096) == 0);
  ASSAY_CHECK(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  port_ = ntohs(address.sin_port);
  child_ = fork();
  ASSAY_CHECK(child_ >= 0);
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Server(listener, options).Run();
  }
  close(listener);
}

MockLlm::~MockLlm() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

double MockLlm::CpuSeconds() const {
  clockid_t clock{};
  timespec now{};
  if (clock_getcpuclockid(child_, &clock) != 0 || clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace assay
