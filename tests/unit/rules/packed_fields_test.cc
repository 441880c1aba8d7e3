#include "rules/packed_fields.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/unit/rules/packed_bytes.h"

namespace revisitd {
namespace {

using Limits = std::numeric_limits<double>;
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

const std::vector<double> kNumbers = {0.0,
                                      -0.0,
                                      1.0,
                                      -1.0,
                                      0.5,
                                      0.005,
                                      -0.001,
                                      0.0001,
                                      1e-9,
                                      1.0 / 3,
                                      -2.25,
                                      100'000.0,
                                      4398046511103.999,
                                      4398046511104.5,
                                      9007199254740991.0,
                                      -9007199254740991.0,
                                      9007199254740992.0,
                                      9007199254740994.0,
                                      1e22,
                                      1e300,
                                      Limits::max(),
                                      Limits::lowest(),
                                      Limits::min(),
                                      Limits::denorm_min(),
                                      Limits::infinity(),
                                      -Limits::infinity(),
                                      Limits::quiet_NaN(),
                                      -Limits::quiet_NaN(),
                                      std::bit_cast<double>(std::uint64_t{0x7ff4000000000001})};

TEST(PackedFieldsTest, DoublesComeBackBitForBitWhateverTheyAreNear) {
  for (const double near : kNumbers) {
    for (const double value : kNumbers) {
      const std::string bytes(PackedBytes().number(value, near));
      PackedReader from(bytes);
      EXPECT_PRED2(same_bits, from.number(near), value) << near;
      EXPECT_TRUE(from.done()) << value << ' ' << near;
    }
  }
}

TEST(PackedFieldsTest, IntegersComeBackFromAnywhere) {
  for (const std::int64_t before : {std::int64_t{0}, std::int64_t{-7}, kLeast, kMost}) {
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-64}, kLeast, kMost}) {
      const std::string bytes(
          PackedBytes().since(value, before).fixed(static_cast<std::uint64_t>(value)));
      PackedReader from(bytes);
      EXPECT_EQ(from.since(before), value);
      EXPECT_EQ(from.fixed(), static_cast<std::uint64_t>(value));
      EXPECT_TRUE(from.done());
    }
  }
}

TEST(PackedFieldsTest, TakesFewBytesForWhatIsCommon) {
  const auto size = [](double value, double near) {
    return std::string_view(PackedBytes().number(value, near)).size();
  };
  EXPECT_EQ(size(1.0 / 3, 1.0 / 3), 1u);
  EXPECT_EQ(size(Limits::infinity(), Limits::infinity()), 1u);
  EXPECT_EQ(size(1'000'020, 1'000'000), 1u);
  EXPECT_EQ(size(22372, 0.5), 3u);
  EXPECT_EQ(size(0.005, 0), 1u);
  EXPECT_EQ(size(2.5, 1), 2u);
  EXPECT_EQ(size(1.0 / 3, 0), 9u);
}

TEST(PackedFieldsTest, TheLowestByteComesFirst) {
  EXPECT_EQ(std::string(PackedBytes().fixed(0x0807060504030201)), "\1\2\3\4\5\6\7\10");
}

// More than is put together beside the string.
TEST(PackedFieldsTest, RowsKeepTheirOrder) {
  std::string bytes = "before";
  PackedWriter to(bytes);
  for (std::uint64_t i = 0; i < 1000; ++i) to.row().whole(i).fixed(~i).whole(i << 40);
  to.flush();
  PackedReader from(bytes);
  EXPECT_EQ(from.take(6), "before");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(from.whole(), i);
    ASSERT_EQ(from.fixed(), ~i);
    ASSERT_EQ(from.whole(), i << 40);
  }
  EXPECT_TRUE(from.done());
}

TEST(PackedFieldsTest, WhatIsCutOrTooLargeIsThrown) {
  EXPECT_THROW(PackedReader("").whole(), protozero::exception);
  EXPECT_THROW(PackedReader("\x80").whole(), protozero::exception);
  EXPECT_THROW(PackedReader(std::string(11, '\x80')).whole(), protozero::exception);
  EXPECT_THROW(PackedReader("1234567").fixed(), protozero::exception);
  EXPECT_THROW(PackedReader("\1").number(0), protozero::exception);
  EXPECT_THROW(PackedReader("ab").take(3), protozero::exception);
  const std::string large(PackedBytes().whole(std::uint64_t{1} << 32));
  EXPECT_EQ(PackedReader(large).whole(), std::uint64_t{1} << 32);
  EXPECT_THROW(PackedReader(large).whole32(), protozero::exception);
}

TEST(PackedFieldsTest, NoMoreAreCountedThanCanFollow) {
  const std::string bytes = std::string(PackedBytes().whole(3)) + "abcdef";
  EXPECT_EQ(PackedReader(bytes).count(2), 3u);
  EXPECT_THROW(PackedReader(bytes).count(3), protozero::exception);
}

// Each of them is some number, and none of them undefined.
TEST(PackedFieldsTest, EveryFormIsANumber) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (const double near : {0.0, 9007199254740991.0, -9007199254740991.0}) {
      const std::string bytes(PackedBytes().whole(~std::uint64_t{0} >> shift).fixed(0));
      EXPECT_FALSE(std::isnan(PackedReader(bytes).number(near))) << shift;
      const std::string even(PackedBytes().whole(~std::uint64_t{0} << shift));
      EXPECT_FALSE(std::isnan(PackedReader(even).number(near))) << shift;
    }
  }
}

}  // namespace
}  // namespace revisitd
