// A model server that costs next to nothing: one thread, in a process of its own so that its CPU
// time is not the client's. Bodies that ask for a stream get paced events, the others one reply;
// a judge prompt with a nonce gets the scores of the general rubric.
#pragma once

#include <sys/types.h>

#include <string>

namespace assay {

struct MockLlmOptions {
  int reply_bytes = 3072;  // of text, in a plain reply
  int texts = 1;           // different plain replies, in turns
  int latency_ms = 0;      // before a plain reply, and before the first event
  int events = 100;        // of a stream, with 5 bytes of text each
  int interval_ms = 10;    // between two events
  // Streams begin this far apart from each other, in turns, so that their events do not coincide.
  int stagger_ms = 0;
};

class MockLlm {
 public:
  // Forks. To be made before the process has other threads.
  explicit MockLlm(MockLlmOptions options);
  ~MockLlm();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // CPU time of the server so far, in seconds.
  double CpuSeconds() const;

 private:
  pid_t child_ = -1;
  int port_ = 0;
};

}  // namespace assay
