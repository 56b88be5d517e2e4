// SHA-256 and HMAC-SHA-256, the only checksums of the project. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace assay {

// 32 raw bytes.
std::string Sha256(std::string_view data);
// 64 lower-case hex digits.
std::string Sha256Hex(std::string_view data);
// "sha256:" + hex: the form in which digests are stored and shown.
std::string DigestOf(std::string_view data);
// 32 raw bytes.
std::string HmacSha256(std::string_view key, std::string_view data);
std::string ToHex(std::string_view bytes);

// Incremental SHA-256.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  void Update(std::string_view data);
  // Hex digest of everything so far; the stream may not be used afterwards.
  std::string FinishHex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Hashes a list of fields unambiguously: each is preceded by its length. Hex digest.
class FieldHasher {
 public:
  explicit FieldHasher(std::string_view domain) { Add(domain); }
  FieldHasher& Add(std::string_view field);
  std::string FinishHex() { return stream_.FinishHex(); }

 private:
  Sha256Stream stream_;
};

}  // namespace assay
