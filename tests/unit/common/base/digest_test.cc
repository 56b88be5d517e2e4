#include "common/base/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace assay {
namespace {

// FIPS 180-4 examples.
TEST(DigestTest, Sha256KnownVectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(Sha256("abc").size(), 32u);
  EXPECT_EQ(ToHex(Sha256("abc")), Sha256Hex("abc"));
  EXPECT_EQ(DigestOf("abc"), "sha256:" + Sha256Hex("abc"));
}

// RFC 4231, test cases 2 and 6 (a key longer than a block).
TEST(DigestTest, HmacKnownVectors) {
  EXPECT_EQ(ToHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(ToHex(HmacSha256(std::string(131, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(DigestTest, StreamEqualsOneShotHoweverItIsCut) {
  const std::string text = "The quick brown fox jumps over the lazy dog, again and again.";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256Stream stream;
    stream.Update(std::string_view(text).substr(0, cut));
    stream.Update(std::string_view(text).substr(cut));
    EXPECT_EQ(stream.FinishHex(), Sha256Hex(text));
  }
}

TEST(DigestTest, ToHexKeepsZerosAndHighBytes) {
  EXPECT_EQ(ToHex(std::string_view("\x00\x0f\xf0\xff", 4)), "000ff0ff");
}

TEST(DigestTest, FieldsCannotBeShiftedIntoEachOther) {
  const auto hash = [](std::initializer_list<std::string_view> fields) {
    FieldHasher hasher("domain");
    for (const std::string_view field : fields) hasher.Add(field);
    return hasher.FinishHex();
  };
  const std::set<std::string> hashes = {
      hash({"ab", "c"}), hash({"a", "bc"}),  hash({"abc"}),   hash({"ab", "c", ""}),
      hash({"", "abc"}), hash({"1:a", "b"}), hash({"1:a1:b"})};
  EXPECT_EQ(hashes.size(), 7u);
  EXPECT_NE(FieldHasher("a").FinishHex(), FieldHasher("b").FinishHex());
}

}  // namespace
}  // namespace assay
