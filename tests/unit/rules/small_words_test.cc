#include "rules/small_words.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace revisitd::rules {
namespace {

std::vector<std::uint16_t> listed(const SmallWords& words) { return {words.begin(), words.end()}; }

TEST(SmallWordsTest, HoldsFourWithoutAnAllocation) {
  SmallWords words;
  for (std::uint16_t i = 0; i < 4; ++i) words.push_back(i);
  EXPECT_EQ(words.heap_bytes(), 0u);
  words.push_back(4);
  EXPECT_EQ(words.heap_bytes(), 16u);
  EXPECT_EQ(listed(words), (std::vector<std::uint16_t>{0, 1, 2, 3, 4}));
}

TEST(SmallWordsTest, ACopyIsItsOwn) {
  for (const std::size_t size : {3u, 9u}) {
    SmallWords words(size, 7);
    const SmallWords copy = words;
    words[0] = 8;
    EXPECT_EQ(copy[0], 7);
    SmallWords moved = std::move(words);
    EXPECT_EQ(moved[0], 8);
    moved = copy;
    EXPECT_EQ(listed(moved), listed(copy));
  }
}

TEST(SmallWordsTest, AgreesWithAVector) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    SmallWords words;
    std::vector<std::uint16_t> plain;
    for (int step = 0; step < 50; ++step) {
      if (random() % 4 == 0) {
        const auto count = static_cast<std::ptrdiff_t>(random() % (plain.size() + 1));
        words.drop_front(static_cast<std::size_t>(count));
        plain.erase(plain.begin(), plain.begin() + count);
      } else {
        const auto word = static_cast<std::uint16_t>(random());
        words.push_back(word);
        plain.push_back(word);
      }
      ASSERT_EQ(words.size(), plain.size());
      ASSERT_EQ(listed(words), plain);
    }
  }
}

}  // namespace
}  // namespace revisitd::rules
