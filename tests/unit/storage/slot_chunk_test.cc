#include "storage/slot_chunk.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "storage/slot_column.h"

namespace revisitd::storage {
namespace {

using rules::SlotValue;
using Values = std::vector<PlacedValue>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Values placed(std::int64_t first, std::initializer_list<double> values) {
  Values all;
  for (const double value : values) all.push_back({first++, SlotValue::exact(value)});
  return all;
}

std::vector<std::uint64_t> bits(const Values& values) {
  std::vector<std::uint64_t> all;
  for (const PlacedValue& v : values) {
    all.push_back(static_cast<std::uint64_t>(v.offset));
    for (const double part : {v.value.value, v.value.low, v.value.high}) {
      all.push_back(std::bit_cast<std::uint64_t>(part));
    }
  }
  return all;
}

void expect_round_trip(const Values& values) {
  const std::string text = pack_chunk(42, values);
  const auto again = unpack_chunk(42, text);
  ASSERT_TRUE(again);
  EXPECT_EQ(bits(*again), bits(values));
}

std::string column_text(const std::vector<double>& values) {
  std::string text;
  append_column(text, values);
  return text;
}

// A chunk as a service might fill it: holes, runs, buckets, and every way to write a number.
Values random_chunk(std::mt19937& random) {
  const auto kind = random() % 5;
  const bool buckets = random() % 3 == 0;
  const auto holes = random() % 4;
  Values values;
  double walk = 100;
  for (std::int64_t offset = 0; offset < kChunkSlots; ++offset) {
    if (holes > 0 && random() % (holes * 3) == 0) continue;
    walk += static_cast<double>(random() % 21) - 10;
    const std::uint64_t any = (std::uint64_t{random()} << 32) | random();
    const double value = kind == 0   ? 7.5
                         : kind == 1 ? walk
                         : kind == 2 ? walk / 60
                         : kind == 3 ? std::ldexp(walk, static_cast<int>(random() % 8))
                                     : std::bit_cast<double>(any);
    SlotValue slot = SlotValue::exact(value);
    if (buckets && random() % 2 == 0)
      slot = {value, value - 1, random() % 8 ? value + 1 : kInfinity};
    values.push_back({offset, slot});
  }
  if (values.empty()) values = placed(0, {1});
  return values;
}

TEST(SlotChunkTest, KeepsOneValue) { expect_round_trip(placed(0, {0})); }

TEST(SlotChunkTest, KeepsAFullChunk) {
  Values values;
  for (std::int64_t i = 0; i < kChunkSlots; ++i) values.push_back({i, SlotValue::exact(1.0 / 3)});
  expect_round_trip(values);
}

TEST(SlotChunkTest, KeepsHoles) {
  Values values = placed(3, {1, 2});
  values.push_back({100, SlotValue::exact(3)});
  values.push_back({kChunkSlots - 1, SlotValue::exact(4)});
  expect_round_trip(values);
}

TEST(SlotChunkTest, KeepsEverySecondSlot) {
  Values values;
  for (std::int64_t i = 0; i < kChunkSlots; i += 2) {
    values.push_back({i, SlotValue::exact(static_cast<double>(i))});
  }
  expect_round_trip(values);
}

TEST(SlotChunkTest, KeepsExtremeNumbersBitForBit) {
  using Limits = std::numeric_limits<double>;
  expect_round_trip(
      placed(0, {0.0, -0.0, Limits::min(), Limits::denorm_min(), Limits::max(), Limits::lowest(),
                 Limits::epsilon(), 0.1, 9007199254740991.0, 9007199254740992.0, 9007199254740993.0,
                 -9007199254740992.0, 1e300, kInfinity, -kInfinity, Limits::quiet_NaN(),
                 std::bit_cast<double>(0x7ff0000000000001)}));
}

// Among whole multiples, which are written as whole numbers.
TEST(SlotChunkTest, KeepsANegativeZeroAmongWholeNumbers) {
  expect_round_trip(placed(0, {1, -0.0, 2}));
  Values values = placed(0, {1, 2});
  values[0].value = {1, 0.5, 2};
  values[1].value = {-0.0, -0.0, -0.0};
  expect_round_trip(values);
}

// Bounds that compare equal to the value may still be another zero.
TEST(SlotChunkTest, KeepsZerosOfBothSignsInOneInterval) {
  Values values = placed(0, {0, 1});
  for (const SlotValue& odd :
       {SlotValue{0, 0, -0.0}, SlotValue{-0.0, 0, 0}, SlotValue{0, -0.0, 0}}) {
    values[0].value = odd;
    expect_round_trip(values);
  }
}

TEST(SlotChunkTest, KeepsBucketsBesideExactValues) {
  Values values = placed(0, {1, 2, 3});
  values[1].value = {0.075, 0.05, 0.1};
  values[2].value = {10, 10, kInfinity};
  expect_round_trip(values);
}

TEST(SlotChunkTest, ARandomChunkComesBackAsItWas) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) expect_round_trip(random_chunk(random));
}

TEST(SlotChunkTest, CountsAndDecimalsTakeAFewBitsEach) {
  Values counts, latencies;
  std::mt19937 random(5);
  for (std::int64_t i = 0; i < kChunkSlots; ++i) {
    counts.push_back({i, SlotValue::exact(1e6 + static_cast<double>(random() % 50))});
    latencies.push_back({i, SlotValue::exact(static_cast<double>(80 + random() % 20) / 1000)});
  }
  EXPECT_LT(pack_chunk(0, counts).size(), 400u);
  EXPECT_LT(pack_chunk(0, latencies).size(), 400u);
}

TEST(SlotChunkTest, AConstantTakesNineBytes) {
  EXPECT_EQ(column_text(std::vector<double>(240, 0.1)).size(), 9u);
}

TEST(SlotChunkTest, AChunkAtAnotherPlaceIsDamage) {
  const std::string text = pack_chunk(42, placed(0, {1, 2, 3}));
  EXPECT_TRUE(unpack_chunk(42, text));
  EXPECT_FALSE(unpack_chunk(43, text));
}

TEST(SlotChunkTest, EveryPrefixIsRefused) {
  const std::string text = pack_chunk(1, placed(0, {1, 2.5, 1e300}));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(unpack_chunk(1, text.substr(0, size))) << size;
  }
  EXPECT_FALSE(unpack_chunk(1, text + '\0'));
}

TEST(SlotChunkTest, EveryFlippedBitIsNoticed) {
  std::mt19937 random(9);
  const std::string text = pack_chunk(1, random_chunk(random));
  for (std::size_t at = 0; at < text.size() * 8; ++at) {
    std::string damaged = text;
    damaged[at / 8] = static_cast<char>(damaged[at / 8] ^ (1 << (at % 8)));
    EXPECT_FALSE(unpack_chunk(1, damaged)) << at;
  }
}

TEST(SlotColumnTest, ReadsOnlyAsManyAsAreThere) {
  const std::string text = column_text({1, 2, 3});
  for (const std::size_t count : {1u, 2u, 4u, 240u}) {
    ByteReader in(text);
    EXPECT_FALSE(read_column(in, count)) << count;
  }
}

TEST(SlotColumnTest, SurvivesAnyText) {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random());
    if (!text.empty() && random() % 2 == 0) text[0] = static_cast<char>((random() % 3) | 0x80);
    ByteReader in(text);
    const auto values = read_column(in, 1 + random() % 240);
    if (values) EXPECT_LE(values->size(), 240u);
  }
}

TEST(ByteReaderTest, RefusesNumbersThatDoNotFit) {
  ByteReader long_one(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
  EXPECT_FALSE(long_one.varint());
  ByteReader endless(std::string_view("\x80\x80\x80", 3));
  EXPECT_FALSE(endless.varint());
}

TEST(ByteReaderTest, ZigzagKeepsTheEdges) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(unzigzag(zigzag(value)), value);
  }
}

}  // namespace
}  // namespace revisitd::storage
