#include "storage/tail_row.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "storage/bytes.h"
#include "storage/row_digest.h"

namespace revisitd::storage {
namespace {

using rules::SlotValue;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr TailKey kKey{2, -7, 3};

// The numbers of a row, bit by bit.
std::vector<std::uint64_t> bits(const TailRow& row) {
  std::vector<std::uint64_t> all;
  row.each(kKey.part, [&](std::int64_t series, const SlotValue& value) {
    all.push_back(static_cast<std::uint64_t>(series));
    for (const double number : {value.value, value.low, value.high}) {
      all.push_back(std::bit_cast<std::uint64_t>(number));
    }
  });
  return all;
}

TailRow example() {
  TailRow row;
  row.put(96, SlotValue::exact(-0.0));
  row.put(100, {2, 1, kInfinity});
  row.put(127, SlotValue::exact(1.0 / 3));
  return row;
}

TEST(TailRowTest, ASeriesBelongsToThePartOfItsNumber) {
  EXPECT_EQ(TailKey::of(2, -7, 96), kKey);
  EXPECT_EQ(TailKey::of(2, -7, 127), kKey);
  EXPECT_EQ(TailKey::of(2, -7, 128), (TailKey{2, -7, 4}));
}

TEST(TailRowTest, HoldsWhatWasPut) {
  TailRow row = example();
  EXPECT_EQ(row.find(97), nullptr);
  EXPECT_EQ(*row.find(100), (SlotValue{2, 1, kInfinity}));
  row.put(100, SlotValue::exact(5));
  EXPECT_EQ(*row.find(100), SlotValue::exact(5));
  EXPECT_EQ(*row.find(127), SlotValue::exact(1.0 / 3));
}

TEST(TailRowTest, ComesBackBitForBit) {
  std::mt19937_64 random(5);
  std::vector<TailRow> rows{TailRow(), example()};
  for (int i = 0; i < 200; ++i) {
    TailRow& row = rows.emplace_back();
    for (std::int64_t series = 96; series < 128; ++series) {
      const auto any = [&] { return std::bit_cast<double>(std::uint64_t{random()}); };
      if (random() % 3 == 0) row.put(series, SlotValue::exact(static_cast<double>(random() % 9)));
      if (random() % 3 == 0) row.put(series, {any(), any(), any()});
    }
  }
  for (const TailRow& row : rows) {
    const auto again = unpack_tail_row(kKey, pack_tail_row(kKey, row));
    ASSERT_TRUE(again);
    EXPECT_EQ(bits(*again), bits(row));
  }
}

TEST(TailRowTest, TakesEightBytesAValue) {
  EXPECT_EQ(pack_tail_row(kKey, TailRow()).size(), 13u);
  EXPECT_EQ(pack_tail_row(kKey, example()).size(), 13u + 5 * 8);
}

TEST(TailRowTest, AnyFlippedBitIsNoticed) {
  const std::string text = pack_tail_row(kKey, example());
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string broken = text;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(unpack_tail_row(kKey, broken)) << bit;
  }
}

TEST(TailRowTest, AnotherLengthIsNoticed) {
  const std::string text = pack_tail_row(kKey, example());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(unpack_tail_row(kKey, text.substr(0, size))) << size;
  }
  EXPECT_FALSE(unpack_tail_row(kKey, text + '\0'));
}

// With the checksum that it should have.
TEST(TailRowTest, AnIntervalWithoutAValueIsNoRow) {
  const auto unpacked = [](std::uint64_t present, std::uint64_t intervals) {
    std::string body, text(1, '\1');
    append_word(body, present, 4);
    append_word(body, intervals, 4);
    append_word(body, 0, 8);
    RowDigest sum;
    sum.add(kKey.grid).add(kKey.slot).add(kKey.part).add(body);
    append_word(text, static_cast<std::uint64_t>(sum.value()), 4);
    return unpack_tail_row(kKey, text + body);
  };
  EXPECT_TRUE(unpacked(1, 0));
  EXPECT_FALSE(unpacked(1, 2));
  EXPECT_FALSE(unpacked(1, 1)) << "its ends are missing";
}

TEST(TailRowTest, ARowOfAnotherPlaceIsNoticed) {
  const std::string text = pack_tail_row(kKey, example());
  for (const TailKey& key : {TailKey{1, -7, 3}, TailKey{2, 7, 3}, TailKey{2, -7, 2}}) {
    EXPECT_FALSE(unpack_tail_row(key, text));
  }
}

}  // namespace
}  // namespace revisitd::storage
