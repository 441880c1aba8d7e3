#include "collectors/field_text.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <limits>
#include <string>

namespace revisitd::collectors {
namespace {

template <class T>
std::string field(T value) {
  std::array<char, kFieldBytes> room{};
  return {room.data(), put_field(room.data(), value)};
}

TEST(FieldTextTest, NumbersComeBackBitForBit) {
  using Limits = std::numeric_limits<double>;
  for (const double value : {0.0,
                             -0.0,
                             1.0,
                             -1.0,
                             0.5,
                             -2.25,
                             100'000.0,
                             1e15,
                             9007199254740991.0,
                             -9007199254740991.0,
                             9007199254740992.0,
                             9007199254740994.0,
                             1e22,
                             1e300,
                             Limits::max(),
                             Limits::lowest(),
                             Limits::denorm_min(),
                             Limits::infinity(),
                             -Limits::infinity(),
                             Limits::quiet_NaN()}) {
    const std::string text = field(value);
    double read = 7;
    Fields fields(text);
    ASSERT_TRUE(fields.take(read)) << text;
    EXPECT_TRUE(fields.done()) << text;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read), std::bit_cast<std::uint64_t>(value)) << text;
  }
}

TEST(FieldTextTest, WholeNumbersStandAsSuch) {
  EXPECT_EQ(field(100'000.0), " 100000");
  EXPECT_EQ(field(-42.0), " -42");
  EXPECT_EQ(field(-0.0), " -0");
  EXPECT_EQ(field(0.25), " 0.25");
  EXPECT_EQ(field(Hex{255}), " ff");
}

TEST(FieldTextTest, WhatIsMissingOrNoNumberIsRefused) {
  double value = 0;
  EXPECT_FALSE(Fields("").take(value));
  EXPECT_FALSE(Fields("1").take(value)) << "no blank in front";
  EXPECT_FALSE(Fields(" x").take(value));
  EXPECT_FALSE(Fields("  1").take(value));
}

}  // namespace
}  // namespace revisitd::collectors
