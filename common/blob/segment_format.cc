#include "common/blob/segment_format.h"

#include <zstd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/log.h"

namespace assay {
namespace {

constexpr std::string_view kSegmentMagic = "ASSAY SEGMENT 1\n";
// Not UTF-8, so that no text holds it.
constexpr std::string_view kRecordMagic = "\xF5\xA5RECD\xFE\x1A";
constexpr std::string_view kFilePrefix = "seg-";
constexpr std::size_t kNumberDigits = 8;
constexpr std::size_t kShaBytes = 32;
constexpr int kZstdLevel = 1;  // 3 is a quarter slower and saves one percent of a text

// Making a context costs as much as a record of a few kilobytes: each thread keeps its own.
ZSTD_CCtx* Compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                                  &ZSTD_freeCCtx);
  ASSAY_CHECK(context != nullptr);
  return context.get();
}

ZSTD_DCtx* Decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                  &ZSTD_freeDCtx);
  ASSAY_CHECK(context != nullptr);
  return context.get();
}

void AppendInteger(std::uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint64_t ReadInteger(std::string_view bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

// Hash of a piece of a segment that also fixes where it stands: bytes of one segment that turn up
// in another, or inside a value, are no record.
std::string PlacedSha256(std::string_view file_name, std::uint64_t offset, std::string_view fields,
                         std::string_view key) {
  std::string input(file_name);
  input += '\0';
  AppendInteger(offset, 8, input);
  input += fields;
  input += key;
  return Sha256(input);
}

bool IsWriterCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// The record at `offset`, when its head is intact.
bool ParseRecord(std::string_view file_name, std::string_view bytes, std::uint64_t offset,
                 ScannedRecord& record) {
  const std::string_view rest = bytes.substr(offset);
  if (rest.size() < kRecordHeadBytes || !rest.starts_with(kRecordMagic)) return false;
  record.offset = offset;
  record.head.key_bytes = static_cast<std::uint32_t>(ReadInteger(rest, 8, 4));
  record.head.payload_bytes = static_cast<std::uint32_t>(ReadInteger(rest, 12, 4));
  record.head.value_bytes = ReadInteger(rest, 16, 8);
  record.head.batch_offset = ReadInteger(rest, 24, 8);
  record.head.value_sha256 = rest.substr(32, kShaBytes);
  record.head.payload_sha256 = rest.substr(64, kShaBytes);
  if (record.head.key_bytes > kMaxKeyBytes || record.head.value_bytes > kMaxValueBytes ||
      rest.size() < kRecordHeadBytes + record.head.key_bytes) {
    return false;
  }
  record.key = rest.substr(kRecordHeadBytes, record.head.key_bytes);
  if (rest.substr(96, kShaBytes) !=
      PlacedSha256(file_name, offset, rest.substr(0, 96), record.key)) {
    return false;
  }
  const std::string_view payload =
      rest.substr(kRecordHeadBytes + record.head.key_bytes).substr(0, record.head.payload_bytes);
  record.payload_intact =
      payload.size() == record.head.payload_bytes && Sha256(payload) == record.head.payload_sha256;
  return true;
}

}  // namespace

absl::Status CheckBlobKey(std::string_view key) {
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  const bool empty_part = key.empty() || key.front() == '/' || key.back() == '/' ||
                          key.find("//") != std::string_view::npos;
  if (printable && !empty_part && key.size() <= kMaxKeyBytes) return absl::OkStatus();
  return InvalidArgument(
      "blob key \"" + EscapeForTerminal(key) +
      "\": expected 1 to 512 bytes of printable ASCII, no empty part between '/'");
}

std::string SegmentName::FileName() const {
  std::string digits = std::to_string(number);
  if (digits.size() < kNumberDigits) digits.insert(0, kNumberDigits - digits.size(), '0');
  return std::string(kFilePrefix) + writer + "-" + digits;
}

bool SegmentName::Parse(std::string_view file_name, SegmentName* name) {
  if (!file_name.starts_with(kFilePrefix)) return false;
  const std::size_t dash = file_name.rfind('-');
  if (dash < kFilePrefix.size()) return false;
  const std::string_view writer = file_name.substr(kFilePrefix.size(), dash - kFilePrefix.size());
  const std::string_view digits = file_name.substr(dash + 1);
  if (writer.empty() || writer.size() > 64 ||
      !std::all_of(writer.begin(), writer.end(), IsWriterCharacter)) {
    return false;
  }
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), name->number);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  name->writer = writer;
  return name->number > 0 && name->FileName() == file_name;
}

std::string EncodeSegmentHeader(std::string_view file_name, const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  AppendInteger(header.number, 8, out);
  AppendInteger(header.previous_durable_bytes, 8, out);
  out += PlacedSha256(file_name, 0, out, {});
  ASSAY_CHECK(out.size() == kSegmentHeaderBytes);
  return out;
}

absl::Status AppendRecord(std::string_view file_name, std::uint64_t out_offset, RecordHead head,
                          std::string_view key, std::string_view value, std::string& out) {
  std::string payload(ZSTD_compressBound(value.size()), '\0');
  const std::size_t payload_bytes = ZSTD_compressCCtx(Compressor(), payload.data(), payload.size(),
                                                      value.data(), value.size(), kZstdLevel);
  if (ZSTD_isError(payload_bytes) != 0) {
    return Internal(std::string("zstd: ") + ZSTD_getErrorName(payload_bytes));
  }
  payload.resize(payload_bytes);
  std::string fields(kRecordMagic);
  AppendInteger(key.size(), 4, fields);
  AppendInteger(payload.size(), 4, fields);
  AppendInteger(value.size(), 8, fields);
  AppendInteger(head.batch_offset, 8, fields);
  fields += head.value_sha256;
  fields += Sha256(payload);
  fields += PlacedSha256(file_name, out_offset + out.size(), fields, key);
  ASSAY_CHECK(fields.size() == kRecordHeadBytes);
  out += fields;
  out += key;
  out += payload;
  return absl::OkStatus();
}

absl::StatusOr<std::string> DecodePayload(std::string_view payload, std::uint64_t value_bytes,
                                          std::string_view value_sha256) {
  std::string value(value_bytes, '\0');
  const std::size_t size = ZSTD_decompressDCtx(Decompressor(), value.data(), value.size(),
                                               payload.data(), payload.size());
  if (ZSTD_isError(size) != 0) {
    return DataLoss(std::string("the stored value does not decompress: ") +
                    ZSTD_getErrorName(size));
  }
  if (size != value_bytes || Sha256(value) != value_sha256) {
    return DataLoss("the stored value does not have the hash it was written with");
  }
  return value;
}

SegmentScan ScanSegment(std::string_view file_name, std::string_view bytes) {
  SegmentScan scan;
  scan.file_bytes = bytes.size();
  std::uint64_t offset = 0;
  if (bytes.size() >= kSegmentHeaderBytes) {
    scan.header.number = ReadInteger(bytes, 16, 8);
    scan.header.previous_durable_bytes = ReadInteger(bytes, 24, 8);
    SegmentName name;
    scan.header_intact =
        bytes.substr(0, kSegmentHeaderBytes) == EncodeSegmentHeader(file_name, scan.header) &&
        SegmentName::Parse(file_name, &name) && name.number == scan.header.number;
    if (scan.header_intact) offset = kSegmentHeaderBytes;
  }
  while (offset < bytes.size()) {
    ScannedRecord record;
    if (ParseRecord(file_name, bytes, offset, record)) {
      offset = std::min<std::uint64_t>(record.end(), bytes.size());
      scan.records.push_back(std::move(record));
      continue;
    }
    std::uint64_t next = offset;
    do {
      next = std::min<std::uint64_t>(bytes.find(kRecordMagic, next + 1), bytes.size());
    } while (next < bytes.size() && !ParseRecord(file_name, bytes, next, record));
    scan.damaged.push_back({offset, next});
    offset = next;
  }
  return scan;
}

}  // namespace assay
