// A loopback server that sends exactly the bytes it is told to, right or wrong. One thread for
// accepting and one for each connection. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace assay {

// What happens once a request has been read.
struct RawReply {
  enum class End {
    kClose,      // FIN
    kReset,      // RST
    kHold,       // nothing more, until the peer closes
    kKeepAlive,  // the next request of the connection is read
  };

  std::vector<std::string> pieces;  // each written by itself
  End end = End::kClose;
  std::string forever;  // written again and again behind the pieces, until the peer closes
};

class RawServer {
 public:
  // `script` gets the number of the request, from 0 over all connections, and its bytes.
  using Script = std::function<RawReply(int number, const std::string& request)>;

  explicit RawServer(Script script);
  ~RawServer();

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  std::vector<std::string> requests() const;
  int connections() const;
  // Waits until this many connections were closed by the peer, or by this side. False after 20 s.
  bool WaitForPeerCloses(int count);
  bool WaitForOwnCloses(int count);
  bool WaitForRequests(int count);

 private:
  void Accept();
  void Serve(int socket);
  bool ReadRequest(int socket, std::string& buffer, std::string& request);
  // False when the connection is over.
  bool Answer(int socket, const RawReply& reply);
  bool Send(int socket, std::string_view bytes);
  void CountClose(bool by_peer);
  bool WaitFor(const std::function<bool()>& reached);

  const Script script_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> requests_;
  std::vector<int> sockets_;
  int peer_closes_ = 0;
  int own_closes_ = 0;
  bool stopping_ = false;
  std::thread acceptor_;
  std::vector<std::thread> servers_;
};

// "HTTP/1.1 200 OK" with these header lines (each ended by CRLF).
std::string HttpHead(int status, std::string_view header_lines);
// One chunk of a chunked body; the last chunk for no bytes.
std::string HttpChunk(std::string_view bytes);
// A whole reply with Content-Length.
std::string HttpReply(int status, std::string_view header_lines, std::string_view body);

}  // namespace assay
