#include "suites/gzip_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "tests/unit/suites/temp_folder.h"

namespace assay {
namespace {

std::string Gzip(std::string_view content) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Gives out its content in pieces of the given sizes, in turn.
class PiecewiseReader : public ByteReader {
 public:
  PiecewiseReader(std::string content, std::vector<std::size_t> sizes)
      : content_(std::move(content)), sizes_(std::move(sizes)) {}
  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size) override {
    const std::size_t piece = std::min(size, sizes_[turn_++ % sizes_.size()]);
    const std::size_t count = content_.copy(buffer, piece, at_);
    at_ += count;
    return count;
  }

 private:
  std::string content_;
  std::vector<std::size_t> sizes_;
  std::size_t at_ = 0;
  std::size_t turn_ = 0;
};

std::vector<std::string> LinesOf(const std::string& content,
                                 const std::vector<std::size_t>& sizes) {
  PiecewiseReader reader(content, sizes);
  LineReader lines(&reader, "f");
  std::vector<std::string> found;
  std::string_view line;
  while (*lines.Next(&line)) found.emplace_back(line);
  return found;
}

TEST(LineReaderTest, SplitsTheSameWhereverThePiecesEnd) {
  const std::string content =
      "\xEF\xBB\xBF"
      "one\r\n\ntw\ro\n\xEF\xBB\xBF"
      "three";
  const std::vector<std::string> expected = {"one", "", "tw\ro",
                                             "\xEF\xBB\xBF"
                                             "three"};
  EXPECT_EQ(LinesOf(content, {1000}), expected);
  // A mark cut in pieces is no mark yet when the first piece is looked at: at least 3 bytes first.
  for (std::size_t first = 3; first <= content.size(); ++first) {
    EXPECT_EQ(LinesOf(content, {first, 1}), expected) << first;
  }
  EXPECT_EQ(LinesOf("", {10}), std::vector<std::string>{});
  EXPECT_EQ(LinesOf("\n", {10}), std::vector<std::string>{""});
  EXPECT_EQ(LinesOf("a\n", {1}), std::vector<std::string>{"a"});
}

TEST(LineReaderTest, KnowsNumbersAndOffsets) {
  PiecewiseReader reader("ab\nc\r\n\nd", {3, 1, 2});
  LineReader lines(&reader, "f");
  std::string_view line;
  std::vector<std::uint64_t> offsets;
  while (*lines.Next(&line)) offsets.push_back(lines.byte_offset());
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{0, 3, 6, 7}));
  EXPECT_EQ(lines.line_number(), 4);
}

TEST(LineReaderTest, RefusesALongLineWithoutReadingItAll) {
  class Endless : public ByteReader {
   public:
    absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size) override {
      std::fill(buffer, buffer + size, 'x');
      given += size;
      return size;
    }
    std::size_t given = 0;
  };
  Endless reader;
  LineReader lines(&reader, "f.jsonl", std::size_t{1} << 20);
  std::string_view line;
  const absl::StatusOr<bool> next = lines.Next(&line);
  EXPECT_EQ(next.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MessageOf(next.status()), "f.jsonl:1: a line longer than 1048576 bytes");
  EXPECT_LT(reader.given, (std::size_t{1} << 20) + 200'000);
}

TEST(ByteReaderTest, ReadsPlainAndGzipTheSame) {
  const TempFolder folder;
  std::string content;
  for (int i = 0; i < 50'000; ++i) content += std::to_string(i * 7919) + "\n";
  EXPECT_EQ(*ReadAll(folder.Write("a", content), 10'000'000), content);
  EXPECT_EQ(*ReadAll(folder.Write("a.gz", Gzip(content)), 10'000'000), content);
  // Members one after another are one file (RFC 1952).
  EXPECT_EQ(*ReadAll(folder.Write("b.gz", Gzip(content) + Gzip("tail")), 10'000'000),
            content + "tail");
  EXPECT_EQ(*ReadAll(folder.Write("c.gz", Gzip("")), 10), "");
}

TEST(ByteReaderTest, RefusesDamagedGzip) {
  const TempFolder folder;
  const std::string whole = Gzip("hello, this is a text of some length");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string path = folder.Write("cut.gz", whole.substr(0, length));
    EXPECT_EQ(MessageOf(ReadAll(path, 1000).status()),
              path + ": not a whole gzip file: it ends too early")
        << length;
  }
  std::string flipped = whole;
  flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);
  std::string path = folder.Write("flip.gz", flipped);
  EXPECT_EQ(MessageOf(ReadAll(path, 1000).status()),
            path + ": not a whole gzip file: incorrect data check");
  path = folder.Write("plain.gz", "{}\n");
  EXPECT_EQ(MessageOf(ReadAll(path, 1000).status()),
            path + ": not a whole gzip file: incorrect header check");
}

TEST(ByteReaderTest, CapsSizeAndRatio) {
  const TempFolder folder;
  const std::string bomb = folder.Write("bomb.gz", Gzip(std::string(20 << 20, 'a')));
  const absl::StatusOr<std::string> content = ReadAll(bomb, std::size_t{1} << 30);
  EXPECT_EQ(content.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MessageOf(content.status()), bomb + ": decompresses to more than 100 times its size");
  const std::string path = folder.Write("a", "12345");
  EXPECT_EQ(MessageOf(ReadAll(path, 4).status()), path + ": longer than 4 bytes");
}

TEST(ByteReaderTest, RefusesCompressedFilesThatAreNotDeclared) {
  const TempFolder folder;
  std::string path = folder.Write("a.jsonl", Gzip("{}"));
  EXPECT_EQ(MessageOf(ReadAll(path, 1000).status()),
            path + ": this is a gzip file; its name must end in .gz");
  path = folder.Write("b.jsonl", "PK\x03\x04 and more");
  EXPECT_EQ(MessageOf(ReadAll(path, 1000).status()),
            path + ": this is a zip file; decompress it first");
  path = folder.Write("c.jsonl",
                      "\xFD"
                      "7zXZ");
  EXPECT_EQ(MessageOf(ReadAll(path, 1000).status()),
            path + ": this is a xz file; decompress it first");
}

TEST(ByteReaderTest, NeverBlocksOnAFifo) {
  const TempFolder folder;
  const std::string fifo = folder.path() + "/f.jsonl";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(OpenByteReader(fifo).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay
